/** This device as a helper may see it: which page, which settings. The ids of an address never come along. */
import type { HelpLayout } from "../../core/api.ts";
import { language } from "../../i18n/language.svelte.ts";
import { preferences } from "../../ui/preferences.svelte.ts";
import { tongueOf, voiceFor } from "../../ui/tongue.ts";

type Page = HelpLayout["page"];

const PAGES: readonly (readonly [RegExp, Page])[] = [
  [/^\/chats(\/folded)?$/, "chats"],
  [/^\/chat\/[^/]+$/, "chat"],
  [/^\/chat\//, "chat_info"],
  [/^\/contacts\/requests$/, "requests"],
  [/^\/contacts(\/|$)/, "people"],
  [/^\/person\//, "person"],
  [/^\/me\/code$/, "code"],
  [/^\/scan$/, "scan"],
  [/^\/search/, "search"],
  [/^\/discover$/, "discover"],
  [/^\/me$/, "me"],
  [/^\/me\/settings\/text$/, "text_size"],
  [/^\/me\/settings\/appearance$/, "appearance"],
  [/^\/me\/settings\/language$/, "language"],
  [/^\/me\/settings$/, "settings"],
];

export function pageOf(path: string, care: boolean): Page {
  if (path === "/") return care ? "home" : "chats";
  return PAGES.find(([pattern]) => pattern.test(path))?.[1] ?? "other";
}

function notifications(): HelpLayout["notifications"] {
  if (typeof Notification === "undefined" || Notification.permission === "default") return "off";
  return Notification.permission === "granted" ? "on" : "refused";
}

function canReadAloud(): boolean {
  if (typeof speechSynthesis === "undefined") return false;
  return voiceFor(speechSynthesis.getVoices(), tongueOf("", language.code)) !== null;
}

export function layoutNow(path: string): HelpLayout {
  const { care, textSize, appearance, slowSpeech } = preferences;
  return {
    page: pageOf(path, care),
    care: care ? "on" : "off",
    text: textSize,
    appearance,
    language: language.code,
    speech: slowSpeech ? "slow" : "normal",
    dark: preferences.isDark ? "yes" : "no",
    voice: canReadAloud() ? "yes" : "no",
    notifications: notifications(),
    width: innerWidth >= 900 ? "wide" : "narrow",
  };
}
