import type { FoundFavourite, MessageKind } from "../api.ts";
import { hex } from "../bytes.ts";
import { shownName } from "../contacts/people.ts";
import { blob, integer, integerOrNull, type Reader, text } from "../store/store.ts";
import type { Question } from "./question.ts";
import { snippet } from "./snippet.ts";
import { wordsOf } from "./words.ts";

const KEPT =
  "SELECT id, at_ms, kind, sender, source, text, detail FROM favourite WHERE gone = 0 ORDER BY at_ms DESC, id";

/** What a person keeps is hundreds, not millions: each is looked at, the newest first, until there are enough. */
export function findFavourites(
  reader: Reader,
  question: Question,
  limit: number,
): { found: FoundFavourite[]; more: boolean } {
  const found: FoundFavourite[] = [];
  for (const row of reader.all(KEPT)) {
    const sender = integerOrNull(row, "sender");
    const from = [sender === null ? "" : shownName(reader, sender), text(row, "source")];
    const source = [...new Set(from)].filter((name) => name !== "").join(" · ");
    const words = wordsOf(row);
    if (!question.fits(`${words}\n${source}`)) continue;
    if (found.length === limit) return { found, more: true };
    found.push({
      id: hex(blob(row, "id")),
      kind: text(row, "kind") as MessageKind,
      words: snippet(question, words),
      source: snippet(question, source),
      atMs: integer(row, "at_ms"),
    });
  }
  return { found, more: false };
}
