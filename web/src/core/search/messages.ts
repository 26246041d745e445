import type { ChatId, MessageKind } from "../api.ts";
import { integer, integerOrNull, type Reader, type Row, text } from "../store/store.ts";
import { chatTerm, indexState, kindTerm } from "./index.ts";
import type { Question } from "./question.ts";
import { wordsOf } from "./words.ts";

/** Finds messages: through the index where it names few, by reading a chat from its newest end where it names many. */

/** More messages than these are not fetched one by one. */
export const FOUND_MAX = 400;
const FRESH_READ_MAX = 2_000;
const READ_AT_ONCE = 400;
const POSITIONS_PER_MS = 1_024;
const COLUMNS = "m.n, m.chat, m.position, m.kind, m.sender, m.named, m.text, m.detail, m.at_ms";

export interface Filter {
  chat: ChatId | null;
  person: number | null;
  kinds: readonly MessageKind[]; // [] for all
  fromMs: number | null;
  toMs: number | null; // not included
}

export const NO_FILTER: Filter = { chat: null, person: null, kinds: [], fromMs: null, toMs: null };

export interface Found {
  rows: Row[];
  /** False: there are more, somewhere. */
  all: boolean;
}

function passes(row: Row, question: Question | null, filter: Filter): boolean {
  const kind = text(row, "kind") as MessageKind;
  const atMs = integer(row, "at_ms");
  if (kind === "event" || kind === "recalled" || kind === "unknown") return false;
  if (filter.chat !== null && text(row, "chat") !== filter.chat) return false;
  if (filter.person !== null && integerOrNull(row, "sender") !== filter.person) return false;
  if (filter.kinds.length > 0 && !filter.kinds.includes(kind)) return false;
  if (filter.fromMs !== null && atMs < filter.fromMs) return false;
  if (filter.toMs !== null && atMs >= filter.toMs) return false;
  return question === null || question.fits(wordsOf(row));
}

/** What is looked up; null when nothing narrows the search. */
function expressionOf(question: Question | null, { chat, kinds }: Filter): string | null {
  const terms = question === null ? [] : [question.expression];
  const indexed = kinds.length > 0 && !kinds.includes("text");
  if (indexed) terms.push(`(${kinds.map((kind) => `"${kindTerm(kind)}"`).join(" OR ")})`);
  if (terms.length === 0) return null;
  if (chat !== null) terms.push(`"${chatTerm(chat)}"`);
  return terms.join(" AND ");
}

/** Is every message either in the index or among the fresh ones? */
export function isWhole(reader: Reader): boolean {
  const { low, high } = indexState(reader);
  const waiting = reader.one("SELECT count(*) AS n FROM (SELECT 1 FROM message WHERE n > ? LIMIT ?)", [
    high,
    FRESH_READ_MAX + 1,
  ]);
  return low === 0 && integer(waiting ?? {}, "n") <= FRESH_READ_MAX;
}

/** Messages that are not in the index yet, the newest first. */
export function fresh(reader: Reader): Row[] {
  const { high } = indexState(reader);
  return [
    ...reader.all(`SELECT ${COLUMNS} FROM message m WHERE m.n > ? ORDER BY m.n DESC LIMIT ?`, [high, FRESH_READ_MAX]),
    ...reader.all(`SELECT ${COLUMNS} FROM message m WHERE m.n IN (SELECT n FROM search_again LIMIT ?)`, [
      FRESH_READ_MAX,
    ]),
  ];
}

/** The newest messages that the index names, by number; `all` false: it names more than `limit`. */
export interface Named {
  numbers: number[];
  all: boolean;
}

/** Null when nothing narrows the search. */
export function named(reader: Reader, question: Question | null, filter: Filter, limit: number): Named | null {
  const expression = expressionOf(question, filter);
  if (expression === null) return null;
  const rows = reader.all("SELECT rowid AS n FROM search WHERE search MATCH ? ORDER BY rowid DESC LIMIT ?", [
    expression,
    limit + 1,
  ]);
  return { numbers: rows.slice(0, limit).map((row) => integer(row, "n")), all: rows.length <= limit };
}

/** Those of `numbers`, named by the index, that fit. */
export function fitting(reader: Reader, numbers: number[], question: Question | null, filter: Filter): Row[] {
  const rows = reader.all(`SELECT ${COLUMNS} FROM json_each(?) CROSS JOIN message m ON m.n = value`, [
    JSON.stringify(numbers),
  ]);
  const asked = question?.isExact === true ? null : question;
  return rows.filter((row) => passes(row, asked, filter));
}

/** Those of `unindexed` that fit. */
export function fittingFresh(unindexed: Row[], question: Question | null, filter: Filter): Row[] {
  return unindexed.filter((row) => passes(row, question, filter));
}

/** Messages that fit, through the index; at most `limit` are looked at there. */
export function find(reader: Reader, question: Question | null, filter: Filter, limit = FOUND_MAX): Found {
  const indexed = named(reader, question, filter, limit);
  if (indexed === null) return { rows: [], all: false };
  const waiting = fittingFresh(fresh(reader), question, filter);
  return { rows: [...waiting, ...fitting(reader, indexed.numbers, question, filter)], all: indexed.all };
}

/** The newest messages of one chat that fit, below `before`; exact however many there are. */
export function findInChat(
  reader: Reader,
  question: Question | null,
  filter: Filter & { chat: ChatId },
  before: number | null,
  limit: number,
): { rows: Row[]; more: boolean } {
  const below = before ?? Number.MAX_SAFE_INTEGER;
  const found = isWhole(reader) ? find(reader, question, filter) : { rows: [], all: false };
  const rows = found.all
    ? found.rows
        .filter((row) => integer(row, "position") < below)
        .sort((a, b) => integer(b, "position") - integer(a, "position"))
    : readChat(reader, question, filter, below, limit + 1);
  return { rows: rows.slice(0, limit), more: rows.length > limit };
}

/** Reads a chat downwards in time until there are enough. */
function readChat(
  reader: Reader,
  question: Question | null,
  filter: Filter & { chat: ChatId },
  before: number,
  enough: number,
): Row[] {
  const rows: Row[] = [];
  const from = filter.fromMs === null ? 0 : filter.fromMs * POSITIONS_PER_MS;
  let below = filter.toMs === null ? before : Math.min(before, filter.toMs * POSITIONS_PER_MS);
  while (rows.length < enough) {
    const read = reader.all(
      `SELECT ${COLUMNS} FROM message m WHERE m.chat = ? AND m.position < ? AND m.position >= ?
       ORDER BY m.position DESC LIMIT ?`,
      [filter.chat, below, from, READ_AT_ONCE],
    );
    rows.push(...read.filter((row) => passes(row, question, filter)));
    const last = read.at(-1);
    if (last === undefined || read.length < READ_AT_ONCE) break;
    below = integer(last, "position");
  }
  return rows.slice(0, enough);
}
