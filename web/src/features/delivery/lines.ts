/** The lines of the chat list: chats, and one entry for all that are folded. Pure. */
import type { ChatSummary } from "../../core/api.ts";

export type Line = { chat: ChatSummary } | { folded: readonly ChatSummary[] };

/** A muted group can be folded away; pinned to the top it stays in sight. */
export function isFolded({ kind, muted, folded, pinned }: ChatSummary): boolean {
  return kind === "group" && muted && folded && !pinned;
}

/** `chats` in the order of the list; the entry stands where its newest chat would. */
export function linesOf(chats: readonly ChatSummary[]): Line[] {
  const folded = chats.filter(isFolded);
  const [newest] = folded;
  return chats.flatMap((chat): Line[] => {
    if (!isFolded(chat)) return [{ chat }];
    return chat === newest ? [{ folded }] : [];
  });
}

export function keyOf(line: Line): string {
  return "chat" in line ? line.chat.id : "folded";
}
