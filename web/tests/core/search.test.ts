import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { fold } from "../../src/core/search/grams.ts";
import { startOver, takeSlice } from "../../src/core/search/index.ts";
import { find, NO_FILTER } from "../../src/core/search/messages.ts";
import { addPinyinTerms, READINGS, readingsOf } from "../../src/core/search/pinyin.ts";
import { Question } from "../../src/core/search/question.ts";
import { snippet } from "../../src/core/search/snippet.ts";
import { unify } from "../../src/core/search/variants.ts";
import { openInMemory } from "../../src/core/store/open.ts";
import { integer, type Store } from "../../src/core/store/store.ts";

function say(store: Store, text: string, { chat = "d:1", kind = "text" } = {}): number {
  return store.write((tx) => {
    const last = tx.one("SELECT coalesce(max(position), 0) AS p FROM message");
    tx.run("INSERT INTO message (chat, position, kind, mine, text, at_ms) VALUES (?, ?, ?, 0, ?, 0)", [
      chat,
      integer(last ?? {}, "p") + 1,
      kind,
      text,
    ]);
    return integer(tx.one("SELECT last_insert_rowid() AS n") ?? {}, "n");
  });
}

function indexAll(store: Store): void {
  while (store.write((tx) => takeSlice(tx, addPinyinTerms)));
}

function found(store: Store, typed: string): number[] {
  const question = Question.of(typed);
  if (question === null) return [];
  const { rows, all } = find(store, question, NO_FILTER, 100_000);
  expect(all).toBe(true);
  return rows.map((row) => integer(row, "n")).sort((a, b) => a - b);
}

/** What a reader would call "it is in there", without any index. */
function isIn(text: string, typed: string): boolean {
  return unify(fold(text)).includes(unify(fold(typed)).trim());
}

const HAN = "位置我的你好头髮发髮后後里裡著着吃饭飯台臺湾灣钟鐘面麵国國长長";
const OTHER = 'abcXYZ0129 ，。！é한かナ😂❤️#@_-’"*';
const character = fc.oneof(
  { arbitrary: fc.constantFrom(...HAN), weight: 6 },
  { arbitrary: fc.constantFrom(...OTHER), weight: 3 },
  { arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }), weight: 1 },
);
const anyText = fc.array(character, { maxLength: 24 }).map((all) => all.join(""));

describe("an index of characters and pairs", () => {
  it("finds all that a plain scan finds, for any one to four characters", async () => {
    const store = await openInMemory();
    fc.assert(
      fc.property(
        fc.array(anyText, { minLength: 1, maxLength: 12 }),
        fc.nat(),
        fc.array(character, { minLength: 1, maxLength: 4 }),
        (texts, seed, other) => {
          store.write((tx) => {
            tx.run("DELETE FROM message");
            startOver(tx);
          });
          const numbers = texts.map((text) => say(store, text));
          if (seed % 3 > 0) indexAll(store);
          if (seed % 3 === 2) numbers.push(say(store, texts[0] ?? "")); // one that is not in the index yet
          const said = [...texts, ...(seed % 3 === 2 ? [texts[0] ?? ""] : [])];
          const from = [...said.join("")];
          const start = seed % Math.max(1, from.length);
          for (const typed of [from.slice(start, start + 1 + (seed % 4)).join(""), other.join("")]) {
            const wanted = said.flatMap((text, place) =>
              isIn(text, typed) && fold(typed).trim() !== "" ? [numbers[place] ?? 0] : [],
            );
            const seen = found(store, typed);
            for (const n of wanted) expect(seen, JSON.stringify({ typed, said })).toContain(n);
            if (!/[a-z\s]/iu.test(fold(typed))) expect(seen, JSON.stringify({ typed, said })).toEqual(wanted);
          }
        },
      ),
      { numRuns: 400 },
    );
  });

  it("finds simplified by traditional and back", async () => {
    const store = await openInMemory();
    const a = say(store, "她剪了頭髮，在臺灣的裡面");
    const b = say(store, "头发在台湾里面，开发了");
    indexAll(store);
    for (const typed of ["头发", "頭髮", "頭發", "台湾", "臺灣", "里面", "裡面", "裏面"])
      expect(found(store, typed), typed).toEqual([a, b]);
    expect(found(store, "開發")).toEqual([b]);
  });

  it("forgets what was deleted or changed in the same transaction, and a number given again", async () => {
    const store = await openInMemory();
    const first = say(store, "第一句话");
    const second = say(store, "第二句话");
    indexAll(store);
    store.write((tx) => tx.run("UPDATE message SET text = '改过的话' WHERE n = ?", [first]));
    expect(found(store, "第一")).toEqual([]);
    expect(found(store, "改过")).toEqual([first]);
    indexAll(store);
    expect(found(store, "改过")).toEqual([first]);
    store.write((tx) => tx.run("UPDATE message SET kind = 'recalled' WHERE n = ?", [first]));
    expect(found(store, "改过")).toEqual([]);
    store.write((tx) => tx.run("DELETE FROM message WHERE n = ?", [second]));
    expect(found(store, "第二")).toEqual([]);
    const third = say(store, "第三句话");
    expect(third).toBe(second);
    expect(found(store, "第三")).toEqual([third]);
    indexAll(store);
    expect(found(store, "第三")).toEqual([third]);
    expect(found(store, "第二")).toEqual([]);
  });

  it("finds what a message carries: names of files and places, titles, lines of a record", async () => {
    const store = await openInMemory();
    const carry = (kind: string, detail: object): number => {
      const n = say(store, "", { kind });
      store.write((tx) => tx.run("UPDATE message SET detail = ? WHERE n = ?", [JSON.stringify(detail), n]));
      return n;
    };
    const file = carry("file", { kind: "file", name: "租房合同.pdf" });
    const place = carry("location", { kind: "location", name: "人民公园东门" });
    const record = carry("record", {
      kind: "record",
      title: "群聊的聊天记录",
      items: [{ sender: "小梅", atMs: 0, text: "带上雨伞", detail: null, thumb: "" }],
    });
    indexAll(store);
    expect(found(store, "合同")).toEqual([file]);
    expect(found(store, "公园")).toEqual([place]);
    expect(found(store, "雨伞")).toEqual([record]);
    const files = find(store, null, { ...NO_FILTER, kinds: ["file"] });
    expect(files.rows.map((row) => row["n"])).toEqual([file]);
  });
});

