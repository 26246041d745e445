/**
 * A core for the first moments of a browser that nobody has joined in.
 *
 * The first screen needs nothing of the core, which is large; so it is shown at once, and the core starts once
 * it has been painted: at once if something waits for it, a moment later if nothing does. What it says holds.
 */
import type { Commands, Core, Watches } from "../core/api.ts";
import { connect } from "../core/client.ts";
import { remember, remembered } from "../ui/preferences.svelte.ts";

const MARK = "here";
/** The first screen settles before the core takes the processor and the line. */
const QUIET_MS = 400;
const LATEST_MS = 3000;

/** Whether somebody has joined in this browser, as far as the last visit knew. */
function somebodyIsHere(): boolean {
  return remembered(MARK) === "yes";
}

class EarlyCore implements Core {
  #core: Core | undefined;
  readonly #started: Promise<Core>;
  #start: () => void = () => {};
  #painted = false;
  #wanted = false;

  constructor() {
    this.#started = new Promise((resolve) => {
      this.#start = () => {
        this.#core ??= connect();
        resolve(this.#core);
      };
    });
    const look = (): void => {
      if (document.querySelector("h1") === null) requestAnimationFrame(look);
      else requestAnimationFrame(() => setTimeout(() => this.#afterPaint())); // after the frame that shows it
    };
    requestAnimationFrame(look);
    setTimeout(this.#start, LATEST_MS); // a page opened in the background paints nothing
  }

  #afterPaint(): void {
    this.#painted = true;
    if (this.#wanted) this.#start();
    else setTimeout(this.#start, QUIET_MS);
  }

  call<K extends keyof Commands>(command: K, argument: Commands[K][0]): Promise<Commands[K][1]> {
    this.#wanted = true;
    if (this.#painted) this.#start();
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
