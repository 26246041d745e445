import { decode, encode } from "cborg";
import { textOf, utf8 } from "../bytes.ts";
import { parseFavourites, type ToldFavourite, TYPE_FAVOURITES } from "../favourites/wire.ts";
import { type Following, parseFollowing, TYPE_FOLLOWING } from "../following/wire.ts";
import type { Body } from "./content.ts";
import { type Carried, parseDetail } from "./details.ts";
import { type Handed, parseHanded, TYPE_HANDED } from "./handed.ts";
import { type HelpTold, parseHelp, TYPE_HELP } from "./help.ts";

/** The content types of [CO2], parsed into one union; encoded by the functions below. */

export const TYPE_TEXT = "text/plain;charset=utf-8";
export const TYPE_NUDGE = "application/hongyan.nudge";
export const TYPE_TIMER = "application/hongyan.timer";
export const TYPE_TYPING = "application/hongyan.typing";
export const TYPE_READ = "application/hongyan.read";
export const TYPE_PROFILE = "application/hongyan.profile";
export const TYPE_GROUP = "application/hongyan.group";
export const TYPE_RESEND = "application/hongyan.resend";
export const TYPE_AGAIN = "application/hongyan.again";
export const TYPE_SYNC = "application/hongyan.sync";
export const TYPE_HISTORY = "application/hongyan.history";
export const TYPE_SHARE = "application/hongyan.share";

/** Please send again. `device` empty: whoever has sent something since. */
export interface Resend {
  device: Uint8Array;
  counters: number[] | null;
  sinceMs: number | null;
  answerKey: Uint8Array; // X25519: the answer is sealed to it, so that nobody else in the group can read it
}

/** What a member calls herself in a group; signed, so that others may hand it on. */
export interface Nickname {
  nickname: string;
  atMs: number;
  signature: Uint8Array;
}

/** Asking what a group stands under (naming the hash of what the asker was told), and telling it [GP8]. */
export type GroupWord =
  | { asks: Uint8Array | null }
  | { tells: Uint8Array }
  | { names: (Nickname & { account: number })[] }; // what others call themselves, handed on to newcomers

/** What somebody says of herself [PR1]. */
export interface StatedProfile {
  picture: Uint8Array | null; // a JPEG
  status: string;
  atMs: number;
}

/** What the own devices tell each other. */
export const SYNCED = [
  "remark",
  "read",
  "verified",
  "removed_chat",
  "cleared_chat",
  "hidden_chat",
  "deleted",
  "pinned",
  "muted",
  "folded",
  "marked_unread",
  "background",
  "privacy",
  "backup",
] as const;

export interface SyncItem {
  what: (typeof SYNCED)[number];
  key: string;
  value: string | number | boolean;
}

/** The last message that was read; by its time as well, for the case that it is not there. */
export interface ReadUpTo {
  message: Uint8Array | null;
  atMs: number;
}

export interface HistoryPart {
  to: Uint8Array;
  part: number;
  of: number;
  items: HistoryItem[];
}

/** One row of history: a message, a chat or a person as the approving device has it. */
export type HistoryItem = Record<string, string | number | boolean | null | Uint8Array>;

export type Kind =
  | { kind: "text"; text: string }
  | { kind: "detail"; carried: Carried }
  | { kind: "help"; told: HelpTold }
  | { kind: "nothing" } // an empty part: with `replaces` a recall
  | { kind: "nudge"; account: number }
  | { kind: "timer"; seconds: number }
  | { kind: "typing" }
  | { kind: "read"; read: ReadUpTo }
  | { kind: "group"; left: boolean; departure: Uint8Array | null; nickname: Nickname | null; word: GroupWord | null }
  | { kind: "handed"; handed: Handed }
  | { kind: "resend"; resend: Resend }
  | { kind: "again"; to: Uint8Array; sealed: Uint8Array }
  | { kind: "profile"; profile: StatedProfile }
  | { kind: "sync"; items: SyncItem[] }
  | { kind: "favourites"; told: ToldFavourite[] }
  | { kind: "following"; told: Following }
  | { kind: "history"; history: HistoryPart }
  | { kind: "share"; circle: Uint8Array; share: Uint8Array } // an empty share: keep none any more
  | { kind: "unknown" };

function bytesOf(value: unknown): Uint8Array | null {
  return value instanceof Uint8Array ? value : null;
}

function isInteger(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value);
}

function parseMap(body: Uint8Array): Map<unknown, unknown> | null {
  const value: unknown = decode(body, { useMaps: true });
  return value instanceof Map ? value : null;
}

