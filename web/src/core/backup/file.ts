import { decode, encode } from "cborg";
import { CoreError } from "../api.ts";
import { concat, equal, hex, random, utf8 } from "../bytes.ts";
import { stretch } from "../identity/stretching.ts";
import type { Session } from "../session.ts";
import * as meta from "../store/meta.ts";
import { integer } from "../store/store.ts";
import { countMessages, frontTables, intoContents, rangeTables } from "./records.ts";
import type { Source } from "./restorer.ts";
import {
  FORMAT,
  isMap,
  KEY_BYTES,
  type Keys,
  type ListedSegment,
  type Manifest,
  openManifest,
  requireFormat,
  sealManifest,
  sealSegment,
  segmentId,
  unwrap,
  wrap,
} from "./sealing.ts";
import { LARGE_TABLES, RANGE_MESSAGES } from "./tables.ts";

/** A whole backup in one file, opened by a password: for a stick in the drawer, and for another server [BK9]. */

const MAGIC = utf8("hongyan backup\0");
const BOX = "hongyan backup file v1";
const MEMORY_KIB = 46_080;
const MEMORY_KIB_MAX = 1_048_576;
const PASSES = 2;
const PASSES_MAX = 16;
const SALT_BYTES = 16;
const PART_BYTES_MAX = 64 * 1024 * 1024;

function secretOf(password: string, salt: Uint8Array, memoryKiB: number, passes: number): Promise<Uint8Array> {
  return stretch(utf8(password.normalize("NFKC")), { salt, memoryKiB, passes, bytes: KEY_BYTES });
}

function sized(bytes: Uint8Array): Uint8Array {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return concat(length, bytes);
}

/** Everything on this device as a file. `told` hears from 0 to 1 how far it is. */
export async function writeFile(session: Session, password: string, told: (progress: number) => void): Promise<Blob> {
  const { store, account, clock } = session;
  const backupKey = random(KEY_BYTES);
  const salt = random(SALT_BYTES);
  const secret = await secretOf(password, salt, MEMORY_KIB, PASSES);
  const parts: Uint8Array[] = [];
  const segments: ListedSegment[] = [];
  const add = async (kind: ListedSegment["kind"], tables: Parameters<typeof intoContents>[0]) => {
    for (const { content, rows } of intoContents(tables)) {
      const segment = await sealSegment(backupKey, content);
      segments.push({ id: segmentId(segment), kind, rows });
      parts.push(sized(segment));
    }
  };
  await add("front", frontTables(store));
  const newest = integer(store.one("SELECT coalesce(max(n), 0) AS n FROM message") ?? {}, "n");
  const ranges = Math.floor(newest / RANGE_MESSAGES);
  for (let range = ranges; range >= -LARGE_TABLES.length; range--) {
    await add("messages", rangeTables(store, range));
    told(1 - Math.max(0, range) / (ranges + 1));
  }
  const manifest = await sealManifest(backupKey, account.accountKey, 0, {
    madeAtMs: Math.round(clock.now()),
    messages: countMessages(store),
    segments,
  });
  const [name, domain] = [meta.words(store, "name"), meta.words(store, "domain")];
  const keys = encode({ key: backupKey, seed: account.seed, name, domain });
  const box = await wrap(secret, BOX, utf8(BOX), keys);
  const header = encode({ format: FORMAT, m: MEMORY_KIB, t: PASSES, salt, box });
  const whole = [MAGIC, sized(header), sized(manifest), ...parts] as Uint8Array<ArrayBuffer>[];
  return new Blob(whole, { type: "application/octet-stream" });
}

export interface OpenedFile {
  keys: Keys;
  name: string;
  domain: string;
  manifest: Manifest;
  source: Source;
}

/**
 * Opens a file that somebody chose. Throws CoreError: not_a_backup, backup_newer, wrong_file_password,
 * backup_damaged (cut, or changed).
 */
export async function openFile(
  file: Blob,
  password: string,
  accountKeyOf: (seed: Uint8Array) => Uint8Array,
): Promise<OpenedFile> {
  if (!equal(await bytesOf(file, 0, MAGIC.length), MAGIC)) throw new CoreError("not_a_backup");
  const header = await partAt(file, MAGIC.length);
  const { m, t, salt, box } = readHeader(header.bytes);
  const secret = await secretOf(password, salt, m, t);
  const packed = await unwrap(secret, BOX, utf8(BOX), box).catch(() => {
    throw new CoreError("wrong_file_password");
  });
  const { keys, name, domain } = readKeys(packed);
  const sealed = await partAt(file, header.end);
  const manifest = await openManifest(keys.backupKey, accountKeyOf(keys.seed), 0, sealed.bytes);
  const places = await placesOf(file, sealed.end, manifest);
  const source: Source = async (id) => {
    const start = places.get(hex(id));
    if (start === undefined) throw new CoreError("backup_damaged");
    return (await partAt(file, start)).bytes;
  };
  return { keys, name, domain, manifest, source };
}

function readHeader(bytes: Uint8Array): { m: number; t: number; salt: Uint8Array; box: Uint8Array } {
  const header = decoded(bytes);
  requireFormat(header["format"]);
  const { m, t, salt, box } = header;
  const isNumber = (value: unknown, max: number): value is number =>
    typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max;
  if (!isNumber(m, MEMORY_KIB_MAX) || !isNumber(t, PASSES_MAX)) throw new CoreError("backup_damaged");
  if (!(salt instanceof Uint8Array) || !(box instanceof Uint8Array)) throw new CoreError("backup_damaged");
  return { m, t, salt, box };
}

function readKeys(packed: Uint8Array): { keys: Keys; name: string; domain: string } {
  const { key, seed, name, domain } = decoded(packed);
  const isKey = (value: unknown): value is Uint8Array => value instanceof Uint8Array && value.length === KEY_BYTES;
  if (!isKey(key) || !isKey(seed)) throw new CoreError("backup_damaged");
  return { keys: { backupKey: key, seed }, name: String(name ?? ""), domain: String(domain ?? "") };
}

function decoded(bytes: Uint8Array): Record<string, unknown> {
  try {
    const value: unknown = decode(bytes);
    if (isMap(value)) return value;
  } catch {
    // Told below.
  }
  throw new CoreError("backup_damaged");
}

/** Where each segment begins; a file that was cut has fewer than its manifest says. */
async function placesOf(file: Blob, from: number, manifest: Manifest): Promise<Map<string, number>> {
  const places = new Map<string, number>();
  let start = from;
  for (const { id } of manifest.segments) {
    places.set(hex(id), start);
    start += 4 + (await lengthAt(file, start));
  }
  if (start > file.size) throw new CoreError("backup_damaged");
  return places;
}

async function bytesOf(file: Blob, start: number, end: number): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(start, end).arrayBuffer());
}

async function lengthAt(file: Blob, start: number): Promise<number> {
  const bytes = await bytesOf(file, start, start + 4);
  if (bytes.length < 4) throw new CoreError("backup_damaged");
  const length = new DataView(bytes.buffer).getUint32(0);
  if (length > PART_BYTES_MAX) throw new CoreError("backup_damaged");
  return length;
}

async function partAt(file: Blob, start: number): Promise<{ bytes: Uint8Array; end: number }> {
  const end = start + 4 + (await lengthAt(file, start));
  const bytes = await bytesOf(file, start + 4, end);
  if (start + 4 + bytes.length < end) throw new CoreError("backup_damaged");
  return { bytes, end };
}
