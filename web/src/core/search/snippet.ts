import type { Marked } from "../api.ts";
import type { Mark, Question } from "./question.ts";

/** A line of a long text around what was found. */

const BEFORE_MAX = 12;
const SHOWN_MAX = 120;

/** On one line, from a little before the first mark; "…" stands for what is left out in front. */
export function snippet(question: Question | null, text: string): Marked {
  const marks = question?.marks(text) ?? [];
  const first = marks[0]?.[0] ?? 0;
  const from = first <= BEFORE_MAX * 2 ? 0 : wholeAt(text, first - BEFORE_MAX);
  const to = wholeAt(text, Math.min(text.length, from + SHOWN_MAX));
  const lead = from > 0 ? "…" : "";
  const shown = marks.flatMap(([start, end]): Mark[] => {
    const mark: Mark = [Math.max(start, from) - from + lead.length, Math.min(end, to) - from + lead.length];
    return mark[0] < mark[1] ? [mark] : [];
  });
  return { text: lead + text.slice(from, to).replace(/\s/g, " "), marks: shown };
}

/** Never between the two halves of one character. */
function wholeAt(text: string, place: number): number {
  const code = text.charCodeAt(place);
  return code >= 0xdc00 && code <= 0xdfff ? place - 1 : place;
}
