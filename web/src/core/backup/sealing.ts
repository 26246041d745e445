import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { decode, encode } from "cborg";
import { CoreError } from "../api.ts";
import { concat, random, u64, utf8 } from "../bytes.ts";
import { deflate, inflate } from "../deflate.ts";

/** Segments, manifests and boxes of a backup: how they are closed and opened [BK1] [BK2] [BK4] [BK5]. */

export const FORMAT = 1;
export const KEY_BYTES = 32;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const PADDED_BYTES_MIN = 4_096;
const OPENED_BYTES_MAX = 64 * 1024 * 1024;
const NONE = new Uint8Array();

type Bytes = Uint8Array<ArrayBuffer>;

function derive(secret: Uint8Array, salt: Uint8Array, info: string, length: number): Bytes {
  return hkdf(sha256, secret, salt, utf8(info), length) as Bytes;
}

async function gcm(key: Bytes, usage: "encrypt" | "decrypt", nonce: Bytes, aad: Uint8Array, data: Uint8Array) {
  const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, [usage]);
  const algorithm = { name: "AES-GCM", iv: nonce, additionalData: aad as Bytes };
  return new Uint8Array(await crypto.subtle[usage](algorithm, imported, data as Bytes));
}

async function sealSalted(key: Uint8Array, info: string, aad: Uint8Array, plaintext: Uint8Array): Promise<Uint8Array> {
  const salt = random(SALT_BYTES);
  const both = derive(key, salt, info, KEY_BYTES + NONCE_BYTES);
  const sealed = await gcm(both.slice(0, KEY_BYTES), "encrypt", both.slice(KEY_BYTES), aad, plaintext);
  return concat(salt, sealed);
}

async function openSalted(key: Uint8Array, info: string, aad: Uint8Array, sealed: Uint8Array): Promise<Uint8Array> {
  const both = derive(key, sealed.slice(0, SALT_BYTES), info, KEY_BYTES + NONCE_BYTES);
  try {
    return await gcm(both.slice(0, KEY_BYTES), "decrypt", both.slice(KEY_BYTES), aad, sealed.slice(SALT_BYTES));
  } catch {
    throw new CoreError("backup_damaged");
  }
}

/** Padmé: of all lengths few can be told apart, at the price of an eighth at most. */
export function paddedLength(length: number): number {
  if (length <= PADDED_BYTES_MIN) return PADDED_BYTES_MIN;
  const exponent = Math.floor(Math.log2(length));
  const kept = Math.floor(Math.log2(exponent)) + 1;
  const step = 2 ** (exponent - kept);
  return Math.ceil(length / step) * step;
}

/** Compresses, pads and encrypts one part of a backup. */
export async function sealSegment(backupKey: Uint8Array, content: unknown): Promise<Uint8Array> {
  const packed = await deflate(encode(content));
  const plaintext = new Uint8Array(paddedLength(4 + packed.length));
  new DataView(plaintext.buffer).setUint32(0, packed.length);
  plaintext.set(packed, 4);
  return sealSalted(backupKey, "hongyan backup segment v1", NONE, plaintext);
}

/** Throws CoreError backup_damaged when it was not sealed under this key, or is not whole. */
export async function openSegment(backupKey: Uint8Array, segment: Uint8Array): Promise<unknown> {
  const plaintext = await openSalted(backupKey, "hongyan backup segment v1", NONE, segment);
  const length = new DataView(plaintext.buffer).getUint32(0);
  try {
    return decode(await inflate(plaintext.slice(4, 4 + length), OPENED_BYTES_MAX));
  } catch {
    throw new CoreError("backup_damaged");
  }
}

export function segmentId(segment: Uint8Array): Uint8Array {
  return sha256(segment);
}

export interface ListedSegment {
  id: Uint8Array;
  kind: "front" | "messages";
  rows: number;
}

export interface Manifest {
  madeAtMs: number;
  messages: number;
  segments: ListedSegment[];
}