function parseGroup(map: Map<unknown, unknown>): Kind {
  const nickname = map.get("nickname");
  const atMs = map.get("at_ms");
  const signature = bytesOf(map.get("signature"));
  const named = typeof nickname === "string" && isInteger(atMs) && signature !== null;
  const asks = map.get("asks") === true;
  const tells = bytesOf(map.get("tells"));
  return {
    kind: "group",
    left: map.get("left") === true,
    departure: bytesOf(map.get("departure")),
    nickname: named ? { nickname, atMs, signature } : null,
    word: asks ? { asks: bytesOf(map.get("hash")) } : tells === null ? parseNames(map.get("names")) : { tells },
  };
}

function parseNames(value: unknown): GroupWord | null {
  if (!Array.isArray(value)) return null;
  const names = (value as unknown[]).flatMap((one) => {
    if (!Array.isArray(one)) return [];
    const [account, nickname, atMs, signature] = one as unknown[];
    if (!isInteger(account) || typeof nickname !== "string" || !isInteger(atMs)) return [];
    return signature instanceof Uint8Array ? [{ account, nickname, atMs, signature }] : [];
  });
  return { names };
}

function parseResend(map: Map<unknown, unknown>): Kind {
  const device = bytesOf(map.get("device"));
  const answerKey = bytesOf(map.get("key"));
  const counters = map.get("counters");
  const sinceMs = map.get("since_ms");
  if (device === null || answerKey === null) return { kind: "unknown" };
  return {
    kind: "resend",
    resend: {
      device,
      answerKey,
      counters: Array.isArray(counters) ? counters.filter(isInteger) : null,
      sinceMs: isInteger(sinceMs) ? sinceMs : null,
    },
  };
}

function parseSync(map: Map<unknown, unknown>): Kind {
  const items = map.get("items");
  const known: SyncItem[] = [];
  for (const item of Array.isArray(items) ? (items as unknown[]) : []) {
    if (!Array.isArray(item)) continue;
    const [what, key, value] = item as unknown[];
    const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    if (typeof key !== "string" || !plain) continue;
    const synced = SYNCED.find((one) => one === what);
    if (synced !== undefined) known.push({ what: synced, key, value });
  }
  return { kind: "sync", items: known };
}

function parseShare(map: Map<unknown, unknown>): Kind {
  const circle = bytesOf(map.get("circle"));
  const share = bytesOf(map.get("share"));
  return circle === null || share === null ? { kind: "unknown" } : { kind: "share", circle, share };
}

function parseHistory(map: Map<unknown, unknown>): Kind {
  const to = bytesOf(map.get("to"));
  const part = map.get("part");
  const of = map.get("of");
  const items = map.get("items");
  if (to === null || !isInteger(part) || !isInteger(of) || !Array.isArray(items)) return { kind: "unknown" };
  const rows = (items as unknown[])
    .filter((item): item is Map<string, string> => item instanceof Map)
    .map((item) => Object.fromEntries(item) as HistoryItem);
  return { kind: "history", history: { to, part, of, items: rows } };
}

function parseTimer(map: Map<unknown, unknown>): Kind {
  const seconds = map.get("seconds");
  return isInteger(seconds) && seconds >= 0 ? { kind: "timer", seconds } : { kind: "unknown" };
}

function parseProfile(map: Map<unknown, unknown>): Kind {
  const status = map.get("status");
  const atMs = map.get("at_ms");
  if (typeof status !== "string" || !isInteger(atMs) || atMs <= 0) return { kind: "unknown" };
  return { kind: "profile", profile: { picture: bytesOf(map.get("picture")), status, atMs } };
}

