import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, equal, random, u64, utf8 } from "../bytes.ts";
import { verify } from "../mls/curves.ts";

/** The account key and all that follows from its seed [ID1] to [ID4]. */

const NONE = new Uint8Array();

export interface AccountKeys {
  seed: Uint8Array;
  accountKey: Uint8Array;
  boxPrivateKey: Uint8Array;
  boxKey: Uint8Array;
}

export interface DeviceKeys {
  signKey: Uint8Array; // Ed25519 seed of the MLS leaf
  signatureKey: Uint8Array; // its public half: the device's identity
}

export function accountKeys(seed: Uint8Array): AccountKeys {
  const boxPrivateKey = hkdf(sha256, seed, NONE, utf8("hongyan box v1"), 32);
  return {
    seed,
    accountKey: ed25519.getPublicKey(seed),
    boxPrivateKey,
    boxKey: x25519.getPublicKey(boxPrivateKey),
  };
}

export function newAccountKeys(): AccountKeys {
  return accountKeys(random(32));
}

export function newDeviceKeys(): DeviceKeys {
  const signKey = random(32);
  return { signKey, signatureKey: ed25519.getPublicKey(signKey) };
}

export function signBoxKey(keys: AccountKeys): Uint8Array {
  return ed25519.sign(concat(utf8("hongyan box v1\0"), keys.boxKey), keys.seed);
}

export function boxKeyIsSigned(accountKey: Uint8Array, boxKey: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return verify(accountKey, concat(utf8("hongyan box v1\0"), boxKey), signature);
}

function certified(signatureKey: Uint8Array, createdAtMs: number): Uint8Array {
  return concat(utf8("hongyan device v1\0"), signatureKey, u64(createdAtMs));
}

export function certifyDevice(seed: Uint8Array, signatureKey: Uint8Array, createdAtMs: number): Uint8Array {
  return ed25519.sign(certified(signatureKey, createdAtMs), seed);
}

export function certificateIsValid(
  accountKey: Uint8Array,
  device: { signatureKey: Uint8Array; certificate: Uint8Array; createdAtMs: number },
): Promise<boolean> {
  return verify(accountKey, certified(device.signatureKey, device.createdAtMs), device.certificate);
}

/** Vouches for a recovery by the account's own key [BK8]. */
export function proofOfKey(seed: Uint8Array, recoveryId: string): Uint8Array {
  return ed25519.sign(concat(utf8("hongyan recovery v1\0"), utf8(recoveryId)), seed);
}

/** The proof in a greeting that its sender holds an invitation's client secret [CT2]. */
export function invitationProof(clientSecret: Uint8Array, joiner: Uint8Array, inviter: Uint8Array): Uint8Array {
  return hmac(sha256, clientSecret, concat(utf8("hongyan proof v1\0"), joiner, inviter));
}

export function proofHolds(
  proof: Uint8Array,
  clientSecret: Uint8Array,
  joiner: Uint8Array,
  inviter: Uint8Array,
): boolean {
  return equal(proof, invitationProof(clientSecret, joiner, inviter));
}
