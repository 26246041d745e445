/**
 * What was asked for stays with its page in the history, so that going back finds it as it was.
 * Not in the address: browsers keep addresses for ever, and show them.
 */

export interface Kept {
  text: string;
  scrolled: number;
  /** What narrows a search within a chat. */
  person: string | null;
  view: string;
}

const NOTHING: Kept = { text: "", scrolled: 0, person: null, view: "" };

/** What a page just opened is to start with, told by the page that leads to it. */
let handed: Partial<Kept> | null = null;

export function hand(next: Partial<Kept>): void {
  handed = next;
}

export function kept(): Kept {
  const state: unknown = history.state;
  const known = typeof state === "object" && state !== null && "asked" in state ? (state.asked as Partial<Kept>) : null;
  const start = { ...NOTHING, ...(known ?? handed) };
  handed = null;
  return start;
}

export function keep(asked: Kept): void {
  history.replaceState({ ...history.state, asked }, "");
}
