import { gcm } from "@noble/ciphers/aes.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { CiphersuiteImpl, Hpke, PrivateKey, PublicKey, Signature } from "ts-mls";
import { equal, fromHex, random, utf8 } from "../bytes.ts";
import * as hpke from "./hpke.ts";

/**
 * MLS cipher suite 0x0001 for ts-mls, on noble; signatures are verified by WebCrypto where it knows Ed25519.
 *
 * Keys stay raw bytes here; ts-mls types them as CryptoKey but only ever hands them back to this object.
 */

type Raw = Uint8Array<ArrayBuffer>;

function asBytes(key: PublicKey | PrivateKey): Uint8Array {
  return key as unknown as Uint8Array;
}

function asKey<K extends PublicKey | PrivateKey>(bytes: Uint8Array): K {
  return bytes as unknown as K;
}

const NONE = new Uint8Array();

const suiteHpke: Hpke = {
  keyLength: 16,
  nonceLength: 12,
  async open(privateKey, enc, ciphertext, info, aad) {
    return hpke.open(asBytes(privateKey), { enc, ciphertext }, info, aad ?? NONE);
  },
  async seal(publicKey, plaintext, info, aad) {
    const { enc, ciphertext } = hpke.seal(asBytes(publicKey), plaintext, info, aad ?? NONE);
    return { enc, ct: ciphertext };
  },
  async importPrivateKey(key) {
    if (key.length !== 32) throw new TypeError("private key");
    return asKey<PrivateKey>(key);
  },
  async importPublicKey(key) {
    if (key.length !== 32) throw new TypeError("public key");
    return asKey<PublicKey>(key);
  },
  async exportPublicKey(key) {
    return asBytes(key);
  },
  async exportPrivateKey(key) {
    return asBytes(key);
  },
  async encryptAead(key, nonce, aad, plaintext) {
    return gcm(key, nonce, aad ?? NONE).encrypt(plaintext);
  },
  async decryptAead(key, nonce, aad, ciphertext) {
    return gcm(key, nonce, aad ?? NONE).decrypt(ciphertext);
  },
  async exportSecret(publicKey, context, length, info) {
    return hpke.exportToPublicKey(asBytes(publicKey), context, length, info);
  },
  async importSecret(privateKey, context, enc, length, info) {
    return hpke.exportFromEnc(asBytes(privateKey), enc, context, length, info);
  },
  async deriveKeyPair(ikm) {
    const pair = hpke.deriveKeyPair(ikm);
    return { privateKey: asKey<PrivateKey>(pair.privateKey), publicKey: asKey<PublicKey>(pair.publicKey) };
  },
  async generateKeyPair() {
    const privateKey = random(32);
    return { privateKey: asKey<PrivateKey>(privateKey), publicKey: asKey<PublicKey>(x25519.getPublicKey(privateKey)) };
  },
};

async function verifyNatively(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const key = await crypto.subtle.importKey("raw", publicKey as Raw, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", key, signature as Raw, message as Raw);
}

let nativeEd25519: Promise<boolean> | null = null;

/** Whether WebCrypto verifies RFC 8032's first vector; asked once. */
function hasNativeEd25519(): Promise<boolean> {
  nativeEd25519 ??= verifyNatively(
    fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"),
    NONE,
    fromHex(
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
  ).catch(() => false);
  return nativeEd25519;
}

export async function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  if (await hasNativeEd25519()) return verifyNatively(publicKey, message, signature);
  return ed25519.verify(signature, message, publicKey);
}

const suiteSignature: Signature = {
  async sign(signKey, message) {
    return ed25519.sign(message, signKey);
  },
  verify,
  async keygen() {
    const signKey = random(32);
    return { signKey, publicKey: ed25519.getPublicKey(signKey) };
  },
};

export const suite: CiphersuiteImpl = {
  name: "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519",
  hash: {
    async digest(data) {
      return sha256(data);
    },
    async mac(key, data) {
      return hmac(sha256, key, data);
    },
    async verifyMac(key, mac, data) {
      return equal(mac, hmac(sha256, key, data));
    },
  },
  kdf: {
    size: 32,
    async extract(salt, ikm) {
      return extract(sha256, ikm, salt);
    },
    async expand(prk, info, length) {
      return expand(sha256, prk, info, length);
    },
  },
  hpke: suiteHpke,
  signature: suiteSignature,
  rng: { randomBytes: random },
};

/** SHA-256 of the parts one after the other; text parts as UTF-8. */
export function digest(...parts: (Uint8Array | string)[]): Uint8Array {
  const hash = sha256.create();
  for (const part of parts) hash.update(typeof part === "string" ? utf8(part) : part);
  return hash.digest();
}
