import { decode, encode } from "cborg";
import { concat } from "../bytes.ts";
import { digest } from "../mls/suite.ts";

/**
 * The message shape of draft-ietf-mimi-content-08 [CO1] [CO4]:
 * `[salt, replaces, topic_id, expires, in_reply_to, extensions, nested_part]`.
 */

const DISPOSITION_RENDER = 1;
const CARDINALITY_NULL = 0;
const CARDINALITY_SINGLE = 1;
const EXTENSION_COUNTER = -1;
const EXTENSION_SENT_AT_MS = -2;
const NONE = new Uint8Array();

export interface Content {
  salt: Uint8Array;
  counter: number; // per sending device and group, from 1
  sentAtMs: number;
  type: string | null; // null: an empty part
  body: Uint8Array;
}

export function encodeContent(content: Content): Uint8Array {
  const extensions = new Map([
    [EXTENSION_COUNTER, content.counter],
    [EXTENSION_SENT_AT_MS, content.sentAtMs],
  ]);
  const part =
    content.type === null
      ? [DISPOSITION_RENDER, "", CARDINALITY_NULL]
      : [DISPOSITION_RENDER, "", CARDINALITY_SINGLE, content.type, content.body];
  return encode([content.salt, null, NONE, null, null, extensions, part]);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Null when the bytes are not a content message; more parts than we know are an unknown type, not an error. */
export function decodeContent(bytes: Uint8Array): Content | null {
  let message: unknown;
  try {
    message = decode(bytes, { useMaps: true });
  } catch {
    return null;
  }
  if (!Array.isArray(message) || message.length < 7) return null;
  const [salt, , , , , extensions, part] = message as unknown[];
  if (!(salt instanceof Uint8Array) || !(extensions instanceof Map) || !Array.isArray(part)) return null;
  const counter: unknown = extensions.get(EXTENSION_COUNTER);
  const sentAtMs: unknown = extensions.get(EXTENSION_SENT_AT_MS);
  if (!isCount(counter) || !isCount(sentAtMs)) return null;
  const [, , cardinality, type, body] = part as unknown[];
  if (cardinality === CARDINALITY_NULL) return { salt, counter, sentAtMs, type: null, body: NONE };
  if (cardinality === CARDINALITY_SINGLE && typeof type === "string" && body instanceof Uint8Array) {
    return { salt, counter, sentAtMs, type, body };
  }
  return { salt, counter, sentAtMs, type: "multipart/unknown", body: NONE };
}

/** The id under which every device knows a message: 32 bytes. */
export function messageId(senderKey: Uint8Array, groupId: Uint8Array, bytes: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(1), digest(senderKey, groupId, bytes).slice(0, 31));
}

const PADDED_BYTES_MIN = 128;
const PADDED_BYTES_STEP = 4096;

/** The length a plaintext of `length` bytes is padded to [CO4]. */
export function paddedLength(length: number): number {
  if (length > PADDED_BYTES_STEP) return Math.ceil(length / PADDED_BYTES_STEP) * PADDED_BYTES_STEP;
  let padded = PADDED_BYTES_MIN;
  while (padded < length) padded *= 2;
  return padded;
}
