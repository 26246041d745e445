import { type Chats, POSITIONS_PER_MS } from "../chats/chats.ts";
import type { Conversation } from "../groups/conversations.ts";
import type { Tx } from "../store/store.ts";

/** Word of the server that something of hers was erased before everybody had fetched it [DS7]. */

/** A device that is away for good lets every message expire: it is told once, and again after so long. */
const TOLD_AGAIN_AFTER_MS = 30 * 86_400_000;

/** One grey line in the chat; none where she has said nothing, for what was lost then are signs of typing and the like. */
export function tellUndelivered(tx: Tx, chats: Chats, { chat }: Conversation, atMs: number): void {
  if (chat === null) return;
  const said = tx.one("SELECT 1 FROM message WHERE chat = ? AND mine = 1 AND state = 'sent' LIMIT 1", [chat]);
  const told = tx.one(
    "SELECT 1 FROM message WHERE chat = ? AND position > ? AND kind = 'event' AND event ->> 'what' = 'undelivered'",
    [chat, (atMs - TOLD_AGAIN_AFTER_MS) * POSITIONS_PER_MS],
  );
  if (said === undefined || told !== undefined) return;
  chats.event(tx, chat, { what: "undelivered", actor: null, people: [], name: "" }, atMs);
}
