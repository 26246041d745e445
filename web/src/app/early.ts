/**
 * A core for the first moments of a browser that nobody has joined in.
 *
 * The first screen needs nothing of the core, which is large; so it is shown at once, and the core starts once
 * it has been painted, or when something is asked of it. What it then says holds.
 */
import type { Commands, Core, Watches } from "../core/api.ts";
import { connect } from "../core/client.ts";
import { remember, remembered } from "../ui/preferences.svelte.ts";

const MARK = "here";

/** Whether somebody has joined in this browser, as far as the last visit knew. */
function somebodyIsHere(): boolean {
  return remembered(MARK) === "yes";
}

class EarlyCore implements Core {
  #core: Core | undefined;
  readonly #started: Promise<Core>;
  #start: () => void = () => {};

  constructor() {
    this.#started = new Promise((resolve) => {
      this.#start = () => {
        this.#core ??= connect();
        resolve(this.#core);
      };
    });
    // The second frame begins when the first one has been painted.
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(this.#start)));
    setTimeout(this.#start, LATEST_MS); // a page opened in the background paints nothing
  }

  call<K extends keyof Commands>(command: K, argument: Commands[K][0]): Promise<Commands[K][1]> {
    this.#start();
    return this.#started.then((core) => core.call(command, argument));
  }

  watch<K extends keyof Watches>(query: K, argument: Watches[K][0], seen: (answer: Watches[K][1]) => void): () => void {
    if (this.#core !== undefined) return this.#core.watch(query, argument, seen);
    let stop: (() => void) | undefined;
    let stopped = false;
    void this.#started.then((core) => {
      if (!stopped) stop = core.watch(query, argument, seen);
    });
    return () => {
      stopped = true;
      stop?.();
    };
  }
}

const LATEST_MS = 500;

/** The core; `guess` is what to show until it has spoken. */
export function openCore(): { core: Core; guess: "starting" | "new" } {
  const here = somebodyIsHere();
  const core = here ? connect() : new EarlyCore();
  core.watch("stage", undefined, ({ stage }) => {
    if (stage === "ready") remember(MARK, "yes");
    else if (stage === "new" || stage === "signed_out") remember(MARK, "no");
  });
  return { core, guess: here ? "starting" : "new" };
}
