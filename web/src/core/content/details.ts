import { encode } from "cborg";
import { base64, fromBase64 } from "../bytes.ts";
import type { Body } from "./content.ts";
import { sessionOf, TYPE_HELP } from "./help.ts";
import {
  type CollectionCard,
  collectionOf,
  collectionWire,
  type PacketCard,
  packetOf,
  packetWire,
  staysInItsChat,
  type TransferCard,
  TYPE_COLLECTION,
  TYPE_PACKET,
  TYPE_TRANSFER,
  transferOf,
  transferWire,
} from "./money.ts";

/** What a message carries beyond text: on the wire as CBOR of our own types [CO6], in the store as JSON. */

export const TYPE_ATTACHMENT = "application/hongyan.attachment";
export const TYPE_LOCATION = "application/hongyan.location";
export const TYPE_CARD = "application/hongyan.card";
export const TYPE_LINK = "application/hongyan.link";
export const TYPE_RECORD = "application/hongyan.record";

export const THUMB_BYTES_MAX = 32 * 1024;
/** Larger ones are none: they are neither kept nor sent, nor fetched by themselves. */
export const STICKER_BYTES_MAX = 800_000;
export const RECORD_ITEMS_MAX = 100;
/** A record in a record in …: deeper ones are told of, not carried. */
export const RECORD_DEPTH_MAX = 5;
const NAME_CHARACTERS_MAX = 255;
const TEXT_CHARACTERS_MAX = 16_000;
const URL_CHARACTERS_MAX = 2_048;
const WAVE_MAX = 128;
const KEY_BYTES = 32;
const NONCE_BYTES = 7;
const HASH_BYTES = 32;

export const ATTACHMENT_KINDS = ["picture", "voice", "video", "file", "sticker"] as const;
export type AttachmentKind = (typeof ATTACHMENT_KINDS)[number];

/** An encrypted file beside the message. Sizes in bytes of content, pixels, and milliseconds; 0 where none. */
export interface Attachment {
  kind: AttachmentKind;
  blob: string; // the server's id of the ciphertext; "" until it is uploaded
  key: string; // base64 of 32 bytes
  nonce: string; // base64 of 7 bytes
  hash: string; // base64 of 32 bytes: what the whole blob must be [ME4]
  expiresS: number; // when the server erases it
  bytes: number;
  type: string;
  name: string;
  width: number;
  height: number;
  ms: number;
  wave: number[]; // loudness, 0 to 255
}

export interface RecordItem {
  sender: string;
  atMs: number;
  text: string;
  detail: StoredDetail | null;
  thumb: string; // base64, "" if none
}

export type StoredDetail =
  | Attachment
  | { kind: "location"; latitude: number; longitude: number; name: string }
  | { kind: "card"; account: number; name: string }
  | { kind: "link"; url: string; title: string; summary: string }
  | { kind: "record"; title: string; items: RecordItem[] }
  | PacketCard
  | TransferCard
  | CollectionCard
  | { kind: "help"; session: string }; // base64 of 16 bytes [HP1]

/** A detail with its small picture, as it travels. */
export interface Carried {
  detail: StoredDetail;
  thumb: Uint8Array | null;
}

type Fields = Map<unknown, unknown>;

function words(map: Fields, name: string, max: number): string {
  const value = map.get(name);
  return typeof value === "string" ? [...value].slice(0, max).join("") : "";
}

