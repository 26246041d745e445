/** Sorting people under the letters of a phone book. Pure. */
import type { Person } from "../core/api.ts";

export interface Letter {
  readonly letter: string;
  readonly people: Person[];
}

/** A–Z by pinyin, everybody else under "#" at the end; within a letter by pinyin, then by what is shown. */
export function byLetter(people: readonly Person[], language: string): Letter[] {
  const order = new Intl.Collator(language, { sensitivity: "base", numeric: true });
  const letters = new Map<string, Person[]>();
  for (const person of people) {
    const first = person.pinyin.charAt(0).toUpperCase();
    const letter = /^[A-Z]$/.test(first) ? first : "#";
    const under = letters.get(letter);
    if (under === undefined) letters.set(letter, [person]);
    else under.push(person);
  }
  return [...letters.entries()]
    .sort(([a], [b]) => (a === "#" ? 1 : b === "#" ? -1 : a < b ? -1 : 1))
    .map(([letter, under]) => ({
      letter,
      people: under.sort((a, b) =>
        a.pinyin < b.pinyin ? -1 : a.pinyin > b.pinyin ? 1 : order.compare(a.shown, b.shown),
      ),
    }));
}
