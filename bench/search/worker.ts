/** A device with a million messages in the app's own store, in a worker as the app has it, and questions to it. */

import { BrowserPlatform } from "../../web/src/core/browser.ts";
import { Chats } from "../../web/src/core/chats/chats.ts";
import { ServerClock } from "../../web/src/core/clock.ts";
import { Http } from "../../web/src/core/http.ts";
import { accountKeys } from "../../web/src/core/identity/account.ts";
import { fold } from "../../web/src/core/search/grams.ts";
import { startOver, takeSlice } from "../../web/src/core/search/index.ts";
import { find, NO_FILTER } from "../../web/src/core/search/messages.ts";
import { addPinyinTerms } from "../../web/src/core/search/pinyin.ts";
import { Question } from "../../web/src/core/search/question.ts";
import { Search } from "../../web/src/core/search/search.ts";
import { unify } from "../../web/src/core/search/variants.ts";
import { Session } from "../../web/src/core/session.ts";
import { openDurable } from "../../web/src/core/store/open.ts";
import { integer, type Store } from "../../web/src/core/store/store.ts";
import { percentile } from "../app/percentile.ts";
import { chatId, fillMessages, fillPeople } from "./fill.ts";
import { questions, type Typed } from "./questions.ts";
import { Chance, Speech } from "./speech.ts";

export interface Figures {
  messages: number;
  p50_ms: number;
  p95_ms: number;
  worst_ms: number;
  by_kind_p95_ms: Record<string, number>;
  in_chat_p95_ms: number;
  recall: number;
  precision: number;
  plain_scan_ms: number;
  store_us: number;
  index_us: number;
  message_bytes: number;
  index_bytes: number;
}

const CHECKED_MAX = 120;
const SCANS = 2;
/** The last messages are stored and indexed as in life, and timed; those before without waiting for the disk. */
const TIMED_MAX = 20_000;

self.onmessage = ({ data }: MessageEvent<number>) => {
  measure(data).then(
    (figures) => self.postMessage({ figures }),
    (error: unknown) =>
      self.postMessage({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
};

function tell(told: string): void {
  self.postMessage({ told });
}

async function measure(messages: number): Promise<Figures> {
  const durable = await openDurable();
  const { store } = durable;
  const platform = new BrowserPlatform();
  const device = { signKey: new Uint8Array(32), signatureKey: new Uint8Array(32) };
  const clock = new ServerClock(platform);
  const session = new Session(
    platform,
    store,
    new Http(platform),
    clock,
    1,
    1,
    accountKeys(new Uint8Array(32)),
    device,
  );
  const search = new Search(session, new Chats(session));
  const speech = new Speech(new Chance(1));
  fillPeople(store, speech);
  store.write(startOver);
  const empty = bytesOf(store);
  const timedOnes = Math.min(messages, TIMED_MAX);
  store.execute("PRAGMA synchronous=OFF");
  const texts = fillMessages(store, speech, { from: 0, to: messages - timedOnes }, tell);
  indexAll(store);
  store.execute("PRAGMA synchronous=FULL");
  const stored = timed(() => fillMessages(store, speech, { from: messages - timedOnes, to: messages }, tell));
  texts.push(...stored.value);
  const indexed = timed(() => indexAll(store));
  const all = bytesOf(store);
  const indexBytes = integer(store.one("SELECT sum(length(block)) AS n FROM search_data") ?? {}, "n");
  tell(`${messages} messages indexed`);

  const typed = questions(new Chance(2), texts);
  search.everything("你好", null, 3); // the first question of all waits for the lists of sounds
  search.everything("nihao ni", null, 3);
  const times = typed.map((one) => ({ ...one, ms: timed(() => search.everything(one.text, null, 3)).ms }));
  for (const slow of [...times].sort((a, b) => b.ms - a.ms).slice(0, 8))
    tell(`slow: ${slow.kind} ${slow.text} ${slow.ms}`);
  const chance = new Chance(3);
  const inChat = typed.map(({ text }) => {
    const filter = { chat: chatId(chance.below(60)) };
    return timed(() => search.messages(text, filter, null, 20)).ms;
  });
  tell("questions asked");
  const ms = times.map((one) => one.ms);
  const checked = check(store, texts, typed);
  const scans = Array.from({ length: SCANS }, () => timed(() => plainScan(store, "位置")).ms);
  durable.release();
  return {
    messages,
    p50_ms: percentile(ms, 0.5),
    p95_ms: percentile(ms, 0.95),
    worst_ms: Math.max(...ms),
    by_kind_p95_ms: byKind(times),
    in_chat_p95_ms: percentile(inChat, 0.95),
    ...checked,
    plain_scan_ms: Math.min(...scans),
    store_us: (stored.ms * 1_000) / timedOnes,
    index_us: (indexed.ms * 1_000) / timedOnes,
    message_bytes: (all - empty - indexBytes) / messages,
    index_bytes: indexBytes / messages,
  };
}

function timed<T>(work: () => T): { value: T; ms: number } {
  const from = performance.now();
  const value = work();
  return { value, ms: performance.now() - from };
}

function bytesOf(store: Store): number {
  store.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  const pages = integer(store.one("PRAGMA page_count") ?? {}, "page_count");
  const free = integer(store.one("PRAGMA freelist_count") ?? {}, "freelist_count");
  return (pages - free) * integer(store.one("PRAGMA page_size") ?? {}, "page_size");
}

function indexAll(store: Store): void {
  for (let slices = 0; store.write((tx) => takeSlice(tx, addPinyinTerms)); slices += 1) {
    if (slices % 500 === 0) tell(`${slices} slices indexed`);
  }
}

function byKind(times: readonly (Typed & { ms: number })[]): Record<string, number> {
  const kinds = [...new Set(times.map(({ kind }) => kind))].sort();
  return Object.fromEntries(
    kinds.map((kind) => [
      kind,
      percentile(
        times.filter((one) => one.kind === kind).map(({ ms }) => ms),
        0.95,
      ),
    ]),
  );
}

/** What the index finds beside what reading every message finds, for questions of writing. */
function check(store: Store, texts: readonly string[], typed: readonly Typed[]): { recall: number; precision: number } {
  const unified = texts.map((text) => unify(fold(text)));
  const written = typed.filter(({ kind }) => kind !== "pinyin" && kind !== "initials").slice(0, CHECKED_MAX);
  let there = 0;
  let seen = 0;
  let right = 0;
  for (const [place, { text }] of written.entries()) {
    const wanted = unify(fold(text));
    const plain = new Set<number>();
    for (const [number, one] of unified.entries()) if (one.includes(wanted)) plain.add(number + 1);
    const found = find(store, Question.of(text), NO_FILTER, texts.length).rows;
    there += plain.size;
    seen += found.length;
    for (const row of found) if (plain.has(integer(row, "n"))) right += 1;
    if (place % 40 === 0) tell(`${place} questions checked against a plain scan`);
  }
  return { recall: right / there, precision: right / seen };
}

/** What the same question costs without an index: every message is read. */
function plainScan(store: Store, text: string): number {
  const question = Question.of(text);
  let found = 0;
  const last = integer(store.one("SELECT max(n) AS n FROM message") ?? {}, "n");
  for (let from = 0; from < last; from += 10_000) {
    for (const row of store.all("SELECT n, text FROM message WHERE n > ? AND n <= ?", [from, from + 10_000])) {
      if (question?.fits(String(row["text"])) === true) found += 1;
    }
  }
  return found;
}
