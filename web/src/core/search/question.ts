import { clustersOf, fold, foldCluster, termsToFind } from "./grams.ts";
import { pairToFind, readingsOf, type Sound, sounds, waysToRead } from "./pinyin.ts";
import { unify, variantsOf } from "./variants.ts";

/**
 * What a person typed, as something to look up and something to check with.
 *
 * Words apart by spaces must all be there, in any order. Each is looked for as it is written, in any form of its
 * characters; letters also as pinyin. The index may name too many messages, never too few: each is checked.
 */

const QUESTION_CHARACTERS_MAX = 100;
const WORDS_MAX = 8;
const TERMS_MAX = 6;
const CHARACTERS_OF_A_SOUND_MAX = 80;
const PINYIN_LETTERS_MAX = 40;

/** From where to where in a text, in UTF-16 units. */
export type Mark = [from: number, to: number];

/** A text made ready to be checked: its characters, folded, and the piece of the text each came from. */
export interface Look {
  folded: string[];
  unified: string[];
  joined: string; // of `unified`
  owners: number[];
  starts: number[];
}

type Way = readonly Sound[];

interface Wanted {
  literal: string; // unified
  ways: readonly Way[];
  /** In a name one letter counts, too, if it begins the first character's sound. */
  nameBeginnings: readonly Way[];
  nameWays: readonly Way[];
}

export class Question {
  private readonly wanted: readonly Wanted[];

  private constructor(words: readonly string[]) {
    this.wanted = words.map((word) => {
      const all = word.length > PINYIN_LETTERS_MAX ? [] : waysToRead(word);
      const nameWays = all.filter((way) => !isOneLetter(way));
      return { literal: unify(word), ways: all.flatMap(meant), nameBeginnings: all.filter(isOneLetter), nameWays };
    });
    this.isExact = words.every((word, place) => {
      const ways = this.wanted[place]?.ways ?? [];
      return termsToFind(word).length === 1 && ways.every(isExactWay);
    });
    this.expression = words.map((word, place) => expressionOf(word, this.wanted[place]?.ways ?? [])).join(" AND ");
  }

  /** As FTS5 takes it. */
  readonly expression: string;
  /** Whether the index alone says it all: what it names need not be checked. */
  readonly isExact: boolean;

  /** Null when nothing was typed that could be found. */
  static of(typed: string): Question | null {
    const short = [...typed.slice(0, 4 * QUESTION_CHARACTERS_MAX)].slice(0, QUESTION_CHARACTERS_MAX).join("");
    const words = fold(short)
      .split(" ")
      .filter((word) => word !== "");
    return words.length === 0 ? null : new Question([...new Set(words)].slice(0, WORDS_MAX));
  }

  /** Whether a text has all that was asked for. */
  fits(text: string): boolean {
    const folded = fold(text);
    const unified = unify(folded);
    return this.wanted.every(
      ({ literal, ways }) => unified.includes(literal) || (ways.length > 0 && isHeard([...folded], ways)),
    );
  }

  /** Where in the text it is, in order and apart. Null when the text does not fit. */
  marks(text: string): Mark[] | null {
    const look = lookAt(text);
    return this.marksIn(look, ({ ways }) => placesHeard(look.folded, ways));
  }

  /** The same for a name: letters may also be the beginning of its first character's sound. */
  marksInName(name: string): Mark[] | null {
    return this.marksInLook(lookAt(name));
  }

  /** For names that are asked again and again. */
  marksInLook(look: Look): Mark[] | null {
    return this.marksIn(look, ({ nameWays, nameBeginnings }) => [
      ...placesHeard(look.folded.slice(0, 1), nameBeginnings),
      ...placesHeard(look.folded, nameWays),
    ]);
  }

  private marksIn(look: Look, heard: (wanted: Wanted) => Mark[]): Mark[] | null {
    const marks: Mark[] = [];
    for (const wanted of this.wanted) {
      const written = look.joined.includes(wanted.literal) ? placesWritten(look.unified, [...wanted.literal]) : [];
      const found = [...written, ...heard(wanted)];
      if (found.length === 0) return null;
      for (const [from, to] of found) marks.push([startOf(look, from), startOf(look, to - 1, 1)]);
    }
    return apart(marks);
  }
}

function isOneLetter(way: Way): boolean {
  return way.length === 1 && way[0]?.letters.length === 1;
}

/** One letter begins every other character: alone it is no pinyin. A sound alone is of characters in daily use. */
function meant(way: Way): Way[] {
  const [only] = way;
  if (way.length > 1 || only === undefined) return [way];
  const among = only.letters.length > 1 ? everydayOf(only.letters) : [];
  return among.length === 0 ? [] : [[{ ...only, among: new Set(among) }]];
}

