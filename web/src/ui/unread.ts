/** What a number on a tab counts: a muted chat only says that there is something. Pure. */
import type { ChatSummary } from "../core/api.ts";

type Kept = Pick<ChatSummary, "unread" | "markedUnread" | "muted">;

export function isUnread(chat: Kept): boolean {
  return chat.unread > 0 || chat.markedUnread;
}

/** The number beside one chat; 0 where a dot or nothing stands. A chat marked by hand counts as one. */
export function countOf(chat: Kept): number {
  if (chat.muted) return 0;
  return Math.max(chat.unread, Number(chat.markedUnread));
}

/** All chats together; `dot`: nothing to count, and yet something is new in a muted one. */
export function unreadOf(chats: readonly Kept[]): { count: number; dot: boolean } {
  const count = chats.reduce((sum, chat) => sum + countOf(chat), 0);
  return { count, dot: count === 0 && chats.some(isUnread) };
}
