import type { BooksState } from "../../core/api.ts";
import { t } from "../../i18n/language.svelte.ts";

/** What checking the books found; `sound`: what to say when nothing is wrong. */
export function wordsFor({ verdict }: BooksState, sound: string): string {
  if (verdict === "sound") return sound;
  if (verdict === "new_key") return t("books.new_key");
  return verdict === "went_back" ? t("books.went_back") : t("books.forged");
}
