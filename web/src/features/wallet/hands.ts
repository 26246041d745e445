/** Whether her hands are full: she types, chooses characters, or has a finger on the screen. */

const PAUSE_MS = 1_000;
/** As long as a voice message; a pointer that left the window never says that it was lifted. */
const HELD_MOST_MS = 60_000;

/** Listens until `stop`; `full` is asked before something is laid over what she does. */
export function watchHands(): { full: () => boolean; stop: () => void } {
  let composing: Node | null = null;
  let busyUntilMs = Number.NEGATIVE_INFINITY;
  const listening = new AbortController();

  function on(kinds: readonly string[], busyMs: number, met: (event: Event) => void = () => {}): void {
    for (const kind of kinds) {
      document.addEventListener(
        kind,
        (event) => {
          busyUntilMs = performance.now() + busyMs;
          met(event);
        },
        { capture: true, passive: true, signal: listening.signal },
      );
    }
  }

  on(["keydown", "input", "pointerup", "pointercancel"], PAUSE_MS);
  on(["pointerdown"], HELD_MOST_MS);
  on(["compositionstart"], PAUSE_MS, ({ target }) => {
    composing = target instanceof Node ? target : null;
  });
  on(["compositionend", "focusout"], PAUSE_MS, () => {
    composing = null;
  });
  return {
    full: () => composing?.isConnected === true || performance.now() < busyUntilMs,
    stop: () => listening.abort(),
  };
}
