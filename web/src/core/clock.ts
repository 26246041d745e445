import type { Platform } from "./platform.ts";

const CLOCK_WAS_SET_MS = 10_000;

/** The server's time as this device knows it: a clock an hour off must not matter to anyone. */
export class ServerClock {
  offsetMs = 0;
  private learnt = false;

  constructor(private readonly platform: Platform) {}

  now(): number {
    return this.platform.now() + this.offsetMs;
  }

  /** A time the server has just told. A busy device hears it late, never early: the highest estimate is the best. */
  learn(serverTimeMs: number): void {
    const estimate = serverTimeMs - this.platform.now();
    const clockWasSet = this.offsetMs - estimate > CLOCK_WAS_SET_MS;
    if (estimate > this.offsetMs || clockWasSet || !this.learnt) this.offsetMs = estimate;
    this.learnt = true;
  }

  /** Mail the server took at this time has arrived: the server's clock is at least that far. */
  notBefore(serverTimeMs: number): void {
    this.offsetMs = Math.max(this.offsetMs, serverTimeMs - this.platform.now());
  }
}