function parse(type: string, body: Uint8Array): Kind {
  if (type === TYPE_TEXT) return { kind: "text", text: textOf(body) };
  const map = type.startsWith("application/hongyan.") ? parseMap(body) : null;
  if (map === null) return { kind: "unknown" };
  const carried = parseDetail(type, map);
  if (carried !== null) return { kind: "detail", carried };
  if (type === TYPE_HELP) {
    const told = parseHelp(map);
    return told === null ? { kind: "unknown" } : { kind: "help", told };
  }
  if (type === TYPE_NUDGE)
    return { kind: "nudge", account: isInteger(map.get("account")) ? Number(map.get("account")) : 0 };
  if (type === TYPE_TIMER) return parseTimer(map);
  if (type === TYPE_TYPING) return { kind: "typing" };
  if (type === TYPE_READ) {
    const atMs = map.get("up_to_ms");
    return { kind: "read", read: { message: bytesOf(map.get("message")), atMs: isInteger(atMs) ? atMs : 0 } };
  }
  const to = bytesOf(map.get("to"));
  const sealed = bytesOf(map.get("sealed"));
  if (type === TYPE_GROUP) return parseGroup(map);
  if (type === TYPE_HANDED) {
    const handed = parseHanded(map);
    return handed === null ? { kind: "unknown" } : { kind: "handed", handed };
  }
  if (type === TYPE_RESEND) return parseResend(map);
  if (type === TYPE_AGAIN && to !== null && sealed !== null) return { kind: "again", to, sealed };
  if (type === TYPE_PROFILE) return parseProfile(map);
  if (type === TYPE_SYNC) return parseSync(map);
  if (type === TYPE_FAVOURITES) return { kind: "favourites", told: parseFavourites(body) };
  if (type === TYPE_FOLLOWING) return { kind: "following", told: parseFollowing(body) };
  if (type === TYPE_HISTORY) return parseHistory(map);
  if (type === TYPE_SHARE) return parseShare(map);
  return { kind: "unknown" };
}

/** A body that does not parse is an unknown kind, never an error. */
export function parseKind(type: string | null, body: Uint8Array): Kind {
  if (type === null) return { kind: "nothing" };
  try {
    return parse(type, body);
  } catch {
    return { kind: "unknown" };
  }
}

export const NOTHING: Body = { type: null, body: new Uint8Array() };

export function textBody(text: string): Body {
  return { type: TYPE_TEXT, body: utf8(text) };
}

export function nudgeBody(account: number): Body {
  return { type: TYPE_NUDGE, body: encode({ account }) };
}

export function timerBody(seconds: number): Body {
  return { type: TYPE_TIMER, body: encode({ seconds }) };
}

export function typingBody(): Body {
  return { type: TYPE_TYPING, body: encode({}) };
}

export function readBody({ message, atMs }: ReadUpTo): Body {
  return { type: TYPE_READ, body: encode({ message, up_to_ms: atMs }) };
}

export function profileBody({ picture, status, atMs }: StatedProfile): Body {
  return { type: TYPE_PROFILE, body: encode({ picture, status, at_ms: atMs }) };
}

export function leftBody(departure: Uint8Array): Body {
  return { type: TYPE_GROUP, body: encode({ left: true, departure }) };
}

export function nicknameBody({ nickname, atMs, signature }: Nickname): Body {
  return { type: TYPE_GROUP, body: encode({ nickname, at_ms: atMs, signature }) };
}

export function groupWordBody(word: GroupWord): Body {
  if ("asks" in word) return { type: TYPE_GROUP, body: encode({ asks: true, hash: word.asks }) };
  if ("tells" in word) return { type: TYPE_GROUP, body: encode({ tells: word.tells }) };
  const names = word.names.map(({ account, nickname, atMs, signature }) => [account, nickname, atMs, signature]);
  return { type: TYPE_GROUP, body: encode({ names }) };
}

export function resendBody(resend: Resend): Body {
  const { device, counters, sinceMs, answerKey } = resend;
  return { type: TYPE_RESEND, body: encode({ device, counters, since_ms: sinceMs, key: answerKey }) };
}

export function againBody(to: Uint8Array, sealed: Uint8Array): Body {
  return { type: TYPE_AGAIN, body: encode({ to, sealed }) };
}

export function syncBody(items: SyncItem[]): Body {
  return { type: TYPE_SYNC, body: encode({ items: items.map(({ what, key, value }) => [what, key, value]) }) };
}

export function shareBody(circle: Uint8Array, share: Uint8Array): Body {
  return { type: TYPE_SHARE, body: encode({ circle, share }) };
}

export function historyBody(history: HistoryPart): Body {
  return { type: TYPE_HISTORY, body: encode({ ...history }) };
}

/** What an `again` box holds: `[original content bytes, sent_at_ms]`. */
export function encodeAgainItems(items: [Uint8Array, number][]): Uint8Array {
  return encode({ items });
}

export function decodeAgainItems(bytes: Uint8Array): [Uint8Array, number][] {
  const items = parseMap(bytes)?.get("items");
  if (!Array.isArray(items)) return [];
  return (items as unknown[]).filter(
    (item): item is [Uint8Array, number] => Array.isArray(item) && item[0] instanceof Uint8Array && isInteger(item[1]),
  );
}
