/** What lies on top of a page: a question, a menu, or a line to fill in. One at a time; back closes it. */
import type { Point } from "./longpress.ts";
import { navigation } from "./navigation.svelte.ts";

export interface Choice {
  readonly id: string;
  readonly label: string;
  readonly danger?: boolean;
}

export type Overlay =
  | { kind: "question"; title: string; text: string; confirm: string; danger: boolean; answer: (yes: boolean) => void }
  | { kind: "notice"; title: string; text: string; answer: () => void }
  | { kind: "menu"; label: string; choices: readonly Choice[]; at: Point | null; answer: (id: string | null) => void }
  | {
      kind: "line";
      title: string;
      hint: string;
      value: string;
      longest: number;
      required: boolean;
      answer: (line: string | null) => void;
    };

let current = $state.raw<Overlay | null>(null);

export const overlay = {
  get current(): Overlay | null {
    return current;
  },
};

function show<T>(make: (answer: (value: T) => void) => Overlay, onBack: T): Promise<T> {
  return new Promise((resolve) => {
    let leave: () => void = () => {};
    let open = true;
    const settle = (value: T): void => {
      if (!open) return;
      open = false;
      if (current === shown) current = null;
      resolve(value);
    };
    const shown = make((value) => {
      leave();
      settle(value);
    });
    leave = navigation.layer(() => settle(onBack));
    current = shown;
  });
}

/** Asks before something that cannot be undone. */
export function ask(question: { title: string; text?: string; confirm: string; danger?: boolean }): Promise<boolean> {
  return show<boolean>((answer) => ({ kind: "question", text: "", danger: false, ...question, answer }), false);
}

/** Says something that has to be read. */
export function tell(title: string, text: string): Promise<void> {
  return show<void>((answer) => ({ kind: "notice", title, text, answer: () => answer() }), undefined);
}

/** Offers choices beside a point, or from the bottom edge when `at` is null; null means none was taken. */
export function choose(label: string, choices: readonly Choice[], at: Point | null = null): Promise<string | null> {
  return show<string | null>((answer) => ({ kind: "menu", label, choices, at, answer }), null);
}

/** Asks for one line of text; null means that nothing shall change. */
export function askLine(line: {
  title: string;
  hint?: string;
  value?: string;
  longest: number;
  required?: boolean;
}): Promise<string | null> {
  return show<string | null>(
    (answer) => ({ kind: "line", hint: "", value: "", required: false, ...line, answer }),
    null,
  );
}
