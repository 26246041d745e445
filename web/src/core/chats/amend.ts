import type { Session } from "../session.ts";
import { blob, integer, integerOrNull, type Row, type Tx, text } from "../store/store.ts";
import { touchChat } from "./chats.ts";
import { CHANGEABLE_MS } from "./render.ts";

/**
 * What happens to a message after it was said: changed, taken back, reacted to [CO5]. Only its sender may change or
 * take it back, and only soon; what is told of a message that has not come yet waits for it.
 */

/** Between the sender's clock and the server's, and for the way. */
const SLACK_MS = 60_000;
const EMOJI_UNITS_MAX = 64;
const REACTIONS_PER_PERSON_MAX = 20;

export interface Amendment {
  target: Uint8Array;
  account: number;
  text: string | null; // null: taken back
  atMs: number;
}

export function isEmoji(written: string): boolean {
  if (written === "" || written.length > EMOJI_UNITS_MAX) return false;
  return [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(written)].length === 1;
}

export class Amend {
  constructor(private readonly session: Session) {}

  /** An edit or a recall by `account`; a reaction that is taken back comes this way, too. */
  replace(tx: Tx, amendment: Amendment): void {
    const { target, account, text: words } = amendment;
    const row = tx.one("SELECT * FROM message WHERE content_id = ?", [target]);
    if (row !== undefined) {
      this.apply(tx, row, amendment);
      return;
    }
    if (words === null && this.unreact(tx, target, account)) return;
    if (tx.one("SELECT 1 FROM deleted WHERE content_id = ?", [target]) !== undefined) return;
    tx.run("INSERT OR REPLACE INTO replacement (target, account, text, at_ms) VALUES (?, ?, ?, ?)", [
      target,
      account,
      words,
      amendment.atMs,
    ]);
  }

  /** A message has come: what was told of it before is done now. */
  catchUp(tx: Tx, n: number): void {
    const row = tx.one("SELECT * FROM message WHERE n = ?", [n]);
    if (row === undefined || row["content_id"] === null) return;
    const target = blob(row, "content_id");
    for (const waiting of tx.all("SELECT * FROM replacement WHERE target = ?", [target])) {
      const { account, text: words, at_ms: atMs } = waiting;
      this.apply(tx, row, { target, account: Number(account), text: words as string | null, atMs: Number(atMs) });
    }
    tx.run("DELETE FROM replacement WHERE target = ?", [target]);
  }

  private apply(tx: Tx, row: Row, { account, text: words, atMs }: Amendment): void {
    const kind = text(row, "kind");
    if (integerOrNull(row, "sender") !== account || kind === "event" || kind === "recalled") return;
    if (atMs > integer(row, "at_ms") + CHANGEABLE_MS + SLACK_MS) return;
    const n = integer(row, "n");
    if (words === null) {
      // Her own words stay with her, to write them anew.
      tx.run(
        `UPDATE message SET kind = 'recalled', text = iif(mine = 1 AND kind = 'text', text, ''), detail = NULL, thumb = NULL, quote = NULL, mentions = NULL
         WHERE n = ?`,
        [n],
      );
      tx.run("DELETE FROM reaction WHERE target = ?", [blob(row, "content_id")]);
    } else if (kind === "text") {
      tx.run("UPDATE message SET text = ?, edited = 1 WHERE n = ?", [words, n]);
    }
    touchChat(tx, text(row, "chat"));
  }

  react(
    tx: Tx,
    reaction: { target: Uint8Array; account: number; emoji: string; contentId: Uint8Array; atMs: number },
    { vouched } = { vouched: false },
  ): void {
    const { target, account, emoji, contentId, atMs } = reaction;
    if (!isEmoji(emoji)) return;
    if (tx.run("DELETE FROM replacement WHERE target = ? AND account = ? AND text IS NULL", [contentId, account]) > 0) {
      return; // taken back before it came
    }
    const had = tx.one("SELECT count(*) AS n FROM reaction WHERE target = ? AND account = ?", [target, account]);
    if (integer(had ?? { n: 0 }, "n") >= REACTIONS_PER_PERSON_MAX) return;
    tx.run(
      "INSERT OR REPLACE INTO reaction (target, account, emoji, content_id, at_ms, vouched) VALUES (?, ?, ?, ?, ?, ?)",
      [target, account, emoji, contentId, atMs, vouched ? 1 : null],
    );
    this.touchTarget(tx, target);
  }

  /** The id under which her reaction was said; null if she has none like it. */
  reactionId(target: Uint8Array, account: number, emoji: string): Uint8Array | null {
    const row = this.session.store.one(
      "SELECT content_id FROM reaction WHERE target = ? AND account = ? AND emoji = ?",
      [target, account, emoji],
    );
    return row === undefined ? null : blob(row, "content_id");
  }

  private unreact(tx: Tx, contentId: Uint8Array, account: number): boolean {
    const row = tx.one("SELECT target, emoji FROM reaction WHERE content_id = ? AND account = ?", [contentId, account]);
    if (row === undefined) return false;
    const target = blob(row, "target");
    tx.run("DELETE FROM reaction WHERE target = ? AND account = ? AND emoji = ?", [
      target,
      account,
      text(row, "emoji"),
    ]);
    this.touchTarget(tx, target);
    return true;
  }

  private touchTarget(tx: Tx, target: Uint8Array): void {
    const row = tx.one("SELECT chat FROM message WHERE content_id = ?", [target]);
    if (row !== undefined) touchChat(tx, text(row, "chat"));
  }

  /** Messages that have had their time. */
  expired(tx: Tx, now: number): Row[] {
    return tx.all("SELECT * FROM message WHERE expires_at_ms <= ? LIMIT 200", [now]);
  }
}
