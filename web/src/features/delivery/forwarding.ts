/** What is passed on: which messages, and under which title they stand as one record. */
import type { ChatSummary, FavouriteId, MessageId } from "../../core/api.ts";
import { t } from "../../i18n/language.svelte.ts";

const MERGED = "merged:";

const FAVOURITE = "favourite:";

export interface Forwarded {
  readonly ids: MessageId[];
  readonly merged: boolean;
  readonly favourite: FavouriteId | null;
}

export function readForward(hash: string): Forwarded {
  const words = hash.replace(/^#/, "");
  if (words.startsWith(FAVOURITE)) return { ids: [], merged: false, favourite: words.slice(FAVOURITE.length) };
  const merged = words.startsWith(MERGED);
  const ids = (merged ? words.slice(MERGED.length) : words).split(",").filter((id) => id !== "");
  return { ids, merged, favourite: null };
}

/** "{a}和{b}的聊天记录" for two, "群聊的聊天记录" for more. */
export function recordTitle(chat: Pick<ChatSummary, "kind" | "title"> | null, reader: string): string {
  if (chat?.kind === "direct") return t("record.of_two", { a: chat.title, b: reader });
  return t("record.of_group");
}
