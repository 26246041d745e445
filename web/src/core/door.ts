import type { Commands, ErrorCode, Watches } from "./api.ts";

/** What passes between the page and the worker. Structured clone carries it; nothing of the machinery does. */

export type ToWorker =
  | { kind: "call"; id: number; command: keyof Commands; argument: unknown }
  | { kind: "watch"; id: number; query: keyof Watches; argument: unknown }
  | { kind: "unwatch"; id: number }
  | { kind: "awake" }; // the page is shown again, or the network is back

export type ToPage =
  | { kind: "answer"; id: number; value: unknown }
  | { kind: "refusal"; id: number; code: ErrorCode; retryAfterS: number | null }
  | { kind: "seen"; id: number; value: unknown };
