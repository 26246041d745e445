import type { Platform } from "./platform.ts";

/** The server's time as this device knows it: a clock an hour off must not matter to anyone. */
export class ServerClock {
  offsetMs = 0;

  constructor(private readonly platform: Platform) {}

  now(): number {
    return this.platform.now() + this.offsetMs;
  }

  learn(serverTimeMs: number): void {
    this.offsetMs = serverTimeMs - this.platform.now();
  }
}
