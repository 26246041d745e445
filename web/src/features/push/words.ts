/** What a notification says of a chat, when its owner allows it to say anything. */
import type { ChatSummary } from "../../core/api.ts";
import { t } from "../../i18n/language.svelte.ts";

/** "外婆" / "吃饭了吗"; in a group "一家人" / "外婆：吃饭了吗". */
export function wordsOf(chat: Pick<ChatSummary, "kind" | "title" | "last" | "unread">): {
  title: string;
  body: string;
} {
  const said = lineOf(chat.last);
  const sender = chat.last?.sender ?? null;
  const line = chat.kind === "group" && sender !== null ? t("chats.last_by", { name: sender, text: said }) : said;
  return { title: chat.title, body: chat.unread > 1 ? t("push.several", { count: chat.unread, text: line }) : line };
}

function lineOf(last: ChatSummary["last"]): string {
  if (last === null) return t("push.new_message");
  switch (last.kind) {
    case "text":
      return last.text;
    case "event":
    case "unknown":
      return t("push.new_message");
    default:
      return last.text === "" ? t(`kind.${last.kind}`) : `${t(`kind.${last.kind}`)} ${last.text}`;
  }
}
