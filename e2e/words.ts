/** What the app says, so that a journey reads the screen as a person does, in each language. */

import en from "../web/src/i18n/en.ts";
import type { Key, LanguageCode, Messages } from "../web/src/i18n/message.ts";
import zhHans from "../web/src/i18n/zh-Hans.ts";
import zhHant from "../web/src/i18n/zh-Hant.ts";

const WORDS: Record<LanguageCode, Messages> = { "zh-Hans": zhHans, "zh-Hant": zhHant, en };

/** The sentence `key` as the app writes it in `language`. */
export function say(language: LanguageCode, key: Key, values: Record<string, string | number> = {}): string {
  const message = WORDS[language][key];
  const text = typeof message === "string" ? message : values["count"] === 1 ? message.one : message.other;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? value.toLocaleString(language) : value;
  });
}
