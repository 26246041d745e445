import type { Session } from "../session.ts";
import { integer, type Reader, type Row, type Tx, text } from "../store/store.ts";
import { fold, termsOf } from "./grams.ts";
import { wordsOf } from "./words.ts";

/**
 * Brings messages into the index, in slices, whoever stored them.
 *
 * Storing a message costs nothing here: the newest few are read as they are (`fresh`), and go into the index
 * together. Forgetting is done by triggers, in the transaction of the change (store/schema/search.ts). So what a
 * search finds is always what the messages are.
 */

/** Raised when terms are made otherwise: the index is then made anew. */
const SHAPE = 2;
const SLICE = 200;
/** Fewer new messages than these are not worth a write. */
const FRESH_MAX = 100;
const LOOK_EVERY_MS = 5_000;
const AFTER_TROUBLE_MS = 60_000;

export const INDEXED_COLUMNS = "n, chat, kind, text, detail";

type AddPinyinTerms = (folded: string, terms: Set<string>) => void;

export interface IndexState {
  low: number;
  high: number;
}

export function indexState(reader: Reader): IndexState {
  const row = reader.one("SELECT low, high FROM search_state") ?? {};
  return { low: integer(row, "low"), high: integer(row, "high") };
}

/** Stands for the messages of one chat. */
export function chatTerm(chat: string): string {
  return `＃${chat.replace(":", "")}`;
}

/** Stands for the messages of one kind, other than text. */
export function kindTerm(kind: string): string {
  return `＃＃${kind}`;
}

function termsOfMessage(row: Row, addPinyinTerms: AddPinyinTerms): string | null {
  const words = wordsOf(row);
  const kind = text(row, "kind");
  if (words === "" && (kind === "event" || kind === "recalled" || kind === "unknown")) return null;
  const folded = fold(words);
  const terms = termsOf(folded);
  addPinyinTerms(folded, terms);
  terms.add(chatTerm(text(row, "chat")));
  if (kind !== "text") terms.add(kindTerm(kind));
  return [...terms].join(" ");
}

export class SearchIndex {
  private cancel: () => void = () => {};
  private stopped = false;

  constructor(private readonly session: Session) {}

  start(): void {
    this.lookIn(LOOK_EVERY_MS);
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
  }

  private lookIn(delayMs: number): void {
    if (this.stopped) return;
    this.cancel = this.session.platform.later(delayMs, () => {
      this.catchUp().then(
        () => this.lookIn(LOOK_EVERY_MS),
        () => this.lookIn(AFTER_TROUBLE_MS), // no room, or no table of sounds while offline: the next look tries again
      );
    });
  }

  /** Indexes all that waits, if it is enough; others have their turn between the slices. */
  async catchUp(): Promise<void> {
    if (!this.isDue()) return;
    const { addPinyinTerms } = await import("./pinyin.ts");
    while (!this.stopped && this.session.store.write((tx) => takeSlice(tx, addPinyinTerms))) {
      await new Promise<void>((done) => this.session.platform.later(0, done));
    }
  }

  private isDue(): boolean {
    const { store } = this.session;
    const { low, high } = indexState(store);
    if (low > 0 || integer(store.one("SELECT shape FROM search_state") ?? {}, "shape") !== SHAPE) return true;
    const waiting = store.one(
      `SELECT (SELECT count(*) FROM (SELECT 1 FROM message WHERE n > ? LIMIT ?)) + (SELECT count(*) FROM search_again)
       AS n`,
      [high, FRESH_MAX],
    );
    return integer(waiting ?? {}, "n") >= FRESH_MAX;
  }
}

/** Changed messages first, then new ones, then ever older ones. False when there is nothing left. */
export function takeSlice(tx: Tx, addPinyinTerms: AddPinyinTerms): boolean {
  if (integer(tx.one("SELECT shape FROM search_state") ?? {}, "shape") !== SHAPE) startOver(tx);
  const { low, high } = indexState(tx);
  const columns = `SELECT ${INDEXED_COLUMNS} FROM message`;
  const changed = tx.all(`${columns} WHERE n IN (SELECT n FROM search_again LIMIT ${SLICE}) ORDER BY n`);
  if (changed.length > 0) {
    put(tx, changed, addPinyinTerms);
    for (const row of changed) tx.run("DELETE FROM search_again WHERE n = ?", [integer(row, "n")]);
    return true;
  }
  const newer = tx.all(`${columns} WHERE n > ? ORDER BY n LIMIT ${SLICE}`, [high]);
  if (newer.length > 0) {
    put(tx, newer, addPinyinTerms);
    tx.run("UPDATE search_state SET high = ?", [integer(newer.at(-1) ?? {}, "n")]);
    return true;
  }
  const older = low === 0 ? [] : tx.all(`${columns} WHERE n <= ? ORDER BY n DESC LIMIT ${SLICE}`, [low]).reverse();
  const [oldest] = older;
  if (low === 0) return false;
  put(tx, older, addPinyinTerms);
  tx.run("UPDATE search_state SET low = ?", [oldest === undefined ? 0 : integer(oldest, "n") - 1]);
  return true;
}

/** An empty index that goes on from the newest message downwards. */
export function startOver(tx: Tx): void {
  tx.run("INSERT INTO search (search) VALUES ('delete-all')");
  tx.run("DELETE FROM search_again");
  tx.run("UPDATE search_state SET shape = ?, low = coalesce((SELECT max(n) FROM message), 0)", [SHAPE]);
  tx.run("UPDATE search_state SET high = low");
}

function put(tx: Tx, rows: Row[], addPinyinTerms: AddPinyinTerms): void {
  for (const row of rows) {
    const terms = termsOfMessage(row, addPinyinTerms);
    if (terms !== null) tx.run("INSERT INTO search (rowid, terms) VALUES (?, ?)", [integer(row, "n"), terms]);
  }
}
