/** What search shows: marked texts in pieces, and messages in one line. Pure but for the language. */
import type { Marked, MessageKind } from "../../core/api.ts";
import { t } from "../../i18n/language.svelte.ts";

export interface Piece {
  readonly text: string;
  readonly found: boolean;
}

export function piecesOf({ text, marks }: Marked): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const [start, end] of marks) {
    if (start > from) pieces.push({ text: text.slice(from, start), found: false });
    pieces.push({ text: text.slice(start, end), found: true });
    from = end;
  }
  if (from < text.length) pieces.push({ text: text.slice(from), found: false });
  return pieces;
}

/** The words of a message, with "[文件]" before those of one that is not text. */
export function lineOf({ kind, words }: { kind: MessageKind; words: Marked }): Marked {
  if (kind === "text" || kind === "event" || kind === "unknown") return words;
  return after(`${t(`kind.${kind}`)} `, words);
}

export function after(lead: string, { text, marks }: Marked): Marked {
  return { text: lead + text, marks: marks.map(([from, to]) => [from + lead.length, to + lead.length]) };
}

export function plain(text: string): Marked {
  return { text, marks: [] };
}