const PINYIN: [typed: string, finds: string[], misses: string[]][] = [
  ["wz", ["发个位置", "文章", "位子"], ["位，置", "置位"]],
  ["weizhi", ["发个位置"], ["文章", "位子"]],
  ["weizh", ["发个位置"], ["文章"]],
  ["weiz", ["发个位置", "位子"], ["文章"]],
  ["wzhi", ["发个位置"], ["位子"]],
  ["WeiZhi", ["发个位置"], ["文章"]],
  ["xian", ["西安", "先走", "線路"], ["西餐"]],
  ["chongqing", ["重庆火锅", "重慶"], ["中青"]],
  ["yinhang", ["去银行"], ["银杏"]],
  ["lvse", ["绿色"], ["路色"]],
  ["lüse", ["绿色"], []],
  ["zhongguoren", ["中国人", "中國人"], ["中国"]],
  ["zgr", ["中国人"], ["中国"]],
  ["hello", ["Hello!"], ["黑洛"]],
  ["ello", ["Hello!"], []],
  ["chi", ["吃了吗", "遲到"], ["次序"]],
  ["shangban", ["上班", "上半场"], ["上吧你"]],
  ["ha", ["好啊", "哈"], ["阿"]],
  ["women", ["我们", "我門"], ["我哦慢饿你"]],
  ["xianv", ["夏女士"], ["先生"]],
];

describe("pinyin", () => {
  let store: Store;
  const numbers = new Map<string, number>();
  beforeAll(async () => {
    store = await openInMemory();
    for (const [, finds, misses] of PINYIN)
      for (const text of [...finds, ...misses]) if (!numbers.has(text)) numbers.set(text, say(store, text));
    indexAll(store);
  });

  it("knows all that a character can sound like, so that what is half typed is looked up whole", () => {
    const known = new Set(READINGS);
    for (let code = 0x3400; code <= 0x9fff; code += 1) {
      const character = String.fromCodePoint(code);
      for (const reading of readingsOf(character)) expect(known, character).toContain(reading);
    }
  });

  it.each(PINYIN)("%s", (typed, finds, misses) => {
    const seen = found(store, typed);
    for (const text of finds) expect(seen, text).toContain(numbers.get(text));
    for (const text of misses) expect(seen, text).not.toContain(numbers.get(text));
  });
});

describe("where it was found", () => {
  it.each([
    ["位置", "我的位置是这里的位置", ["位置", "位置"]],
    ["wz", "我的位置", ["位置"]],
    ["头发", "她的頭髮", ["頭髮"]],
    ["ｏｋ", "It's OK。", ["OK"]],
    ["好 你", "你不好", ["你", "好"]],
    ["好好", "好好好好", ["好好好好"]],
    ["❤", "爱你❤️啊", ["❤️"]],
    ["置", "😂位置", ["置"]],
    ["你，好", "你，好吗", ["你，好"]],
    ["好😂", "你好😂", ["好😂"]],
  ])("%s in %s", (typed, text, marked) => {
    const marks = Question.of(typed)?.marks(text);
    expect(marks?.map(([from, to]) => text.slice(from, to))).toEqual(marked);
  });

  it("marks exactly the texts that fit", () => {
    fc.assert(
      fc.property(anyText, fc.array(character, { minLength: 1, maxLength: 4 }), (text, typed) => {
        const question = Question.of(typed.join(""));
        if (question !== null) expect(question.marks(text) !== null).toBe(question.fits(text));
      }),
    );
  });

  it("shows a long text from a little before it, and never half a character", () => {
    const question = Question.of("位置");
    const { text, marks } = snippet(question, `${"😂".repeat(50)}位置${"后".repeat(300)}`);
    expect(text.isWellFormed()).toBe(true);
    expect(text.startsWith("…😂")).toBe(true);
    expect(marks.map(([from, to]) => text.slice(from, to))).toEqual(["位置"]);
  });
});

describe("signs that mean something to the index's language", () => {
  it.each(['"', "*", "AND", "^a", "a OR b", "NEAR(", "-x", "(", "col:", "'", "\u0000", "\ud800", "％"])(
    "%j is only text",
    async (typed) => {
      const store = await openInMemory();
      const n = say(store, `前${typed}后`);
      indexAll(store);
      const seen = found(store, typed);
      if (fold(typed).trim() !== "") expect(seen).toEqual([n]);
    },
  );
});
