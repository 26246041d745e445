import { OpfsFiles } from "./media/opfs.ts";
import type { Platform, Socket, SocketEvents } from "./platform.ts";

/** The worker's surroundings in a browser. */
export class BrowserPlatform implements Platform {
  readonly origin = self.location.origin;
  readonly files = new OpfsFiles();
  readonly deviceLabel = labelOf(navigator.userAgent);
  private readonly online: (() => void)[] = [];

  fetch(url: string, init: RequestInit): Promise<Response> {
    return fetch(url, init);
  }

  openSocket(url: string, events: SocketEvents): Socket {
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => events.opened();
    socket.onmessage = (event: MessageEvent<ArrayBuffer>) => events.received(new Uint8Array(event.data));
    socket.onclose = () => events.closed();
    return {
      send(frame) {
        if (socket.readyState === WebSocket.OPEN) socket.send(frame as Uint8Array<ArrayBuffer>);
      },
      close: () => socket.close(),
    };
  }

  now(): number {
    return Date.now();
  }

  later(delayMs: number, run: () => void): () => void {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  }

  jitter(): number {
    return Math.random();
  }

  onOnline(run: () => void): void {
    this.online.push(run);
  }

  awake(): void {
    for (const run of this.online) run();
  }

  async storageEstimate() {
    const { usage, quota } = await navigator.storage.estimate();
    return {
      usedBytes: usage ?? 0,
      availableBytes: quota === undefined ? null : quota - (usage ?? 0),
      persistent: await navigator.storage.persisted(),
    };
  }
}

const BROWSERS: readonly [string, RegExp][] = [
  ["Edge", /Edg\//],
  ["Firefox", /Firefox\//],
  ["Chrome", /Chrome\//],
  ["Safari", /Safari\//],
];

const SYSTEMS: readonly [string, RegExp][] = [
  ["Android", /Android/],
  ["iPhone", /iPhone/],
  ["iPad", /iPad/],
  ["Windows", /Windows/],
  ["Mac", /Mac OS X/],
  ["Linux", /Linux/],
];

/** "Chrome · Windows": what the person sees in her list of devices. */
export function labelOf(userAgent: string): string {
  const browser = BROWSERS.find(([, pattern]) => pattern.test(userAgent))?.[0];
  const system = SYSTEMS.find(([, pattern]) => pattern.test(userAgent))?.[0];
  return [browser, system].filter((part) => part !== undefined).join(" · ");
}
