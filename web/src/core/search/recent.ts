import * as meta from "../store/meta.ts";
import type { Reader, Tx } from "../store/store.ts";

/** What was looked for last, the newest first. It goes with everything else when this device signs out. */

const KEPT_MAX = 12;
const CHARACTERS_MAX = 100;

export function recentSearches(reader: Reader): string[] {
  const kept = meta.words(reader, "recent_searches");
  return kept === "" ? [] : (JSON.parse(kept) as string[]);
}

export function noteSearch(tx: Tx, typed: string): void {
  const text = [...typed.trim()].slice(0, CHARACTERS_MAX).join("");
  if (text === "") return;
  const others = recentSearches(tx).filter((one) => one !== text);
  meta.put(tx, "recent_searches", JSON.stringify([text, ...others].slice(0, KEPT_MAX)));
}

/** One of them, or all when null. */
export function forgetSearch(tx: Tx, text: string | null): void {
  const left = text === null ? [] : recentSearches(tx).filter((one) => one !== text);
  meta.put(tx, "recent_searches", JSON.stringify(left));
}
