/** A text in pieces: plain words, addresses one can follow, names called. Pure. */
import type { Mention } from "../../core/api.ts";
import { addressesIn } from "./links.ts";

export interface Part {
  readonly kind: "words" | "address" | "name";
  readonly text: string;
}

const EVERYBODY_IN_ANY_LANGUAGE = ["所有人", "everyone"];

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Splits `text` at names called; without any it stays whole. */
function withNames(text: string, mentions: readonly Mention[]): Part[] {
  const names = mentions.flatMap(({ id, name }) =>
    id === "0" ? EVERYBODY_IN_ANY_LANGUAGE : name === "" ? [] : [name],
  );
  if (names.length === 0 || text === "") return text === "" ? [] : [{ kind: "words", text }];
  const called = new RegExp(`(@(?:${names.map(escaped).join("|")}))(?=[\\s\\u2005]|$)`, "u");
  return text
    .split(called)
    .map((piece, place): Part => ({ kind: place % 2 === 1 ? "name" : "words", text: piece }))
    .filter((part) => part.text !== "");
}

export function partsOf(text: string, mentions: readonly Mention[]): Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const found of addressesIn(text)) {
    parts.push(...withNames(text.slice(from, found.from), mentions), { kind: "address", text: found.url });
    from = found.to;
  }
  return [...parts, ...withNames(text.slice(from), mentions)];
}

/** Longer ones are folded: this much of them is shown until the reader wants all. */
export const FOLDED_ABOVE = 2_000;
export const FOLDED_SHOWN = 800;

/** The beginning of a long text, cut between whole characters. */
export function beginningOf(text: string, length: number): string {
  if (text.length <= length) return text;
  let end = 0;
  for (const { segment, index } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(
    text.slice(0, length + 64),
  )) {
    if (index + segment.length > length) break;
    end = index + segment.length;
  }
  return text.slice(0, end || length);
}
