/** Chromium without a screen has no voices: these stand for those of a telephone, and keep what was read. */

import type { Page } from "playwright-core";
import type { Person } from "../person.ts";

/** One voice of the device for each language, besides one of a service, which must never be taken. */
export async function hasVoices(page: Page, langs: readonly string[]): Promise<void> {
  await page.addInitScript((spoken) => {
    const said: string[] = [];
    Reflect.set(globalThis, "heard", said);
    const voices = [
      { name: "far", lang: "zh-CN", localService: false, default: true, voiceURI: "far" },
      ...spoken.map((lang) => ({ name: lang, lang, localService: true, default: false, voiceURI: lang })),
    ];
    class Utterance {
      voice: (typeof voices)[number] | null = null;
      onend: (() => void) | null = null;
      constructor(readonly text: string) {}
    }
    Reflect.set(globalThis, "SpeechSynthesisUtterance", Utterance);
    Object.defineProperty(globalThis, "speechSynthesis", {
      value: {
        getVoices: () => voices,
        addEventListener: () => undefined,
        cancel: () => undefined,
        speak: (utterance: Utterance) => {
          said.push(`${utterance.voice?.name}: ${utterance.text}`);
          setTimeout(() => utterance.onend?.(), 20);
        },
      },
    });
  }, langs);
}

export async function heard(person: Person): Promise<string[]> {
  return person.page.evaluate(() => Reflect.get(globalThis, "heard") as string[]);
}
