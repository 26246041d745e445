/** In which language a text is read aloud, and with which of the device's voices. Pure. */

/** A voice as the browser describes it; `localService`: it speaks on the device, nothing is sent anywhere. */
export interface Voice {
  readonly lang: string;
  readonly localService: boolean;
  readonly default: boolean;
}

const LONGEST = 160;

/** The BCP 47 tag for `text`; Chinese as the reader's own script has it. */
export function tongueOf(text: string, reader: string): string {
  if (/[\p{Script=Hiragana}\p{Script=Katakana}]/u.test(text)) return "ja-JP";
  if (/\p{Script=Hangul}/u.test(text)) return "ko-KR";
  if (/\p{Script=Han}/u.test(text)) return reader === "zh-Hant" ? "zh-TW" : "zh-CN";
  if (/\p{Script=Latin}/u.test(text)) return "en-US";
  return reader.startsWith("zh") ? (reader === "zh-Hant" ? "zh-TW" : "zh-CN") : "en-US"; // numbers, signs
}

/** Mandarin under all its names; Cantonese reads the same characters when there is nothing else. */
function nearness(voice: string, wanted: string): number {
  const [tag, want] = [voice.replace("_", "-").toLowerCase(), wanted.toLowerCase()];
  const [language, desired] = [tag.split("-")[0], want.split("-")[0]];
  if (tag === want) return 4;
  if (desired === "zh" && language === "cmn") return 3;
  if (desired === "zh" && (language === "yue" || tag === "zh-hk")) return 1;
  return language === desired ? 2 : 0;
}

/** The best voice of this device itself; null when none speaks the language. Voices of a service are never taken. */
export function voiceFor<V extends Voice>(voices: readonly V[], tongue: string): V | null {
  let best: { voice: V; rank: number } | null = null;
  for (const voice of voices) {
    if (!voice.localService) continue;
    const near = nearness(voice.lang, tongue);
    const rank = near === 0 ? 0 : near + (voice.default ? 0.5 : 0);
    if (rank > (best?.rank ?? 0)) best = { voice, rank };
  }
  return best?.voice ?? null;
}

/** Sentences, none of them so long that stopping would come late. */
export function sentencesOf(text: string): string[] {
  const pieces = text.split(/(?<=[。！？!?；;…\n])/u).flatMap((sentence) => {
    const characters = [...sentence];
    const parts: string[] = [];
    for (let from = 0; from < characters.length; from += LONGEST) {
      parts.push(characters.slice(from, from + LONGEST).join(""));
    }
    return parts;
  });
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== "");
}
