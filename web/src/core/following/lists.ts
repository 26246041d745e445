import { freshBlobId, freshSecrets } from "../media/blob.ts";
import { letGo } from "../media/shelf.ts";
import type { Reader, Tx } from "../store/store.ts";

/** What is to be given to the other own devices, and what is awaited from them. */

/** What goes without being asked for; larger files wait until she opens them on another device. */
export const UNASKED_BYTES_MAX = 20 * 1024 * 1024;

/** To be given from `fromMs` on; once for all devices. */
export function offer(tx: Tx, name: string, nowMs: number, fromMs = 0): void {
  const { key, prefix } = freshSecrets();
  tx.run(
    "INSERT OR IGNORE INTO following_out (name, blob, key, prefix, made_ms, retry_at_ms) VALUES (?, ?, ?, ?, ?, ?)",
    [name, freshBlobId(), key, prefix, Math.round(nowMs), Math.round(fromMs)],
  );
}

/** It is not on this device. */
export function miss(tx: Tx, name: string, bytes: number, nowMs: number): void {
  tx.run("INSERT OR IGNORE INTO following_in (name, bytes, since_ms) VALUES (?, ?, ?)", [
    name,
    bytes,
    Math.round(nowMs),
  ]);
}

/** It is on this device, or not wanted any more: neither awaited nor given. The server is told (media.ts). */
export function forget(tx: Tx, name: string): void {
  const row = tx.one("SELECT blob FROM following_in WHERE name = ? AND blob IS NOT NULL", [name]);
  if (row?.["blob"] instanceof Uint8Array) letGo(tx, row["blob"]);
  tx.run("DELETE FROM following_in WHERE name = ?", [name]);
}

export function isAwaited(reader: Reader, name: string): boolean {
  return reader.one("SELECT 1 FROM following_in WHERE name = ?", [name]) !== undefined;
}
