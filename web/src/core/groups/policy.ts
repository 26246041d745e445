import { decode, encode } from "cborg";
import type { HistoryShare } from "../api.ts";
import { concat, equal, utf8 } from "../bytes.ts";
import { sign, verify } from "../mls/curves.ts";
import { digest } from "../mls/suite.ts";

/**
 * The rules a group has given itself [GP1]: one version follows from the one before it, each signed with the account
 * key of who made it, or made by a rule that every member computes alike. Pure values; nothing here touches the store.
 */

export const ADMINS_MAX = 10;
export const NAME_CHARACTERS_MAX = 50;
export const ANNOUNCEMENT_CHARACTERS_MAX = 2_000;
const LABEL = utf8("hongyan group policy v1\0");
const ORIGIN_LABEL = "hongyan group v1\0";
const BY_RULE = 0;

/** Who may bring people in: every member, every member if an owner or admin agrees, or owner and admins only. */
export type Adding = "everyone" | "approval" | "admins";
export type Allowed = "everyone" | "admins";

/** Whose group this is from its first day: the group's id follows from it [CO3]. */
export interface Origin {
  account: number;
  accountKey: Uint8Array;
  nonce: Uint8Array;
}

export interface Announcement {
  text: string;
  by: number;
  atMs: number;
}

export interface Policy {
  groupId: Uint8Array;
  version: number; // 0: nobody has signed one yet
  previous: Uint8Array; // hash of the version before; empty for version 0
  signer: number; // 0: made by rule
  origin: Origin | null;
  owner: number;
  admins: number[];
  adding: Adding;
  naming: Allowed;
  announcing: Allowed;
  name: string | null; // null: never named by a policy
  announcement: Announcement | null;
  door: Uint8Array | null; // X25519 private key to which requests to join are sealed [GP9]
  history: HistoryShare; // what who joins by the group's code is given of what was said before [GH6]
}

/** As it travels: the exact bytes that are signed; no signature when it was made by rule. */
export interface Signed {
  bytes: Uint8Array;
  signature: Uint8Array;
}

export type Role = "owner" | "admin" | "member";

export function roleOf(policy: Policy, account: number): Role {
  if (account === policy.owner) return "owner";
  return policy.admins.includes(account) ? "admin" : "member";
}

export function sameRoles(a: Policy, b: Policy): boolean {
  return a.owner === b.owner && a.admins.length === b.admins.length && a.admins.every((one, i) => one === b.admins[i]);
}

export function sameSettings(a: Policy, b: Policy): boolean {
  const doors = a.door === null || b.door === null ? a.door === b.door : equal(a.door, b.door);
  const sharing = a.history === b.history;
  return doors && sharing && a.adding === b.adding && a.naming === b.naming && a.announcing === b.announcing;
}

export function groupIdOf(origin: Origin): Uint8Array {
  return digest(ORIGIN_LABEL, origin.accountKey, origin.nonce).slice(0, 16);
}

/** What holds in a group that never made a policy [GP2]: its lowest leaf's account is the owner. */
export function firstPolicy(groupId: Uint8Array, owner: number): Policy {
  return {
    groupId,
    version: 0,
    previous: new Uint8Array(),
    signer: BY_RULE,
    origin: null,
    owner,
    admins: [],
    adding: "everyone",
    naming: "everyone",
    announcing: "admins",
    name: null,
    announcement: null,
    door: null,
    history: "none",
  };
}

/** The next version with these changes; sign it with `signPolicy`. `signer` 0: made by rule. */
export function nextPolicy(before: Policy, changes: Partial<Policy>, signer: number = BY_RULE): Policy {
  return { ...before, ...changes, version: before.version + 1, previous: hashOf(before), signer };
}

