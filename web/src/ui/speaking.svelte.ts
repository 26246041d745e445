/** Reading aloud, with voices of this device only: what is read never leaves it, and it works offline. */
import { language, t } from "../i18n/language.svelte.ts";
import { tell } from "./overlays.svelte.ts";
import { preferences } from "./preferences.svelte.ts";
import { sentencesOf, tongueOf, voiceFor } from "./tongue.ts";

export interface Line {
  readonly id: string;
  readonly text: string;
  /** It was read to its end. */
  readonly done?: () => void;
}

/** Voices are listed a moment after the page has opened. */
const VOICES_WITHIN_MS = 1_500;

let now = $state<string | null>(null);
let stopped = 0;

export const speaking = {
  /** The line being read; null when it is quiet. */
  get now(): string | null {
    return now;
  },
  stop(): void {
    stopped += 1;
    now = null;
    if (hasSpeech()) speechSynthesis.cancel();
  },
};

function hasSpeech(): boolean {
  return typeof speechSynthesis !== "undefined" && typeof SpeechSynthesisUtterance !== "undefined";
}

async function voices(): Promise<SpeechSynthesisVoice[]> {
  if (!hasSpeech()) return [];
  const known = speechSynthesis.getVoices();
  if (known.length > 0) return known;
  await new Promise<void>((ready) => {
    speechSynthesis.addEventListener("voiceschanged", () => ready(), { once: true });
    setTimeout(ready, VOICES_WITHIN_MS);
  });
  return speechSynthesis.getVoices();
}

function utter(text: string, voice: SpeechSynthesisVoice): Promise<boolean> {
  return new Promise((ended) => {
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.voice = voice;
    utterance.lang = voice.lang;
    utterance.rate = preferences.slowSpeech ? 0.7 : 0.95;
    utterance.onend = () => ended(true);
    utterance.onerror = () => ended(false);
    speechSynthesis.speak(utterance);
  });
}

/** Reads the lines one after the other. Without a voice for a line it says so, plainly, and stops. */
export async function readAloud(lines: readonly Line[]): Promise<void> {
  speaking.stop();
  const turn = stopped;
  const known = await voices();
  for (const line of lines) {
    if (turn !== stopped) return;
    const voice = voiceFor(known, tongueOf(line.text, language.code));
    if (voice === null) {
      now = null;
      await tell(t("aloud.no_voice"), t("aloud.no_voice_text"));
      return;
    }
    now = line.id;
    for (const sentence of sentencesOf(line.text)) {
      if (!(await utter(sentence, voice)) || turn !== stopped) {
        if (turn === stopped) now = null;
        return;
      }
    }
    line.done?.();
  }
  if (turn === stopped) now = null;
}

/** Says one sentence where there is a voice for it; answers whether there was. */
export async function announce(text: string): Promise<boolean> {
  const voice = voiceFor(await voices(), tongueOf(text, language.code));
  return voice !== null && utter(text, voice);
}
