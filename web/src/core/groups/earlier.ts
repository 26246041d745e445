import { groupChatId } from "../chats/chats.ts";
import { sayingOf } from "../chats/sending.ts";
import { blob, integer, type Reader, type Row, text } from "../store/store.ts";
import { BUNDLE_BYTES_MAX, bytesOf, type OldMessage, type OldReaction } from "./bundle.ts";

/** What is handed over of a group's messages to somebody who has come [GH3]. */

const PAGE = 200;

/** The newest messages of people up to a time, oldest first; what disappears by itself is not among them. */
export function messagesBefore(reader: Reader, groupId: Uint8Array, atMs: number, amount: number): OldMessage[] {
  const messages: OldMessage[] = [];
  let bytes = 0;
  let below = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const rows = reader.all(
      `SELECT m.*, coalesce(p.name, m.named, '') AS called FROM message m LEFT JOIN person p ON p.account = m.sender
       WHERE m.chat = ? AND m.position < ? AND m.at_ms <= ? AND m.sender IS NOT NULL AND m.content_id IS NOT NULL
       AND m.kind NOT IN ('event', 'recalled', 'unknown', 'help', 'packet', 'transfer') AND m.expires_at_ms IS NULL
       AND (m.state IS NULL OR m.state = 'sent') ORDER BY m.position DESC LIMIT ?`,
      [groupChatId(groupId), below, atMs, PAGE],
    );
    for (const row of rows) {
      const message = oldMessageOf(reader, row);
      bytes += bytesOf(message);
      if (bytes > BUNDLE_BYTES_MAX || messages.length === amount) return messages.reverse();
      messages.push(message);
      below = integer(row, "position");
    }
    if (rows.length < PAGE) return messages.reverse();
  }
}

function oldMessageOf(reader: Reader, row: Row): OldMessage {
  const { text: words, carried, quote } = sayingOf(row);
  return {
    contentId: blob(row, "content_id"),
    sender: integer(row, "sender"),
    name: text(row, "called"),
    atMs: integer(row, "at_ms"),
    text: words,
    carried,
    quote,
    edited: integer(row, "edited") === 1,
    reactions: reactionsTo(reader, blob(row, "content_id")),
    files: [],
  };
}

function reactionsTo(reader: Reader, contentId: Uint8Array): OldReaction[] {
  return reader.all("SELECT * FROM reaction WHERE target = ? ORDER BY at_ms", [contentId]).map((row) => ({
    account: integer(row, "account"),
    emoji: text(row, "emoji"),
    contentId: blob(row, "content_id"),
    atMs: integer(row, "at_ms"),
  }));
}
