/** What of a chat list is news to its reader, compared with how it was a moment ago. Pure. */
import type { ChatId, ChatSummary } from "../../core/api.ts";

export type Known = Pick<ChatSummary, "id" | "unread" | "mentioned" | "muted" | "last" | "title" | "kind">;

/** The chats in which somebody said something since; a muted one only if it calls the reader. */
export function newsIn<C extends Known>(before: readonly C[], after: readonly C[], openChat: ChatId | null): C[] {
  const known = new Map(before.map((chat) => [chat.id, chat]));
  return after.filter((chat) => {
    const was = known.get(chat.id);
    if (chat.unread <= (was?.unread ?? 0) || chat.id === openChat) return false;
    return !chat.muted || (chat.mentioned && was?.mentioned !== true);
  });
}

/** The chats whose messages were read since: what was shown of them can go. */
export function readSince<C extends Known>(before: readonly C[], after: readonly C[]): C[] {
  const now = new Map(after.map((chat) => [chat.id, chat.unread]));
  return before.filter((chat) => chat.unread > 0 && (now.get(chat.id) ?? 0) === 0);
}