export function sealManifest(
  backupKey: Uint8Array,
  accountKey: Uint8Array,
  version: number,
  { madeAtMs, messages, segments }: Manifest,
): Promise<Uint8Array> {
  const listed = segments.map(({ id, kind, rows }) => [id, kind, rows]);
  const content = encode({ format: FORMAT, made_at_ms: madeAtMs, messages, segments: listed });
  return sealSalted(backupKey, "hongyan backup manifest v1", concat(accountKey, u64(version)), content);
}

/** Throws CoreError backup_damaged, or backup_newer when a newer app wrote it. */
export async function openManifest(
  backupKey: Uint8Array,
  accountKey: Uint8Array,
  version: number,
  sealed: Uint8Array,
): Promise<Manifest> {
  const aad = concat(accountKey, u64(version));
  const content: unknown = decode(await openSalted(backupKey, "hongyan backup manifest v1", aad, sealed));
  if (!isMap(content)) throw new CoreError("backup_damaged");
  requireFormat(content["format"]);
  const { made_at_ms: madeAtMs, messages, segments } = content;
  if (typeof madeAtMs !== "number" || typeof messages !== "number" || !Array.isArray(segments)) {
    throw new CoreError("backup_damaged");
  }
  return { madeAtMs, messages, segments: (segments as unknown[]).map(listedSegment) };
}

function listedSegment(item: unknown): ListedSegment {
  if (!Array.isArray(item)) throw new CoreError("backup_damaged");
  const [id, kind, rows] = item as unknown[];
  if (!(id instanceof Uint8Array) || typeof rows !== "number") throw new CoreError("backup_damaged");
  return { id, kind: kind === "front" ? "front" : "messages", rows };
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Throws CoreError backup_newer: what a newer app wrote is left as it is. */
export function requireFormat(format: unknown): void {
  if (typeof format !== "number") throw new CoreError("backup_damaged");
  if (format > FORMAT) throw new CoreError("backup_newer");
}

/** A box under a secret that is used for nothing else. */
export async function wrap(
  secret: Uint8Array,
  info: string,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Promise<Uint8Array> {
  const nonce = random(NONCE_BYTES) as Bytes;
  return concat(nonce, await gcm(derive(secret, NONE, info, KEY_BYTES), "encrypt", nonce, aad, plaintext));
}

/** Throws CoreError backup_damaged when the secret is not the one. */
export async function unwrap(
  secret: Uint8Array,
  info: string,
  aad: Uint8Array,
  wrapped: Uint8Array,
): Promise<Uint8Array> {
  const nonce = wrapped.slice(0, NONCE_BYTES) as Bytes;
  try {
    return await gcm(derive(secret, NONE, info, KEY_BYTES), "decrypt", nonce, aad, wrapped.slice(NONCE_BYTES));
  } catch {
    throw new CoreError("backup_damaged");
  }
}

const DEVICES_INFO = "hongyan backup key v1";

/** The backup key for the account's own devices, which have the seed [BK4]. */
export function wrapForDevices(seed: Uint8Array, accountKey: Uint8Array, backupKey: Uint8Array): Promise<Uint8Array> {
  return wrap(seed, DEVICES_INFO, accountKey, backupKey);
}

export function unwrapForDevices(seed: Uint8Array, accountKey: Uint8Array, wrapped: Uint8Array): Promise<Uint8Array> {
  return unwrap(seed, DEVICES_INFO, accountKey, wrapped);
}

/** What a box holds: all one needs to be the same person again. */
export interface Keys {
  backupKey: Uint8Array;
  seed: Uint8Array;
}

export function packKeys({ backupKey, seed }: Keys): Uint8Array {
  return encode({ key: backupKey, seed });
}

export function unpackKeys(packed: Uint8Array): Keys {
  const content: unknown = decode(packed);
  if (!isMap(content)) throw new CoreError("backup_damaged");
  const { key, seed } = content;
  if (!(key instanceof Uint8Array) || !(seed instanceof Uint8Array) || seed.length !== 32 || key.length !== 32) {
    throw new CoreError("backup_damaged");
  }
  return { backupKey: key, seed };
}
