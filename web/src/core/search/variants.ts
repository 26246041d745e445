import hongKong from "opencc-js/dict/HKVariants";
import simplified from "opencc-js/dict/TSCharacters";
import taiwan from "opencc-js/dict/TWVariants";

/**
 * Characters that are one to a reader of Chinese: 发 and 發 and 髮, 裡 and 裏 and 里.
 *
 * A question stands for all of them; nothing of this is in the index. Characters that simplification made one
 * (發 and 髮) are one here, too: who types the simplified form means either.
 */

const leaders = new Map<string, string>();
const members = new Map<string, string[]>();

function leaderOf(character: string): string {
  return leaders.get(character) ?? character;
}

function join(a: string, b: string): void {
  const [to, from] = [leaderOf(b), leaderOf(a)];
  if (to === from) return;
  const moved = members.get(from) ?? [from];
  members.set(to, [...(members.get(to) ?? [to]), ...moved]);
  members.delete(from);
  for (const character of moved) leaders.set(character, to);
}

for (const list of [simplified, taiwan, hongKong]) {
  for (const line of list.split("|")) {
    const [from = "", to = ""] = line.split(" ");
    for (const character of to) if (from !== "") join(from, character);
  }
}

/** All forms of a character, itself among them. */
export function variantsOf(character: string): readonly string[] {
  return members.get(leaderOf(character)) ?? [character];
}

/** A folded text with one form for all forms of a character. As long as the text in characters. */
export function unify(folded: string): string {
  let unified = "";
  for (const character of folded) unified += leaderOf(character);
  return unified;
}
