import { gcm } from "@noble/ciphers/aes.js";
import { decode, encode } from "cborg";
import { concat, random } from "../bytes.ts";
import { BLOB_ID_BYTES } from "../media/blob.ts";
import type { Body } from "./content.ts";

/** The word in a group that somebody who has come was handed what was said before [GH2]. */

export const TYPE_HANDED = "application/hongyan.handed";
const NONCE_BYTES = 12;
const PEOPLE_MAX = 500;

/** Seen by the whole group, so that everybody knows; `sealed` is for those who came. */
export interface Handed {
  to: number[]; // accounts
  count: number; // of messages
  blob: Uint8Array; // the server's id of the bundle
  sealed: Uint8Array;
  /** The secret that opens it, for accounts to which no welcome told it: sealed to each's box key [GH5]. */
  boxes: Box[];
  /** A second blob with files of these messages, and what opens it [GH7]. */
  files: { blob: Uint8Array; sealed: Uint8Array } | null;
}

export type Box = [account: number, sealed: Uint8Array];

/** What opens the bundle. */
export interface BundleKeys {
  key: Uint8Array;
  prefix: Uint8Array;
  hash: Uint8Array;
  bytes: number;
}

export function handedBody({ to, count, blob, sealed, boxes, files }: Handed): Body {
  const late = boxes.length === 0 ? {} : { boxes };
  const beside = files === null ? {} : { files: [files.blob, files.sealed] };
  return { type: TYPE_HANDED, body: encode({ to, count, blob, sealed, ...late, ...beside }) };
}

function filesOf(value: unknown): Handed["files"] {
  const [blob, sealed] = Array.isArray(value) ? (value as unknown[]) : [];
  if (!(blob instanceof Uint8Array) || blob.length !== BLOB_ID_BYTES || !(sealed instanceof Uint8Array)) return null;
  return { blob, sealed };
}

function boxOf(item: unknown): Box[] {
  if (!Array.isArray(item)) return [];
  const [account, sealed] = item as unknown[];
  return isCount(account) && sealed instanceof Uint8Array ? [[account, sealed]] : [];
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

/** Null when it is none. */
export function parseHanded(map: Map<unknown, unknown>): Handed | null {
  const [to, count, blob, sealed] = ["to", "count", "blob", "sealed"].map((field) => map.get(field));
  if (!Array.isArray(to) || !isCount(count)) return null;
  if (!(blob instanceof Uint8Array) || blob.length !== BLOB_ID_BYTES || !(sealed instanceof Uint8Array)) return null;
  const boxes: unknown = map.get("boxes");
  return {
    to: (to as unknown[]).filter(isCount).slice(0, PEOPLE_MAX),
    count,
    blob,
    sealed,
    boxes: Array.isArray(boxes) ? (boxes as unknown[]).slice(0, PEOPLE_MAX).flatMap(boxOf) : [],
    files: filesOf(map.get("files")),
  };
}

/** `secret` is of this handing over alone; `nonce` is given by golden bytes only. */
export function sealKeys(
  secret: Uint8Array,
  groupId: Uint8Array,
  { key, prefix, hash, bytes }: BundleKeys,
  nonce: Uint8Array = random(NONCE_BYTES),
): Uint8Array {
  return concat(nonce, gcm(secret, nonce, groupId).encrypt(encode({ key, nonce: prefix, hash, bytes })));
}

/** Null when it was sealed with another secret: it is for somebody else. */
export function openKeys(secret: Uint8Array, groupId: Uint8Array, sealed: Uint8Array): BundleKeys | null {
  try {
    const opened = gcm(secret, sealed.slice(0, NONCE_BYTES), groupId).decrypt(sealed.slice(NONCE_BYTES));
    const map: unknown = decode(opened, { useMaps: true });
    if (!(map instanceof Map)) return null;
    const [key, prefix, hash, bytes]: unknown[] = ["key", "nonce", "hash", "bytes"].map((field) => map.get(field));
    if (!(key instanceof Uint8Array) || !(prefix instanceof Uint8Array) || !(hash instanceof Uint8Array)) return null;
    if (key.length !== 32 || prefix.length !== 7 || hash.length !== 32 || !isCount(bytes)) return null;
    return { key, prefix, hash, bytes };
  } catch {
    return null;
  }
}
