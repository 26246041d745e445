import { gcm } from "@noble/ciphers/aes.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, random, utf8 } from "../bytes.ts";

/**
 * HPKE base mode, RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM [ID7].
 *
 * Boxes are sealed and opened synchronously, on noble, so that this may happen inside a transaction. MLS's many
 * boxes take the same key schedule but the browser's own X25519 (`curves.ts`).
 */

const VERSION = utf8("HPKE-v1");
const KEM_SUITE = concat(utf8("KEM"), Uint8Array.of(0x00, 0x20));
const HPKE_SUITE = concat(utf8("HPKE"), Uint8Array.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x01));
const NONE = new Uint8Array();

export interface KeyPair {
  privateKey: Uint8Array;
  publicKey: Uint8Array;
}

function labeledExtract(suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array {
  return extract(sha256, concat(VERSION, suite, utf8(label), ikm), salt);
}

function labeledExpand(
  suite: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array {
  const size = Uint8Array.of(length >> 8, length & 0xff);
  return expand(sha256, prk, concat(size, VERSION, suite, utf8(label), info), length);
}

export function generateKeyPair(): KeyPair {
  const privateKey = random(32);
  return { privateKey, publicKey: x25519.getPublicKey(privateKey) };
}

/** What both sides of the KEM make of their Diffie-Hellman result (RFC 9180 §4.1). */
export function sharedSecret(dh: Uint8Array, enc: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const prk = labeledExtract(KEM_SUITE, NONE, "eae_prk", dh);
  return labeledExpand(KEM_SUITE, prk, "shared_secret", concat(enc, publicKey), 32);
}

function encapsulate(publicKey: Uint8Array, ephemeral: KeyPair): Uint8Array {
  return sharedSecret(x25519.getSharedSecret(ephemeral.privateKey, publicKey), ephemeral.publicKey, publicKey);
}

function decapsulate(privateKey: Uint8Array, enc: Uint8Array): Uint8Array {
  return sharedSecret(x25519.getSharedSecret(privateKey, enc), enc, x25519.getPublicKey(privateKey));
}

export interface Context {
  key: Uint8Array;
  nonce: Uint8Array;
  exporter: Uint8Array;
}

/** Key, nonce and exporter of a box (RFC 9180 §5.1, base mode). */
export function schedule(shared: Uint8Array, info: Uint8Array): Context {
  const pskHash = labeledExtract(HPKE_SUITE, NONE, "psk_id_hash", NONE);
  const infoHash = labeledExtract(HPKE_SUITE, NONE, "info_hash", info);
  const context = concat(Uint8Array.of(0), pskHash, infoHash);
  const secret = labeledExtract(HPKE_SUITE, shared, "secret", NONE);
  return {
    key: labeledExpand(HPKE_SUITE, secret, "key", context, 16),
    nonce: labeledExpand(HPKE_SUITE, secret, "base_nonce", context, 12),
    exporter: labeledExpand(HPKE_SUITE, secret, "exp", context, 32),
  };
}

export interface Sealed {
  enc: Uint8Array;
  ciphertext: Uint8Array;
}

/** `ephemeral` is given by test vectors only. */
export function seal(
  publicKey: Uint8Array,
  plaintext: Uint8Array,
  info: Uint8Array,
  aad: Uint8Array = NONE,
  ephemeral: KeyPair = generateKeyPair(),
): Sealed {
  const { key, nonce } = schedule(encapsulate(publicKey, ephemeral), info);
  return { enc: ephemeral.publicKey, ciphertext: gcm(key, nonce, aad).encrypt(plaintext) };
}

/** Throws when the box was not sealed to this key with this info and aad. */
export function open(privateKey: Uint8Array, sealed: Sealed, info: Uint8Array, aad: Uint8Array = NONE): Uint8Array {
  const { key, nonce } = schedule(decapsulate(privateKey, sealed.enc), info);
  return gcm(key, nonce, aad).decrypt(sealed.ciphertext);
}

export function exportSecret(context: Context, exporterContext: Uint8Array, length: number): Uint8Array {
  return labeledExpand(HPKE_SUITE, context.exporter, "sec", exporterContext, length);
}

/** The private key RFC 9180 §7.1.3 derives from `ikm`; its public half is left to the caller. */
export function derivePrivateKey(ikm: Uint8Array): Uint8Array {
  const prk = labeledExtract(KEM_SUITE, NONE, "dkp_prk", ikm);
  return labeledExpand(KEM_SUITE, prk, "sk", NONE, 32);
}

/** A sealed box to a person: `enc (32) ‖ ciphertext` [ID7]. */
export function sealBox(publicKey: Uint8Array, plaintext: Uint8Array, info: string): Uint8Array {
  const { enc, ciphertext } = seal(publicKey, plaintext, utf8(info));
  return concat(enc, ciphertext);
}

/** Throws when the box cannot be opened. */
export function openBox(privateKey: Uint8Array, box: Uint8Array, info: string): Uint8Array {
  return open(privateKey, { enc: box.slice(0, 32), ciphertext: box.slice(32) }, utf8(info));
}
