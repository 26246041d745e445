import type { Reader, Tx, Value } from "./store.ts";

/** Single values of a device. A missing key reads as the default. */

type Numbers =
  | "account_id"
  | "device_id"
  | "cursor"
  | "next_no"
  | "clock_offset_ms"
  | "removed"
  | "joined_at_ms"
  | "history_promised" // how many devices that were let in here have not come yet
  | "history_promised_until_ms"
  | "following_seen_ms" // when this device was last with the others
  | Backups;
type Backups =
  | "backup_version" // the newest this account is known to have
  | "backup_made_at_ms"
  | "backup_messages"
  | "backup_bytes"
  | "backup_bytes_max"
  | "backup_checked_at_ms"
  | "pin_set_at_ms"
  | "pin_asked_at_ms"
  | "restore_rows"
  | "restored_version";
type Flags =
  | "is_owner"
  | "suspended" // the account, by whoever runs the server
  | "has_password"
  | "care_mode"
  | "typing_off"
  | "receipts"
  | "backup_begun"
  | "backup_off"
  | "backup_here"
  | "restore_wanted"
  | "pin_gone";
type Texts =
  | "token"
  | "name"
  | "domain"
  | "removed_reason"
  | "link_id"
  | "link_secret"
  | "joining"
  | "recent_searches"
  | "books_seen" // the newest books of the ledger that were sound, as JSON
  | "backup_trouble"
  | "recovery_id"
  | "recovery_secret"
  | "recovery_name"
  | "pay_handle";
type Blobs =
  | "seed"
  | "sign_key"
  | "link_private_key"
  | "join_seed"
  | "join_sign_key"
  | "join_label"
  | "history_known" // the devices in the self group that are promised nothing
  | "backup_key"
  | "backup_manifest"
  | "backup_front"
  | "pin_key"
  | "pay_secret"
  | "recovery_private_key"
  | "recovery_public_key";

function read(reader: Reader, key: string): Value | undefined {
  return reader.one("SELECT value FROM meta WHERE key = ?", [key])?.["value"];
}

export function number(reader: Reader, key: Numbers): number {
  const value = read(reader, key);
  return typeof value === "number" ? value : 0;
}

export function flag(reader: Reader, key: Flags): boolean {
  return read(reader, key) === 1;
}

export function words(reader: Reader, key: Texts): string {
  const value = read(reader, key);
  return typeof value === "string" ? value : "";
}

export function bytes(reader: Reader, key: Blobs): Uint8Array | null {
  const value = read(reader, key);
  return value instanceof Uint8Array ? value : null;
}

export function put(tx: Tx, key: Numbers | Flags | Texts | Blobs, value: number | boolean | string | Uint8Array): void {
  const stored = typeof value === "boolean" ? Number(value) : value;
  tx.run("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", [key, stored]);
}

export function drop(tx: Tx, key: Numbers | Flags | Texts | Blobs): void {
  tx.run("DELETE FROM meta WHERE key = ?", [key]);
}

/** The next unused number of this device [DS4]; stored with whatever carries it. */
export function takeNumber(tx: Tx): number {
  const no = Math.max(1, number(tx, "next_no"));
  put(tx, "next_no", no + 1);
  return no;
}
