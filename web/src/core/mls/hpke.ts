import { gcm } from "@noble/ciphers/aes.js";
import { x25519 } from "@noble/curves/ed25519.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, random, utf8 } from "../bytes.ts";

/**
 * HPKE base mode, RFC 9180: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM [ID7].
 *
 * Written on noble and synchronous, so that it works where WebCrypto has no X25519 and
 * so that MLS's thousands of small derivations do not each cross into the browser.
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

export function deriveKeyPair(ikm: Uint8Array): KeyPair {
  const prk = labeledExtract(KEM_SUITE, NONE, "dkp_prk", ikm);
  const privateKey = labeledExpand(KEM_SUITE, prk, "sk", NONE, 32);
  return { privateKey, publicKey: x25519.getPublicKey(privateKey) };
}

export function generateKeyPair(): KeyPair {
  const privateKey = random(32);
  return { privateKey, publicKey: x25519.getPublicKey(privateKey) };
}

function sharedSecret(dh: Uint8Array, enc: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const prk = labeledExtract(KEM_SUITE, NONE, "eae_prk", dh);
  return labeledExpand(KEM_SUITE, prk, "shared_secret", concat(enc, publicKey), 32);
}

function encapsulate(publicKey: Uint8Array, ephemeral: KeyPair): Uint8Array {
  return sharedSecret(x25519.getSharedSecret(ephemeral.privateKey, publicKey), ephemeral.publicKey, publicKey);
}

function decapsulate(privateKey: Uint8Array, enc: Uint8Array): Uint8Array {
  return sharedSecret(x25519.getSharedSecret(privateKey, enc), enc, x25519.getPublicKey(privateKey));
}

interface Context {
  key: Uint8Array;
  nonce: Uint8Array;
  exporter: Uint8Array;
}

function schedule(shared: Uint8Array, info: Uint8Array): Context {
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

export function exportToPublicKey(publicKey: Uint8Array, context: Uint8Array, length: number, info: Uint8Array) {
  const ephemeral = generateKeyPair();
  const { exporter } = schedule(encapsulate(publicKey, ephemeral), info);
  return { enc: ephemeral.publicKey, secret: labeledExpand(HPKE_SUITE, exporter, "sec", context, length) };
}

export function exportFromEnc(
  privateKey: Uint8Array,
  enc: Uint8Array,
  context: Uint8Array,
  length: number,
  info: Uint8Array,
): Uint8Array {
  const { exporter } = schedule(decapsulate(privateKey, enc), info);
  return labeledExpand(HPKE_SUITE, exporter, "sec", context, length);
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
