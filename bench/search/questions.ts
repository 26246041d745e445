import { readingsOf } from "../../web/src/core/search/pinyin.ts";
import { variantsOf } from "../../web/src/core/search/variants.ts";
import type { Chance } from "./speech.ts";

/** What is typed: pieces of what was said, as written, in the other script, and by sound. */

export interface Typed {
  kind:
    | "1 character"
    | "2 characters"
    | "3 characters"
    | "4 characters"
    | "other script"
    | "pinyin"
    | "initials"
    | "name";
  text: string;
}

const EACH = 80;
const HAN_PAIR = /[\u4e00-\u9fff]{2}/u;

export function questions(chance: Chance, texts: readonly string[]): Typed[] {
  const typed: Typed[] = [];
  const piece = (length: number): string => {
    for (;;) {
      const all = [...chance.of(texts)];
      if (all.length < length) continue;
      const from = chance.below(all.length - length + 1);
      const text = all.slice(from, from + length).join("");
      if (text.trim().length === text.length && !/\s/.test(text)) return text;
    }
  };
  const pair = (): string => {
    for (;;) {
      const text = piece(2);
      if (HAN_PAIR.test(text)) return text;
    }
  };
  for (let number = 0; number < EACH; number += 1) {
    typed.push({ kind: "1 character", text: piece(1) });
    typed.push({ kind: "2 characters", text: piece(2) });
    typed.push({ kind: "3 characters", text: piece(3) });
    typed.push({ kind: "4 characters", text: piece(4) });
    typed.push({ kind: "other script", text: [...pair()].map((one) => chance.of(variantsOf(one))).join("") });
    typed.push({ kind: "pinyin", text: [...pair()].map((one) => readingsOf(one)[0] ?? "").join("") });
    typed.push({ kind: "initials", text: [...pair()].map((one) => (readingsOf(one)[0] ?? "").charAt(0)).join("") });
    typed.push({ kind: "name", text: [...pair()].slice(0, 1 + (number % 2)).join("") });
  }
  return typed
    .map((one) => ({ one, place: chance.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ one }) => one);
}