/** One character, or one pair that is looked up with all that was typed of it. */
function isExactWay(way: Way): boolean {
  const [first, second] = way;
  if (first?.among !== undefined) return true;
  if (first === undefined || second === undefined || way.length > 2) return false;
  return first.whole || (first.letters.length === 1 && second.letters.length === 1);
}

function expressionOf(word: string, ways: readonly Way[]): string {
  const literal = all(termsToFind(word).slice(0, TERMS_MAX).map(anyForm));
  return any([...new Set([literal, ...ways.map(expressionOfWay)])]);
}

function expressionOfWay(way: Way): string {
  const among = way[0]?.among;
  if (among !== undefined) return any([...among].map(quoted));
  const pairs = way.slice(1).map((second, place) => pairToFind(way[place] ?? second, second));
  return all([...new Set(pairs)]);
}

function all(terms: string[]): string {
  return terms.length === 1 ? (terms[0] ?? "") : `(${terms.join(" AND ")})`;
}

function any(terms: string[]): string {
  return terms.length === 1 ? (terms[0] ?? "") : `(${terms.join(" OR ")})`;
}

function quoted(term: string): string {
  return `"${term.replaceAll('"', '""')}"`;
}

/** The term in every form its characters have. */
function anyForm(term: string): string {
  let forms = [""];
  for (const character of term) {
    const variants = variantsOf(character);
    forms = forms.flatMap((form) => variants.map((variant) => form + variant));
  }
  return any(forms.map(quoted));
}

/** The characters in daily use that sound so, in all forms. */
function everydayOf(syllable: string): string[] {
  return bySyllable().get(syllable)?.slice(0, CHARACTERS_OF_A_SOUND_MAX) ?? [];
}

let syllables: Map<string, string[]> | null = null;

/** GB 2312 has the 3,755 characters in daily use on its first level. */
function bySyllable(): Map<string, string[]> {
  if (syllables !== null) return syllables;
  syllables = new Map();
  const decoder = new TextDecoder("gbk");
  for (let row = 0xb0; row <= 0xd7; row += 1) {
    for (let cell = 0xa1; cell <= (row === 0xd7 ? 0xf9 : 0xfe); cell += 1) {
      const character = decoder.decode(Uint8Array.of(row, cell));
      for (const reading of readingsOf(character)) {
        const known = syllables.get(reading);
        if (known === undefined) syllables.set(reading, [...variantsOf(character)]);
        else known.push(...variantsOf(character));
      }
    }
  }
  return syllables;
}

export function lookAt(text: string): Look {
  const look: Look = { folded: [], unified: [], joined: "", owners: [], starts: [] };
  let at = 0;
  for (const [place, cluster] of clustersOf(text).entries()) {
    look.starts.push(at);
    at += cluster.length;
    for (const character of foldCluster(cluster)) {
      look.folded.push(character);
      look.unified.push(unify(character));
      look.owners.push(place);
    }
  }
  look.starts.push(at);
  look.joined = look.unified.join("");
  return look;
}

/** Where the piece of the text begins that a character came from, or the one `after` it. */
function startOf({ owners, starts }: Look, place: number, after = 0): number {
  return starts[(owners[place] ?? 0) + after] ?? 0;
}

/** From which character to which. */
function placesWritten(text: readonly string[], literal: readonly string[]): Mark[] {
  const found: Mark[] = [];
  for (let place = 0; place + literal.length <= text.length; place += 1) {
    if (literal.every((character, step) => text[place + step] === character))
      found.push([place, place + literal.length]);
  }
  return found;
}

function placesHeard(characters: readonly string[], ways: readonly Way[]): Mark[] {
  const found: Mark[] = [];
  for (let place = 0; place < characters.length; place += 1) {
    const way = ways.find((one) => soundsAt(characters, place, one));
    if (way !== undefined) found.push([place, place + way.length]);
  }
  return found;
}

function isHeard(characters: readonly string[], ways: readonly Way[]): boolean {
  return characters.some((_, place) => ways.some((way) => soundsAt(characters, place, way)));
}

function soundsAt(characters: readonly string[], place: number, way: Way): boolean {
  return way.every((sound, step) => sounds(characters[place + step] ?? "", sound));
}

/** Sorted, those that touch made one. */
function apart(marks: Mark[]): Mark[] {
  const merged: Mark[] = [];
  for (const [from, to] of marks.sort((a, b) => a[0] - b[0])) {
    const before = merged.at(-1);
    if (before !== undefined && from <= before[1]) before[1] = Math.max(before[1], to);
    else merged.push([from, to]);
  }
  return merged;
}
