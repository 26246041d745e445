/**
 * What the search index knows of a text: single characters, pairs of neighbours, signs and emoji among them, and
 * triples within Latin words.
 *
 * Characters stand in the index as they were written, folded only in width and case. Simplified, traditional and
 * pinyin are made of the question instead (variants.ts, pinyin.ts): so storing a message needs no dictionary, and
 * a better dictionary needs no new index.
 */

const CLUSTER = /\P{M}\p{M}*|\p{M}+/gu;
const NOTHING = /[\p{Cf}\p{Variation_Selector}]/gu; // joiners and selectors: an emoji is found by what it is made of
const SPACE = /[\s\p{Cc}]/u;
const LONE_SURROGATE = /\p{Cs}/gu;

/** One character with its marks as it is compared: no width, no case. "" for what cannot be seen. */
export function foldCluster(cluster: string): string {
  const code = cluster.charCodeAt(0);
  if (cluster.length === 1) {
    if (code >= 0x4e00 && code <= 0x9fff) return cluster;
    if (code > 0x20 && code < 0x7f) return code >= 0x41 && code <= 0x5a ? cluster.toLowerCase() : cluster;
  }
  const folded = cluster.normalize("NFKC").toLowerCase().replace(NOTHING, "").replace(LONE_SURROGATE, "\ufffd");
  return SPACE.test(folded) ? " " : folded;
}

export function clustersOf(text: string): string[] {
  return text.match(CLUSTER) ?? [];
}

export function fold(text: string): string {
  let folded = "";
  for (const cluster of clustersOf(text)) folded += foldCluster(cluster);
  return folded;
}

export function isHan(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return (
    (code >= 0x4e00 && code <= 0x9fff) || (code >= 0x3400 && code <= 0x4dbf) || (code >= 0x20000 && code <= 0x323af)
  );
}

/** ASCII letters and digits. */
export function isLatin(character: string): boolean {
  const code = character.charCodeAt(0);
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
}

/** ASCII signs would end a term: they stand in the index in their wide form. */
export function term(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x7f && !isLatin(character) ? String.fromCharCode(code + 0xfee0) : character;
}

/** All terms of a folded text, each once. */
export function termsOf(folded: string): Set<string> {
  const terms = new Set<string>();
  let before = "";
  let beforeLatin = "";
  for (const character of folded) {
    if (character === " ") {
      before = "";
      beforeLatin = "";
      continue;
    }
    const alone = term(character);
    terms.add(alone);
    if (before !== "") terms.add(before + alone);
    if (isLatin(character)) {
      if (beforeLatin.length === 2) terms.add(beforeLatin + character);
      beforeLatin = beforeLatin.slice(-1) + character;
    } else beforeLatin = "";
    before = alone;
  }
  return terms;
}

/** What must be in the index for a text to hold `part`, a folded text without spaces; few terms, the longest ones. */
export function termsToFind(part: string): string[] {
  const characters = [...part];
  if (characters.length === 1) return [term(part)];
  const found: string[] = [];
  const triple = (place: number): boolean =>
    place >= 0 && place + 2 < characters.length && characters.slice(place, place + 3).every(isLatin);
  for (let place = 0; place + 1 < characters.length; place += 1) {
    const [first = "", second = "", third = ""] = characters.slice(place, place + 3);
    if (triple(place)) found.push(first + second + third);
    else if (!triple(place - 1)) found.push(term(first) + term(second));
  }
  return [...new Set(found)];
}
