import { decode, encode } from "cborg";
import type { Body } from "../content/content.ts";
import { BLOB_ID_BYTES, CONTENT_BYTES_MAX, type Secrets } from "../media/blob.ts";
import type { Sealed } from "../media/fetching.ts";

/** What the own devices tell each other of stickers, and of the files of what is kept; in the self group only [FA2]. */

export const TYPE_FOLLOWING = "application/hongyan.following";

const HASH_BYTES = 32;
const KEY_BYTES = 32;
const PREFIX_BYTES = 7;
const THUMB_BYTES_MAX = 32 * 1024;
/** A sticker by the hash of its content, or a file of a favourite by the favourite's id and its place in it. */
const NAME = /^(s[0-9a-f]{64}|k[0-9a-f]{32}-[0-9.]{0,32})$/;

/** A sticker as it stands: it is kept when it was put forward after it was taken out. */
export interface ToldSticker {
  id: Uint8Array;
  type: string;
  width: number;
  height: number;
  bytes: number;
  thumb: Uint8Array | null;
  position: number;
  goneMs: number;
}

/** A file, given as a blob for the self group. */
export interface GivenFile extends Sealed {
  name: string;
  blob: Uint8Array;
}

export interface Following {
  stickers: ToldSticker[];
  gives: GivenFile[];
  asks: string[];
  all: boolean; // the sender was away too long: tell everything again
}

export const NOTHING_FOLLOWS: Following = { stickers: [], gives: [], asks: [], all: false };

export function followingBody({ stickers, gives, asks, all }: Partial<Following>): Body {
  const told = (stickers ?? []).map((one) => [
    one.id,
    one.type,
    one.width,
    one.height,
    one.bytes,
    one.thumb,
    one.position,
    one.goneMs,
  ]);
  const given = (gives ?? []).map(({ name, blob, secrets, hash, bytes }) => [
    name,
    blob,
    secrets.key,
    secrets.prefix,
    hash,
    bytes,
  ]);
  return {
    type: TYPE_FOLLOWING,
    body: encode({ stickers: told, gives: given, asks: asks ?? [], all: all ?? false }),
  };
}

function isCount(value: unknown, max: number): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= max;
}

function isBytes(value: unknown, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && NAME.test(value);
}

function stickerOf(item: unknown): ToldSticker | null {
  if (!Array.isArray(item)) return null;
  const [id, type, width, height, bytes, thumb, position, goneMs] = item as unknown[];
  if (!isBytes(id, HASH_BYTES) || typeof type !== "string") return null;
  if (!isCount(width, 100_000) || !isCount(height, 100_000) || !isCount(bytes, CONTENT_BYTES_MAX)) return null;
  if (!isCount(position, Number.MAX_SAFE_INTEGER) || !isCount(goneMs, Number.MAX_SAFE_INTEGER)) return null;
  const small = thumb instanceof Uint8Array && thumb.length <= THUMB_BYTES_MAX ? thumb : null;
  return { id, type, width, height, bytes, thumb: small, position, goneMs };
}

function givenOf(item: unknown): GivenFile | null {
  if (!Array.isArray(item)) return null;
  const [name, blob, key, prefix, hash, bytes] = item as unknown[];
  if (!isName(name) || !isBytes(blob, BLOB_ID_BYTES) || !isBytes(hash, HASH_BYTES)) return null;
  if (!isBytes(key, KEY_BYTES) || !isBytes(prefix, PREFIX_BYTES) || !isCount(bytes, CONTENT_BYTES_MAX)) return null;
  const secrets: Secrets = { key, prefix };
  return { name, blob, secrets, hash, bytes };
}

function listOf<T>(value: unknown, parse: (item: unknown) => T | null): T[] {
  return Array.isArray(value) ? value.map(parse).filter((one) => one !== null) : [];
}

/** What does not parse is left out. */
export function parseFollowing(body: Uint8Array): Following {
  const map: unknown = decode(body, { useMaps: true });
  if (!(map instanceof Map)) return NOTHING_FOLLOWS;
  return {
    stickers: listOf(map.get("stickers"), stickerOf),
    gives: listOf(map.get("gives"), givenOf),
    asks: listOf(map.get("asks"), (name) => (isName(name) ? name : null)),
    all: map.get("all") === true,
  };
}
