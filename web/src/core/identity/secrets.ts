import { gcm } from "@noble/ciphers/aes.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, random, textOf, utf8 } from "../bytes.ts";
import { digest } from "../mls/suite.ts";
import { stretch } from "./stretching.ts";

/** Secrets that travel or rest in wrapped form: the seed under a password or passkey, labels under the seed. */

const NONCE_BYTES = 12;
const WRAP_AAD = utf8("hongyan wrap v1");
const LABEL_CHARACTERS_MAX = 50; // the sealed label is at most 256 bytes

function wrap(key: Uint8Array, plaintext: Uint8Array, aad?: Uint8Array): Uint8Array {
  const nonce = random(NONCE_BYTES);
  return concat(nonce, gcm(key, nonce, aad).encrypt(plaintext));
}

function unwrap(key: Uint8Array, wrapped: Uint8Array, aad?: Uint8Array): Uint8Array {
  return gcm(key, wrapped.slice(0, NONCE_BYTES), aad).decrypt(wrapped.slice(NONCE_BYTES));
}

export interface PasswordKeys {
  secret: Uint8Array; // proves the password to the server
  wrappingKey: Uint8Array; // opens the seed, never leaves the device
}

/** As [AC1] says. */
export async function passwordKeys(name: string, domain: string, password: string): Promise<PasswordKeys> {
  const salt = digest("hongyan password v1\0", `${casefold(name)}@${domain}`).slice(0, 16);
  const both = await stretch(utf8(password.normalize("NFKC")), { salt, memoryKiB: 19_456, passes: 2, bytes: 64 });
  return { secret: both.slice(0, 32), wrappingKey: both.slice(32) };
}

/** The name as the server compares it: NFKC, then case-folded. */
export function casefold(name: string): string {
  return name.normalize("NFKC").replaceAll("ẞ", "ss").replaceAll("ß", "ss").toLowerCase().replaceAll("ς", "σ");
}

/** A passkey's PRF output is a wrapping key once it is bound to this use. */
export function passkeyWrappingKey(prf: Uint8Array): Uint8Array {
  return hkdf(sha256, prf, new Uint8Array(), WRAP_AAD, 32);
}

export function wrapSeed(wrappingKey: Uint8Array, seed: Uint8Array): Uint8Array {
  return wrap(wrappingKey, seed, WRAP_AAD);
}

/** Throws when the key is not the one the seed was wrapped with. */
export function unwrapSeed(wrappingKey: Uint8Array, wrapped: Uint8Array): Uint8Array {
  return unwrap(wrappingKey, wrapped, WRAP_AAD);
}

function labelKey(seed: Uint8Array): Uint8Array {
  return hkdf(sha256, seed, new Uint8Array(), utf8("hongyan label v1"), 32);
}

/** What she calls a device, kept from the server [DL3]. */
export function sealLabel(seed: Uint8Array, label: string): Uint8Array {
  return wrap(labelKey(seed), utf8([...label].slice(0, LABEL_CHARACTERS_MAX).join("")));
}

/** "" when it cannot be read: a label is never worth an error. */
export function openLabel(seed: Uint8Array, sealed: Uint8Array): string {
  try {
    return textOf(unwrap(labelKey(seed), sealed));
  } catch {
    return "";
  }
}
