/** The picture made from a name: which character, and which colour. Pure. */

/** How many colours Avatar.svelte has. */
export const COLOURS = 10;

/** The last character of a Chinese name, the first of any other; whole graphemes, so that emoji stay whole. */
export function letterOf(name: string): string {
  const characters = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(name.trim())].map(
    (part) => part.segment,
  );
  const last = characters.at(-1);
  const first = characters[0];
  if (first === undefined || last === undefined) return "";
  return /\p{Script=Han}/u.test(last) ? last : first.toLocaleUpperCase();
}

/** The same person has the same colour on every device. */
export function colourOf(id: string): number {
  let hash = 2166136261;
  for (let place = 0; place < id.length; place += 1) {
    hash = Math.imul(hash ^ id.charCodeAt(place), 16777619);
  }
  return (hash >>> 0) % COLOURS;
}
