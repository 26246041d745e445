import { gcm } from "@noble/ciphers/aes.js";
import { decode, encode } from "cborg";
import { concat, random, u64, utf8 } from "../bytes.ts";
import { sign, verify } from "../mls/curves.ts";
import type { Departure } from "./judging.ts";
import type { Signed } from "./policy.ts";

/**
 * What a commit of a group carries in its authenticated data [GP3]: a new version of the policy, and the goodbyes of
 * those it removes. The commit's signature and the group's transcript cover it, so that whoever shares an epoch shares
 * the policy; it is sealed with a key of the epoch, so that the server learns its padded length and nothing else.
 */

const NONCE_BYTES = 12;
const PADDED_BYTES = 512;
const NOTE_BYTES_MAX = 64 * 1024;
const DEPARTURES_MAX = 500;
const DEPARTURE_LABEL = utf8("hongyan departure v1\0");
export const NOTE_KEY_LABEL = "hongyan policy";
export const NOTE_KEY_BYTES = 16;

export interface SignedDeparture extends Departure {
  signature: Uint8Array;
}

export interface Note {
  policy: Signed | null;
  departures: SignedDeparture[];
}

export function sealNote(note: Note, key: Uint8Array): Uint8Array {
  const departures = note.departures.map(({ account, leaves, signature }) => [account, leaves, signature]);
  const body = encode([note.policy === null ? null : [note.policy.bytes, note.policy.signature], departures]);
  const length = Math.ceil((body.length + 8) / PADDED_BYTES) * PADDED_BYTES;
  const padded = concat(u64(body.length), body, new Uint8Array(length - 8 - body.length));
  const nonce = random(NONCE_BYTES);
  return concat(nonce, gcm(key, nonce).encrypt(padded));
}

/** Null when there is none, or none that can be read: such a commit says nothing. */
export function openNote(sealed: Uint8Array, key: Uint8Array): Note | null {
  if (sealed.length < NONCE_BYTES || sealed.length > NOTE_BYTES_MAX) return null;
  try {
    const padded = gcm(key, sealed.slice(0, NONCE_BYTES)).decrypt(sealed.slice(NONCE_BYTES));
    const length = Number(new DataView(padded.buffer, padded.byteOffset).getBigUint64(0));
    return parse(decode(padded.slice(8, 8 + length)));
  } catch {
    return null;
  }
}

function parse(value: unknown): Note | null {
  if (!Array.isArray(value)) return null;
  const [policy, departures] = value as unknown[];
  return {
    policy: signedOf(policy),
    departures: Array.isArray(departures) ? departures.slice(0, DEPARTURES_MAX).flatMap(departureOf) : [],
  };
}

export function signedOf(value: unknown): Signed | null {
  if (!Array.isArray(value)) return null;
  const [bytes, signature] = value as unknown[];
  return bytes instanceof Uint8Array && signature instanceof Uint8Array ? { bytes, signature } : null;
}

function departureOf(value: unknown): SignedDeparture[] {
  if (!Array.isArray(value)) return [];
  const [account, leaves, signature] = value as unknown[];
  if (typeof account !== "number" || !Array.isArray(leaves) || !(signature instanceof Uint8Array)) return [];
  return [{ account, leaves: leaves.filter((one): one is Uint8Array => one instanceof Uint8Array), signature }];
}

function departureBytes(groupId: Uint8Array, { account, leaves }: Departure): Uint8Array {
  return concat(DEPARTURE_LABEL, encode([groupId, account, leaves]));
}

export async function signDeparture(
  groupId: Uint8Array,
  departure: Departure,
  seed: Uint8Array,
): Promise<SignedDeparture> {
  return { ...departure, signature: await sign(seed, departureBytes(groupId, departure)) };
}

export function departureHolds(
  groupId: Uint8Array,
  departure: SignedDeparture,
  accountKey: Uint8Array,
): Promise<boolean> {
  return verify(accountKey, departureBytes(groupId, departure), departure.signature);
}

export function encodeDeparture({ account, leaves, signature }: SignedDeparture): Uint8Array {
  return encode([account, leaves, signature]);
}

/** Null for bytes that are no departure. */
export function decodeDeparture(bytes: Uint8Array): SignedDeparture | null {
  try {
    return departureOf(decode(bytes))[0] ?? null;
  } catch {
    return null;
  }
}
