import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { strFromU8, strToU8, unzipSync, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/core/bytes.ts";
import { readText } from "../../src/core/transfer/encoding.ts";
import { readForeign, timeOf } from "../../src/core/transfer/foreign.ts";
import { file, gets } from "./world/files.ts";
import { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

/** Chats of other programs in, one's own out. The samples are our own, in the shapes that exporters write. */

const town = useTown();

const sample = (name: string): Promise<Buffer> => readFile(resolve(import.meta.dirname, "samples", name));

async function read(name: string) {
  const { title, messages, skipped } = readForeign(name, readText(await sample(name)));
  return { title, skipped, lines: messages.map(({ sender, mine, text }) => [mine ? "我" : sender, text]), messages };
}

const blobOf = (content: string | Uint8Array) => new Blob([content as Uint8Array<ArrayBuffer>]);

describe("what exporters write is read", () => {
  it("a page with its messages in a script; nothing of it runs", async () => {
    const { title, lines, messages } = await read("wechatmsg.html");
    expect(title).toBe("外婆");
    expect(lines).toEqual([
      ["外婆", "兰兰，除夕快乐！[庆祝]"],
      ["我", '外婆新年快乐 <img src=x onerror="window.ran = true">'],
      ["外婆", "[图片]"],
      ["外婆", "饺子包好了"],
      ["外婆", "饺子包好了"],
    ]);
    expect(messages[0]?.atMs).toBe(1_674_302_401_000);
    expect("ran" in globalThis).toBe(false);
  });

  it("a page with a block for each message", async () => {
    const { title, lines, messages } = await read("wechat-dump.html");
    expect(title).toBe("一家人");
    expect(lines).toEqual([
      ["外婆", "红包收到了吗？\n祝 你<平安>"],
      ["我", "收到啦，谢谢外婆"],
    ]);
    expect(new Date(messages[0]?.atMs ?? 0).toISOString()).toBe("2015-02-18T15:58:01.000Z");
  });

  it("CSV with a byte order mark, with line breaks and quotes inside, and a line that is none", async () => {
    const { title, lines, skipped } = await read("wechatmsg.csv");
    expect(title).toBe("wechatmsg");
    expect(lines).toEqual([
      ["梅", "明天几点到？\n我去车站接你"],
      ["我", '下午三点,"高铁"'],
      ["梅", "[表情]"],
    ]);
    expect(skipped).toBe(1);
  });

  it("CSV as Chinese Windows writes it, and JSON: the same chat", async () => {
    const csv = await read("pywxdump.gb18030.csv");
    expect(csv.title).toBe("楼栋群");
    expect(csv.lines).toEqual([
      ["波", "谁家的猫跑到三楼了？"],
      ["波", "[图片]"],
      ["我", "是我家的，马上来"],
    ]);
    expect((await read("pywxdump.json")).messages).toEqual(csv.messages);
  });

  it.each([
    ["1700000000", 1_700_000_000_000],
    [1_700_000_000_123, 1_700_000_000_123],
    ["2023-11-15 06:13:20", 1_700_000_000_000],
    ["2023年11月15日 6:13:20", 1_700_000_000_000],
    ["2023-11-14T22:13:20Z", 1_700_000_000_000],
    ["1999-01-01 00:00:00", null],
    ["昨天", null],
    [null, null],
  ])("the time %s", (written, atMs) => {
    expect(timeOf(written)).toBe(atMs);
  });
});

describe("importing", () => {
  it("makes a chat of its own, found and read, written in by nobody; the same again adds nothing", async () => {
    const { lan } = town;
    const mei = await town.friend("mei");
    const before = lan.core.store.one("SELECT count(*) AS n FROM outbox");
    const first = { name: "微信/wechatmsg.html", file: blobOf(await sample("wechatmsg.html")) };
    const [chat] = await lan.call("importChats", first);
    expect(chat).toMatchObject({ title: "外婆", added: 5, known: 0, skipped: 0, messages: 5 });
    const id = chat?.chat ?? "";
    const summary = await lan.until("chat", { chat: id }, () => true);
    expect(summary).toMatchObject({ title: "外婆", imported: true, left: true, unread: 0 });
    const { messages } = await lan.until("messages", { chat: id, before: null, limit: 50 }, () => true);
    expect(messages.map(({ senderName, mine, text }) => [mine, mine ? "" : senderName, text])).toEqual([
      [false, "外婆", "兰兰，除夕快乐！[庆祝]"],
      [true, "", '外婆新年快乐 <img src=x onerror="window.ran = true">'],
      [false, "外婆", "[图片]"],
      [false, "外婆", "饺子包好了"],
      [false, "外婆", "饺子包好了"],
    ]);
    await expect(lan.say(id, "外婆？")).rejects.toMatchObject({ code: "not_a_member" });
    const found = await lan.call("searchMessages", { text: "除夕", filter: {}, before: null, limit: 5 });
    expect(found.messages[0]).toMatchObject({ chat: id, senderName: "外婆" });
    expect(lan.core.store.one("SELECT count(*) AS n FROM outbox")).toEqual(before);

    expect((await lan.call("importChats", first))[0]).toMatchObject({ chat: id, added: 0, known: 5, messages: 5 });
    // What she deleted comes back when she takes it in again.
    await lan.call("deleteForMe", { ids: [messages[0]?.id ?? ""] });
    expect((await lan.call("importChats", first))[0]).toMatchObject({ added: 1, messages: 5 });

    // Her other device gets it as it gets all her chats.
    const phone = await Person.device("lan", town.server.origin);
    const { text } = await phone.call("deviceLinkStart", undefined);
    await lan.call("deviceLinkApprove", { text });
    const there = await phone.until("chat", { chat: id }, (one) => one?.last?.text === "饺子包好了", 40_000);
    expect(there).toMatchObject({ imported: true, left: true, title: "外婆" });
    await phone.stop();
    await mei.stop();
  }, 90_000);

  it("takes all that a zip holds, and passes over what is no chat", async () => {
    const { lan } = town;
    const zip = zipSync({
      "导出/梅.csv": new Uint8Array(await sample("wechatmsg.csv")),
      "导出/楼栋群.json": new Uint8Array(await sample("pywxdump.json")),
      "导出/说明.html": strToU8("<p>没有消息</p>"),
      "导出/image/1.png": new Uint8Array(9),
      "__MACOSX/导出/._梅.csv": new Uint8Array(9),
    });
    const imported = await lan.call("importChats", { name: "导出.zip", file: blobOf(zip) });
    expect(imported.map(({ title, added }) => [title, added])).toEqual([
      ["梅", 3],
      ["楼栋群", 3],
    ]);
    await expect(lan.call("importChats", { name: "a.zip", file: blobOf(zip.slice(0, -40)) })).rejects.toMatchObject({
      code: "zip_broken",
    });
    expect((await lan.call("importChats", { name: "导出.zip", file: blobOf(zip) })).map(({ added }) => added)).toEqual([
      0, 0,
    ]);
  });

  it("says what is wrong with a file, and keeps nothing of it", async () => {
    const { lan } = town;
    const chats = (await lan.until("chats", undefined, () => true)).length;
    const wrong: [string, Blob, string][] = [
      ["照片.jpg", blobOf(Uint8Array.from({ length: 4_000 }, (_, i) => (i * 89) % 256)), "not_a_chat"],
      ["空.csv", blobOf(""), "not_a_chat"],
      ["清单.csv", blobOf("名称,价格\n苹果,3\n"), "not_a_chat"],
      ["坏.json", blobOf('{"messages": [{"msg": "没写完'), "not_a_chat"],
      ["空.zip", blobOf(zipSync({ "a.txt": utf8("a") })), "not_a_chat"],
    ];
    for (const [name, content, code] of wrong) {
      await expect(lan.call("importChats", { name, file: content })).rejects.toMatchObject({ code });
    }
    // Nothing of so large a file is even read.
    const huge = { size: 10 * 1024 ** 3, arrayBuffer: () => Promise.reject(new Error("read")) } as unknown as Blob;
    await expect(lan.call("importChats", { name: "大.html", file: huge })).rejects.toMatchObject({
      code: "import_too_large",
    });
    const bomb = zipSync({ "a.json": new Uint8Array(30 * 1024 * 1024) }, { level: 9 });
    const many = new Uint8Array(bomb);
    const size = new DataView(many.buffer);
    for (let at = 0; at < many.length - 4; at++) {
      if (size.getUint32(at, true) === 30 * 1024 * 1024) size.setUint32(at, 0x7fffffff, true);
    }
    await expect(lan.call("importChats", { name: "弹.zip", file: blobOf(many) })).rejects.toMatchObject({
      code: "import_too_large",
    });
    expect((await lan.until("chats", undefined, () => true)).length).toBe(chats);
  });
});

describe("exporting", () => {
  it("writes pages, files and data of every chat; what people wrote stays words", async () => {
    const { lan } = town;
    const bo = await town.friend("bo");
    const chat = await lan.chatWith(bo);
    const chatOfBo = await bo.chatWith(lan);
    await lan.say(chat, '<script>alert("x")</script> & 你好');
    await lan.call("sendFiles", {
      chat,
      files: [
        file(5_000, { name: "猫.webp" }),
        file(300, { kind: "file", name: "../../家谱.html", type: "text/html" }),
      ],
    });
    await gets(bo, chatOfBo, "../../家谱.html");
    await bo.say(chatOfBo, "收到");
    await lan.hears(chat, "收到");
    const words = {
      language: "zh-Hans",
      title: "聊天记录",
      count: "{count} 条",
      me: "我",
      kinds: { picture: "[图片]", file: "[文件]" },
    };
    const exported = await lan.call("exportChats", { words });
    expect(exported).toMatchObject({ filesLeftOut: 0 });
    const inside = unzipSync(new Uint8Array(await exported.file.arrayBuffer()));
    const names = Object.keys(inside);
    expect(names).toContain("index.html");
    expect(names).toContain("bo.html");
    expect(names.every((name) => !name.includes("..") && !name.startsWith("/"))).toBe(true);
    const files = names.filter((name) => name.startsWith("files/bo/"));
    expect(files.map((name) => inside[name]?.length).sort()).toEqual([300, 5_000]);
    expect(files.find((name) => name.includes("家谱"))).toMatch(/\.html\.txt$/);
    const page = strFromU8(inside["bo.html"] ?? new Uint8Array());
    expect(page).not.toContain("<script");
    expect(page).toContain("&#60;script&#62;");
    expect(page).toContain("default-src 'none'");
    expect(page).not.toMatch(/https?:/);
    const data = JSON.parse(strFromU8(inside["data/bo.json"] ?? new Uint8Array())) as {
      title: string;
      messages: object[];
    };
    expect(data.messages[0]).toMatchObject({
      sender: "我",
      mine: true,
      kind: "text",
      text: '<script>alert("x")</script> & 你好',
    });
    expect(data.messages.at(-1)).toMatchObject({ sender: "bo", mine: false, text: "收到" });
    expect(names.some((name) => name === "外婆.html")).toBe(true);
    // What was exported can be read again.
    expect(readForeign("bo.json", strFromU8(inside["data/bo.json"] ?? new Uint8Array())).messages.length).toBe(
      data.messages.length,
    );
    await bo.stop();
  }, 60_000);
});
