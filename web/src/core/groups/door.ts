import { decode, encode } from "cborg";
import { base64url, concat, fromBase64, utf8 } from "../bytes.ts";
import { sign, verify } from "../mls/curves.ts";
import { openBox, sealBox } from "../mls/hpke.ts";

/**
 * A group's code and the request that answers it [GP9]. The code tells who scans it what the group is called and how
 * many are in it, so that the server need not know; the request is sealed to the door, a key that all members have.
 */

export const CODE_LIFETIME_MS = 7 * 86_400_000;
const CODE_LABEL = utf8("hongyan group code v1\0");
const REQUEST_LABEL = utf8("hongyan group request v1\0");
const REQUEST_INFO = "hongyan group request v1";
const PEOPLE_MAX = 4;
const PERSON_CHARACTERS_MAX = 12;
const NAME_CHARACTERS_MAX = 50;

export interface GroupCode {
  groupId: Uint8Array;
  door: Uint8Array; // X25519 public key
  inviter: number;
  expiresAtMs: number;
  name: string;
  count: number;
  people: string[]; // some members' names, for the picture
}

export interface SignedCode extends GroupCode {
  bytes: Uint8Array;
  signature: Uint8Array;
}

/** The part of a group's link behind `#`. */
export async function makeCode(code: GroupCode, seed: Uint8Array): Promise<string> {
  const short = (text: string, max: number) => [...text].slice(0, max).join("");
  const people = code.people.slice(0, PEOPLE_MAX).map((name) => short(name, PERSON_CHARACTERS_MAX));
  const { groupId, door, inviter, expiresAtMs, count } = code;
  const expiresS = Math.floor(expiresAtMs / 1000);
  const bytes = encode([groupId, door, inviter, expiresS, short(code.name, NAME_CHARACTERS_MAX), count, people]);
  return base64url(encode([bytes, await sign(seed, concat(CODE_LABEL, bytes))]));
}

/** Null for what is no code. Its signature is for members to check, who know the inviter. */
export function readCode(text: string): SignedCode | null {
  try {
    return codeOf(decode(fromBase64(text)));
  } catch {
    return null;
  }
}

function codeOf(value: unknown): SignedCode | null {
  if (!Array.isArray(value)) return null;
  const [bytes, signature] = value as unknown[];
  if (!(bytes instanceof Uint8Array) || !(signature instanceof Uint8Array)) return null;
  const fields: unknown = decode(bytes);
  if (!Array.isArray(fields)) return null;
  const [groupId, door, inviter, expiresS, name, count, people] = fields as unknown[];
  if (!(groupId instanceof Uint8Array) || groupId.length !== 16) return null;
  if (!(door instanceof Uint8Array) || door.length !== 32) return null;
  if (typeof inviter !== "number" || typeof expiresS !== "number" || typeof count !== "number") return null;
  if (typeof name !== "string" || !Array.isArray(people)) return null;
  const names = (people as unknown[]).filter((one): one is string => typeof one === "string");
  const expiresAtMs = expiresS * 1000;
  return { groupId, door, inviter, expiresAtMs, name, count, people: names.slice(0, PEOPLE_MAX), bytes, signature };
}

export function codeIsSigned(code: SignedCode, accountKey: Uint8Array): Promise<boolean> {
  return verify(accountKey, concat(CODE_LABEL, code.bytes), code.signature);
}

/**
 * Who asks, signed with the account key she names; `code` null: a member who was put out without right. To her box key
 * what was said before can be sealed, also by who has never met her.
 */
export interface Request {
  account: number;
  accountKey: Uint8Array;
  boxKey: Uint8Array;
  name: string;
  atMs: number;
  code: SignedCode | null;
}

function fieldsOf({ account, accountKey, name, atMs, code, boxKey }: Request): unknown[] {
  return [account, accountKey, name, atMs, code === null ? null : [code.bytes, code.signature], boxKey];
}

function requestBytes(groupId: Uint8Array, request: Request): Uint8Array {
  return concat(REQUEST_LABEL, encode([groupId, ...fieldsOf(request)]));
}

export async function sealRequest(
  groupId: Uint8Array,
  request: Request,
  door: Uint8Array,
  seed: Uint8Array,
): Promise<Uint8Array> {
  const signature = await sign(seed, requestBytes(groupId, request));
  return sealBox(door, encode([...fieldsOf(request), signature]), REQUEST_INFO);
}

/** Null for what this door does not open, or what the one it names has not signed. */
export async function openRequest(groupId: Uint8Array, sealed: Uint8Array, door: Uint8Array): Promise<Request | null> {
  let fields: unknown;
  try {
    fields = decode(openBox(door, sealed, REQUEST_INFO));
  } catch {
    return null;
  }
  if (!Array.isArray(fields)) return null;
  const [account, accountKey, name, atMs, shown, boxKey, signature] = fields as unknown[];
  if (typeof account !== "number" || !(accountKey instanceof Uint8Array) || typeof name !== "string") return null;
  if (typeof atMs !== "number" || !(signature instanceof Uint8Array)) return null;
  if (!(boxKey instanceof Uint8Array) || boxKey.length !== 32) return null;
  const code = shown === null ? null : codeOf(shown);
  const request = { account, accountKey, boxKey, name, atMs, code };
  return (await verify(accountKey, requestBytes(groupId, request), signature)) ? request : null;
}
