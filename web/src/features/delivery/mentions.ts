/** Calling people by name in a text: what is being typed after an @, who fits it, who is called in the end. Pure. */
import type { Mention, Person } from "../../core/api.ts";

export const EVERYBODY = "0";
/** Ends a name called, as WeChat does: a space that no keyboard types. */
export const TOKEN_END = "\u2005";
const QUERY_LONGEST = 20;

export type Callable = Pick<Person, "id" | "name" | "shown" | "pinyin">;

export function tokenOf(name: string): string {
  return `@${name}${TOKEN_END}`;
}

/** What stands between the last @ and the caret; null when nobody is being called. */
export function queryAt(text: string, caret: number): string | null {
  const before = text.slice(0, caret);
  const at = before.lastIndexOf("@");
  if (at < 0 || /[\w.]/.test(before[at - 1] ?? "")) return null; // an address of mail
  const query = before.slice(at + 1);
  return query.length > QUERY_LONGEST || /[\s\u2005@]/u.test(query) ? null : query;
}

/** All letters in order: "wxy" in "wangxiuying". */
function inOrder(letters: string, word: string): boolean {
  let place = 0;
  for (const letter of letters) {
    place = word.indexOf(letter, place) + 1;
    if (place === 0) return false;
  }
  return word.startsWith(letters[0] ?? "");
}

export function fits(person: Callable, query: string): boolean {
  const wanted = query.replace(/['’]/g, "").toLowerCase();
  if (wanted === "") return true;
  const names = `${person.name}\n${person.shown}`.toLowerCase();
  return names.includes(wanted) || inOrder(wanted, person.pinyin.toLowerCase());
}

/** Of those once called, the ones whose names still stand in the text. */
export function calledIn(text: string, called: readonly Mention[]): string[] {
  const still = called.filter(({ name }) => text.includes(tokenOf(name)));
  return [...new Set(still.map(({ id }) => id))];
}

/** The length of the token that ends at the caret; 0 when none does. */
export function tokenBefore(text: string, caret: number, called: readonly Mention[]): number {
  const before = text.slice(0, caret);
  const token = called.map(({ name }) => tokenOf(name)).find((one) => before.endsWith(one));
  return token?.length ?? 0;
}