export function encodePolicy(policy: Policy): Uint8Array {
  const { origin, announcement } = policy;
  return encode([
    policy.groupId,
    policy.version,
    policy.previous,
    policy.signer,
    origin === null ? null : [origin.account, origin.accountKey, origin.nonce],
    policy.owner,
    policy.admins,
    policy.adding,
    policy.naming,
    policy.announcing,
    policy.name,
    announcement === null ? null : [announcement.text, announcement.by, announcement.atMs],
    policy.door,
    // Groups that give nothing have no such field, as before there was one.
    ...(policy.history === "none" ? [] : [policy.history]),
  ]);
}

export function hashOf(policy: Policy): Uint8Array {
  return digest("hongyan policy hash v1\0", encodePolicy(policy));
}

export async function signPolicy(policy: Policy, seed: Uint8Array): Promise<Signed> {
  const bytes = encodePolicy(policy);
  return { bytes, signature: await sign(seed, concat(LABEL, bytes)) };
}

export function unsigned(policy: Policy): Signed {
  return { bytes: encodePolicy(policy), signature: new Uint8Array() };
}

export function isSignedBy(signed: Signed, accountKey: Uint8Array): Promise<boolean> {
  return verify(accountKey, concat(LABEL, signed.bytes), signed.signature);
}

const isId = (value: unknown): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const isBytes = (value: unknown, length: number): value is Uint8Array =>
  value instanceof Uint8Array && value.length === length;
const isAdding = (value: unknown): value is Adding =>
  value === "everyone" || value === "approval" || value === "admins";
const isAllowed = (value: unknown): value is Allowed => value === "everyone" || value === "admins";
const isShare = (value: unknown): value is HistoryShare => value === "none" || value === "last" || value === "all";
const isShort = (value: unknown, max: number): value is string => typeof value === "string" && [...value].length <= max;

function originOf(value: unknown): Origin | null | undefined {
  if (value === null) return null;
  if (!Array.isArray(value)) return undefined;
  const [account, accountKey, nonce] = value as unknown[];
  if (!isId(account) || !isBytes(accountKey, 32) || !isBytes(nonce, 16)) return undefined;
  return { account, accountKey, nonce };
}

function announcementOf(value: unknown): Announcement | null | undefined {
  if (value === null) return null;
  if (!Array.isArray(value)) return undefined;
  const [text, by, atMs] = value as unknown[];
  if (!isShort(text, ANNOUNCEMENT_CHARACTERS_MAX) || !isId(by) || !isId(atMs)) return undefined;
  return { text, by, atMs };
}

/** Null for bytes that are not exactly the encoding of a policy: two readings of one signature cannot be. */
export function decodePolicy(bytes: Uint8Array): Policy | null {
  let fields: unknown;
  try {
    fields = decode(bytes);
  } catch {
    return null;
  }
  if (!Array.isArray(fields) || fields.length < 13 || fields.length > 14) return null;
  const [groupId, version, previous, signer, from, owner, admins, adding, naming, announcing, name, said, door] =
    fields as unknown[];
  const history: unknown = fields[13] ?? "none";
  const origin = originOf(from);
  const announcement = announcementOf(said);
  if (!(groupId instanceof Uint8Array) || !isId(version) || !(previous instanceof Uint8Array)) return null;
  if (!isId(signer) || origin === undefined || !isId(owner) || announcement === undefined) return null;
  if (!Array.isArray(admins) || admins.length > ADMINS_MAX || !admins.every(isId)) return null;
  if (!isAdding(adding) || !isAllowed(naming) || !isAllowed(announcing)) return null;
  if (name !== null && !isShort(name, NAME_CHARACTERS_MAX)) return null;
  if ((door !== null && !isBytes(door, 32)) || !isShare(history)) return null;
  const policy: Policy = {
    groupId,
    version,
    previous,
    signer,
    origin,
    owner,
    admins,
    adding,
    naming,
    announcing,
    name,
    announcement,
    door,
    history,
  };
  return equal(encodePolicy(policy), bytes) ? policy : null;
}
