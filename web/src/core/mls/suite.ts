import { gcm } from "@noble/ciphers/aes.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { CiphersuiteImpl, Hpke, PrivateKey, PublicKey, Signature } from "ts-mls";
import { equal, random, utf8 } from "../bytes.ts";
import { diffieHellman, generateKeyPair, publicKeyOf, sign, verify } from "./curves.ts";
import * as hpke from "./hpke.ts";

/**
 * MLS cipher suite 0x0001 for ts-mls: hashing and AEAD on noble, because thousands of small calls would each cross
 * into the browser; curves by the browser where it has them.
 *
 * Keys stay raw bytes here; ts-mls types them as CryptoKey but only ever hands them back to this object.
 */

function asBytes(key: PublicKey | PrivateKey): Uint8Array {
  return key as unknown as Uint8Array;
}

function asKey<K extends PublicKey | PrivateKey>(bytes: Uint8Array): K {
  return bytes as unknown as K;
}

const NONE = new Uint8Array();

/** An ephemeral key's side of the KEM: `enc`, and the box's key schedule. */
async function toPublicKey(publicKey: Uint8Array, info: Uint8Array) {
  const ephemeral = await generateKeyPair();
  const shared = await diffieHellman(ephemeral.privateKey, publicKey);
  const secret = hpke.sharedSecret(shared, ephemeral.publicKey, publicKey);
  return { enc: ephemeral.publicKey, context: hpke.schedule(secret, info) };
}

async function fromEnc(privateKey: Uint8Array, enc: Uint8Array, info: Uint8Array): Promise<hpke.Context> {
  const shared = await diffieHellman(privateKey, enc);
  return hpke.schedule(hpke.sharedSecret(shared, enc, await publicKeyOf(privateKey)), info);
}

const suiteHpke: Hpke = {
  keyLength: 16,
  nonceLength: 12,
  async open(privateKey, enc, ciphertext, info, aad) {
    const { key, nonce } = await fromEnc(asBytes(privateKey), enc, info);
    return gcm(key, nonce, aad ?? NONE).decrypt(ciphertext);
  },
  async seal(publicKey, plaintext, info, aad) {
    const { enc, context } = await toPublicKey(asBytes(publicKey), info);
    return { enc, ct: gcm(context.key, context.nonce, aad ?? NONE).encrypt(plaintext) };
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
    const sent = await toPublicKey(asBytes(publicKey), info);
    return { enc: sent.enc, secret: hpke.exportSecret(sent.context, context, length) };
  },
  async importSecret(privateKey, context, enc, length, info) {
    return hpke.exportSecret(await fromEnc(asBytes(privateKey), enc, info), context, length);
  },
  async deriveKeyPair(ikm) {
    const privateKey = hpke.derivePrivateKey(ikm);
    return { privateKey: asKey<PrivateKey>(privateKey), publicKey: asKey<PublicKey>(await publicKeyOf(privateKey)) };
  },
  async generateKeyPair() {
    const { privateKey, publicKey } = await generateKeyPair();
    return { privateKey: asKey<PrivateKey>(privateKey), publicKey: asKey<PublicKey>(publicKey) };
  },
};

const suiteSignature: Signature = {
  sign,
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
