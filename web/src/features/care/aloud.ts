/** What is new, put into words to be read aloud: who says it, then what. */
import type { ChatId, ChatSummary, Core, Message } from "../../core/api.ts";
import { answerOnce } from "../../ui/live.svelte.ts";
import type { Line } from "../../ui/speaking.svelte.ts";
import { spokenLine } from "../../ui/spoken.ts";

/** Enough to listen to in one go; what is left waits for the next. */
const LINES_MAX = 60;

/** The unread messages of all chats that are not muted, oldest first; a chat read to its end is read. */
export async function unreadLines(
  core: Core,
  chats: readonly ChatSummary[],
  read: (chat: ChatId) => void,
): Promise<Line[]> {
  const lines: Line[] = [];
  for (const chat of chats) {
    if (chat.muted || chat.unread === 0 || lines.length >= LINES_MAX) continue;
    const { messages } = await answerOnce(core, "messages", { chat: chat.id, before: null, limit: chat.unread * 2 });
    const fresh = messages.filter(isHeard).slice(-chat.unread);
    for (const [place, message] of fresh.entries()) {
      const text = spokenLine(message, chat.kind === "group" ? chat.title : null);
      lines.push({ id: message.id, text, ...(place === fresh.length - 1 && { done: () => read(chat.id) }) });
    }
  }
  return lines;
}

function isHeard({ mine, kind }: Message): boolean {
  return !mine && kind !== "event" && kind !== "recalled";
}