function count(map: Fields, name: string): number {
  const value = map.get(name);
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

/** Base64 of exactly so many bytes, or null. */
function octets(map: Fields, name: string, length: number): string | null {
  const value = map.get(name);
  return value instanceof Uint8Array && value.length === length ? base64(value) : null;
}

function thumbOf(map: Fields): Uint8Array | null {
  const value = map.get("thumb");
  return value instanceof Uint8Array && value.length > 0 && value.length <= THUMB_BYTES_MAX ? value : null;
}

function degrees(map: Fields, name: string, limit: number): number | null {
  const value = map.get(name);
  return typeof value === "number" && Math.abs(value) <= limit ? value : null;
}

function isKind(value: unknown): value is AttachmentKind {
  return ATTACHMENT_KINDS.some((kind) => kind === value);
}

/** Only what a browser opens as a page; nothing that runs. */
export function isWebAddress(url: string): boolean {
  return url.length <= URL_CHARACTERS_MAX && /^https?:\/\/[^\s]+$/i.test(url) && URL.canParse(url);
}

function attachmentOf(map: Fields): Attachment | null {
  const kind = map.get("kind");
  const wave = map.get("wave");
  const key = octets(map, "key", KEY_BYTES);
  const nonce = octets(map, "nonce", NONCE_BYTES);
  const hash = octets(map, "hash", HASH_BYTES);
  if (!isKind(kind) || key === null || nonce === null || hash === null) return null;
  return {
    kind,
    key,
    nonce,
    hash,
    expiresS: count(map, "expires_s"),
    blob: words(map, "blob", NAME_CHARACTERS_MAX),
    bytes: count(map, "bytes"),
    type: words(map, "type", NAME_CHARACTERS_MAX),
    name: words(map, "name", NAME_CHARACTERS_MAX),
    width: count(map, "width"),
    height: count(map, "height"),
    ms: count(map, "ms"),
    wave: wave instanceof Uint8Array ? [...wave.slice(0, WAVE_MAX)] : [],
  };
}

function recordItemsOf(value: unknown, depth: number): RecordItem[] {
  if (!Array.isArray(value)) return [];
  const maps = (value as unknown[]).filter((item): item is Fields => item instanceof Map).slice(0, RECORD_ITEMS_MAX);
  return maps.map((item) => {
    const type = item.get("type");
    const inner = item.get("detail");
    const carried = typeof type === "string" && inner instanceof Map ? detailOf(type, inner, depth + 1) : null;
    const passed = carried === null || staysInItsChat(carried.detail.kind) ? null : carried;
    return {
      sender: words(item, "sender", NAME_CHARACTERS_MAX),
      atMs: count(item, "at_ms"),
      text: words(item, "text", TEXT_CHARACTERS_MAX),
      detail: passed?.detail ?? null,
      thumb: passed?.thumb ? base64(passed.thumb) : "",
    };
  });
}

function locationOf(map: Fields): StoredDetail | null {
  const latitude = degrees(map, "latitude", 90);
  const longitude = degrees(map, "longitude", 180);
  if (latitude === null || longitude === null) return null;
  return { kind: "location", latitude, longitude, name: words(map, "name", NAME_CHARACTERS_MAX) };
}

function detailOf(type: string, map: Fields, depth: number): Carried | null {
  const thumb = thumbOf(map);
  const with_ = (detail: StoredDetail | null): Carried | null => (detail === null ? null : { detail, thumb });
  switch (type) {
    case TYPE_ATTACHMENT:
      return with_(attachmentOf(map));
    case TYPE_LOCATION:
      return with_(locationOf(map));
    case TYPE_CARD:
      return with_({ kind: "card", account: count(map, "account"), name: words(map, "name", NAME_CHARACTERS_MAX) });
    case TYPE_LINK: {
      const url = words(map, "url", URL_CHARACTERS_MAX);
      if (!isWebAddress(url)) return null;
      const title = words(map, "title", NAME_CHARACTERS_MAX);
      return with_({ kind: "link", url, title, summary: words(map, "summary", NAME_CHARACTERS_MAX) });
    }
    case TYPE_RECORD: {
      const items = depth >= RECORD_DEPTH_MAX ? [] : recordItemsOf(map.get("items"), depth);
      return with_({ kind: "record", title: words(map, "title", NAME_CHARACTERS_MAX), items });
    }
    case TYPE_HELP: {
      const session = sessionOf(map);
      return session === null || map.get("what") !== "ask" ? null : with_({ kind: "help", session: base64(session) });
    }
    case TYPE_PACKET:
      return with_(packetOf(map));
    case TYPE_TRANSFER:
      return with_(transferOf(map));
    case TYPE_COLLECTION:
      return with_(collectionOf(map));
    default:
      return null;
  }
}

/** Null when it is none of these, or cannot be used. */
export function parseDetail(type: string, map: Map<unknown, unknown>): Carried | null {
  return detailOf(type, map, 0);
}

function typeOf(detail: StoredDetail): string {
  switch (detail.kind) {
    case "location":
      return TYPE_LOCATION;
    case "card":
      return TYPE_CARD;
    case "link":
      return TYPE_LINK;
    case "record":
      return TYPE_RECORD;
    case "help":
      return TYPE_HELP;
    case "packet":
      return TYPE_PACKET;
    case "transfer":
      return TYPE_TRANSFER;
    case "collection":
      return TYPE_COLLECTION;
    default:
      return TYPE_ATTACHMENT;
  }
}

type Wire = Record<string, unknown>;

function wireOf({ detail, thumb }: Carried): Wire {
  const small = thumb === null ? {} : { thumb };
  switch (detail.kind) {
    case "location":
    case "card":
    case "link": {
      const { kind: _, ...rest } = detail;
      return { ...rest, ...small };
    }
    case "record":
      return { title: detail.title, items: detail.items.map(itemWire) };
    case "packet":
      return packetWire(detail);
    case "transfer":
      return transferWire(detail);
    case "collection":
      return collectionWire(detail);
    case "help":
      return { what: "ask", session: fromBase64(detail.session) };
    default: {
      const { key, nonce, hash, wave, expiresS, ...plain } = detail;
      const opens = { key: fromBase64(key), nonce: fromBase64(nonce), hash: fromBase64(hash), expires_s: expiresS };
      return { ...plain, ...opens, wave: Uint8Array.from(wave), ...small };
    }
  }
}

function itemWire({ sender, atMs, text, detail, thumb }: RecordItem): Wire {
  const plain = { sender, at_ms: atMs, text };
  if (detail === null) return plain;
  const carried = { detail, thumb: thumb === "" ? null : fromBase64(thumb) };
  return { ...plain, type: typeOf(detail), detail: wireOf(carried) };
}

export function detailBody(carried: Carried): Body {
  return { type: typeOf(carried.detail), body: encode(wireOf(carried)) };
}
