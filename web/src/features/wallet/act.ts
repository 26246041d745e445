import type { ActId } from "../../core/api.ts";

/** A new act's id, made before it is first asked for: however often it is tried, it happens once. */
export function newAct(): ActId {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
