import type { Files } from "./media/files.ts";

/** What the core needs from where it runs: a worker in a browser, or Node in tests. No ambient clock or socket. */

export interface Socket {
  send(frame: Uint8Array): void;
  close(): void;
}

export interface SocketEvents {
  opened(): void;
  received(frame: Uint8Array): void;
  closed(): void;
}

export interface Platform {
  origin: string; // "https://host", without a slash at the end
  files: Files;
  deviceLabel: string; // what the person's other devices call this one
  fetch(url: string, init: RequestInit): Promise<Response>;
  openSocket(url: string, events: SocketEvents): Socket;
  now(): number;
  later(delayMs: number, run: () => void): () => void;
  /** 0 ≤ x < 1: spreads retries of many devices. */
  jitter(): number;
  /** Calls `run` when the network seems to be back. */
  onOnline(run: () => void): void;
  storageEstimate(): Promise<{ usedBytes: number; availableBytes: number | null; persistent: boolean }>;
}
