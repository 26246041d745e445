import type { Platform } from "../platform.ts";

const PAUSE_FIRST_MS = 2_000;
const PAUSE_MS_MAX = 5 * 60_000;
const DOUBLED_MAX = 10;

/** How long to wait after so many tries: twice as long each time, and not for all devices equally. */
export function pauseMs(tries: number, platform: Platform): number {
  const whole = Math.min(PAUSE_MS_MAX, PAUSE_FIRST_MS * 2 ** Math.min(tries, DOUBLED_MAX));
  return whole * (0.5 + platform.jitter() / 2);
}

/** Work that is looked for whenever there is a connection, and done by one at a time. */
export class Errand {
  private readonly ending = new AbortController();
  private busy = false;

  constructor(private readonly once: () => Promise<void>) {}

  get signal(): AbortSignal {
    return this.ending.signal;
  }

  tend(): void {
    if (this.busy || this.signal.aborted) return;
    this.busy = true;
    this.once()
      .catch(() => undefined) // a full disk: the next round finds the same work
      .finally(() => {
        this.busy = false;
      });
  }

  end(): void {
    this.ending.abort();
  }
}
