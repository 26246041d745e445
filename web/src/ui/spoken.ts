/** A message as it is said aloud: "小梅说：到家了。" */
import type { Message } from "../core/api.ts";
import { t } from "../i18n/language.svelte.ts";

/** Only the words; "" where there is nothing to say. A web address is not spelt out. */
export function spokenWords({ kind, text }: Message): string {
  if (kind === "event" || kind === "recalled" || kind === "unknown") return "";
  const words = text.replace(/https?:\/\/\S+/g, t("kind.link"));
  if (kind === "text") return words;
  return `${t(`kind.${kind}`)} ${words}`.replace(/[[\]]/g, "").trim();
}

/** Who, where, and what. `group`: its title; null in a chat of two. */
export function spokenLine(message: Message, group: string | null): string {
  const name = message.senderName;
  const text = spokenWords(message);
  return group === null ? t("aloud.says", { name, text }) : t("aloud.says_in", { group, name, text });
}
