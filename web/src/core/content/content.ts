import { decode, encode } from "cborg";
import { concat } from "../bytes.ts";
import { digest } from "../mls/suite.ts";

/**
 * The message shape of draft-ietf-mimi-content-08 [CO1] [CO4]:
 * `[salt, replaces, topic_id, expires, in_reply_to, extensions, nested_part]`.
 */

const DISPOSITION_RENDER = 1;
const DISPOSITION_REACTION = 2;
const CARDINALITY_NULL = 0;
const CARDINALITY_SINGLE = 1;
const EXTENSION_COUNTER = -1;
const EXTENSION_SENT_AT_MS = -2;
const EXTENSION_MENTIONS = -3;
const EXPIRES_RELATIVE = true;
const MESSAGE_ID_BYTES = 32;
const MENTIONS_MAX = 500;
const NONE = new Uint8Array();

/** The counter of what is not kept: nobody misses it [CO7]. */
export const UNCOUNTED = 0;

/** Mentioned in place of an account: everybody in the group. */
export const EVERYBODY = 0;

export interface Body {
  type: string | null; // null: an empty part
  body: Uint8Array;
}

/** How a message stands to others, and for how long. */
export interface Relation {
  replaces: Uint8Array | null; // the message whose place it takes; with an empty part that one is recalled
  inReplyTo: Uint8Array | null;
  mentions: number[]; // accounts, or EVERYBODY
  expiresAfterS: number | null;
  isReaction: boolean;
}

export const UNRELATED: Relation = {
  replaces: null,
  inReplyTo: null,
  mentions: [],
  expiresAfterS: null,
  isReaction: false,
};

export interface Content extends Body, Relation {
  salt: Uint8Array;
  counter: number; // per sending device and group, from 1
  sentAtMs: number;
}

export function encodeContent(content: Content): Uint8Array {
  const extensions = new Map<number, number | number[]>([
    [EXTENSION_COUNTER, content.counter],
    [EXTENSION_SENT_AT_MS, content.sentAtMs],
  ]);
  if (content.mentions.length > 0) extensions.set(EXTENSION_MENTIONS, content.mentions);
  const disposition = content.isReaction ? DISPOSITION_REACTION : DISPOSITION_RENDER;
  const part =
    content.type === null
      ? [disposition, "", CARDINALITY_NULL]
      : [disposition, "", CARDINALITY_SINGLE, content.type, content.body];
  const expires = content.expiresAfterS === null ? null : [EXPIRES_RELATIVE, content.expiresAfterS];
  return encode([content.salt, content.replaces, NONE, expires, content.inReplyTo, extensions, part]);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function idOf(value: unknown): Uint8Array | null {
  return value instanceof Uint8Array && value.length === MESSAGE_ID_BYTES ? value : null;
}

function expiryOf(value: unknown): number | null {
  if (!Array.isArray(value)) return null;
  const [relative, seconds] = value as unknown[];
  return relative === EXPIRES_RELATIVE && isCount(seconds) && seconds > 0 ? seconds : null;
}

function mentionsOf(value: unknown): number[] {
  return Array.isArray(value) ? (value as unknown[]).filter(isCount).slice(0, MENTIONS_MAX) : [];
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
  const [salt, replaces, , expires, inReplyTo, extensions, part] = message as unknown[];
  if (!(salt instanceof Uint8Array) || !(extensions instanceof Map) || !Array.isArray(part)) return null;
  const counter: unknown = extensions.get(EXTENSION_COUNTER);
  const sentAtMs: unknown = extensions.get(EXTENSION_SENT_AT_MS);
  if (!isCount(counter) || !isCount(sentAtMs)) return null;
  const [disposition] = part as unknown[];
  const about: Omit<Content, keyof Body> = {
    salt,
    counter,
    sentAtMs,
    replaces: idOf(replaces),
    inReplyTo: idOf(inReplyTo),
    mentions: mentionsOf(extensions.get(EXTENSION_MENTIONS)),
    expiresAfterS: expiryOf(expires),
    isReaction: disposition === DISPOSITION_REACTION,
  };
  return { ...about, ...bodyOf(part) };
}

function bodyOf(part: unknown[]): Body {
  const [, , cardinality, type, body] = part;
  if (cardinality === CARDINALITY_NULL) return { type: null, body: NONE };
  if (cardinality === CARDINALITY_SINGLE && typeof type === "string" && body instanceof Uint8Array) {
    return { type, body };
  }
  return { type: "multipart/unknown", body: NONE };
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
