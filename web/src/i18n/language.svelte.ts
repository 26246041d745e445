/** The language the app speaks now, and `t`, which says a sentence in it. */
import type { ErrorCode } from "../core/api.ts";
import type { Key, LanguageCode, Message, Messages, Values } from "./message.ts";

/** Each language under the name its readers know it by. */
export const LANGUAGES: readonly { code: LanguageCode; name: string }[] = [
  { code: "zh-Hans", name: "简体中文" },
  { code: "zh-Hant", name: "繁體中文" },
  { code: "en", name: "English" },
];

const LOAD: Record<LanguageCode, () => Promise<{ default: Messages }>> = {
  "zh-Hans": () => import("./zh-Hans.ts"),
  "zh-Hant": () => import("./zh-Hant.ts"),
  en: () => import("./en.ts"),
};

interface Spoken {
  code: LanguageCode;
  messages: Messages | null;
}

let spoken = $state.raw<Spoken>({ code: "zh-Hans", messages: null });

export const language = {
  get code(): LanguageCode {
    return spoken.code;
  },
};

/** From now on every sentence is in `code`; the previous language stays until the new one has arrived. */
export async function speak(code: LanguageCode): Promise<void> {
  const loaded = await LOAD[code]();
  spoken = { code, messages: loaded.default };
  document.documentElement.lang = code;
}

/** The first language of the reader's own list that we have; Traditional for Taiwan, Hong Kong and Macau. */
export function preferredLanguage(wanted: readonly string[]): LanguageCode {
  for (const tag of wanted) {
    const lower = tag.toLowerCase();
    if (/^zh(-|$)/.test(lower)) return /hant|-tw|-hk|-mo/.test(lower) ? "zh-Hant" : "zh-Hans";
    if (/^en(-|$)/.test(lower)) return "en";
  }
  return "en";
}

export function isLanguageCode(value: unknown): value is LanguageCode {
  return LANGUAGES.some((known) => known.code === value);
}

/** The sentence `key` in the language spoken now; numbers are written as that language writes them. */
export function t<K extends Key>(key: K, ...values: Values<K>): string {
  const message = spoken.messages?.[key];
  if (message === undefined) return "";
  return fill(message, values[0] ?? {}, spoken.code);
}

/** The sentence for a refusal. */
export function tError(code: ErrorCode): string {
  return t(`errors.${code}`);
}

export function fill(message: Message, values: Readonly<Record<string, string | number>>, code: LanguageCode): string {
  let sentence: string;
  if (typeof message === "string") {
    sentence = message;
  } else {
    const count = Number(values["count"] ?? 0);
    sentence = new Intl.PluralRules(code).select(count) === "one" ? message.one : message.other;
  }
  return sentence.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? new Intl.NumberFormat(code).format(value) : apart(value);
  });
}

/** Letters written from right to left, and the marks that turn a line around. */
const TURNING = /[\u0590-\u08ff\u200e\u200f\u202a-\u202e\u2066-\u2069\ufb1d-\ufdff\ufe70-\ufeff]/u;

/** What people write never turns the sentence it stands in: it is set apart (first strong isolate). */
function apart(value: string): string {
  if (!TURNING.test(value)) return value;
  return `\u2068${value.replace(/[\u202a-\u202e\u2066-\u2069]/gu, "")}\u2069`;
}
