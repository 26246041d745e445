import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { concat, equal, fromBase64, fromHex, hex, random } from "../bytes.ts";
import type { KeyPair } from "./hpke.ts";

/** X25519 and Ed25519 by WebCrypto, ten times as fast, where it has them; by noble where it has not. */

type Raw = Uint8Array<ArrayBuffer>;

const NONE = new Uint8Array();
const BASE_POINT = concat(Uint8Array.of(9), new Uint8Array(31));
const PKCS8_X25519 = fromHex("302e020100300506032b656e04220420");
const PKCS8_ED25519 = fromHex("302e020100300506032b657004220420");
const SIGN_KEYS_MAX = 4;

async function nativeDiffieHellman(privateKey: Uint8Array, publicKey: Uint8Array): Promise<Uint8Array> {
  const { subtle } = crypto;
  const pkcs8 = concat(PKCS8_X25519, privateKey) as Raw;
  const own = await subtle.importKey("pkcs8", pkcs8, "X25519", false, ["deriveBits"]);
  const other = await subtle.importKey("raw", publicKey as Raw, "X25519", false, []);
  return new Uint8Array(await subtle.deriveBits({ name: "X25519", public: other }, own, 256));
}

async function nativeKeyPair(): Promise<KeyPair> {
  const pair = await crypto.subtle.generateKey("X25519", true, ["deriveBits"]);
  if (!("privateKey" in pair)) throw new Error("a pair was asked for");
  const { d, x } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  if (d === undefined || x === undefined) throw new Error("a pair was asked for");
  return { privateKey: fromBase64(d), publicKey: fromBase64(x) };
}

async function nativeVerify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  const key = await crypto.subtle.importKey("raw", publicKey as Raw, "Ed25519", false, ["verify"]);
  return crypto.subtle.verify("Ed25519", key, signature as Raw, message as Raw);
}

const signKeys = new Map<string, Promise<CryptoKey>>();

async function nativeSign(signKey: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
  const name = hex(signKey);
  let key = signKeys.get(name);
  if (key === undefined) {
    if (signKeys.size >= SIGN_KEYS_MAX) signKeys.clear();
    key = crypto.subtle.importKey("pkcs8", concat(PKCS8_ED25519, signKey) as Raw, "Ed25519", false, ["sign"]);
    signKeys.set(name, key);
  }
  return new Uint8Array(await crypto.subtle.sign("Ed25519", await key, message as Raw));
}

/** Whether the browser can, asked once: X25519 must agree with noble, Ed25519 with RFC 8032's first vector. */
const native = {
  x25519: once(async () => {
    const made = await nativeKeyPair();
    if (!equal(made.publicKey, x25519.getPublicKey(made.privateKey))) return false;
    const seed = fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    return equal(await nativeDiffieHellman(seed, BASE_POINT), x25519.getPublicKey(seed));
  }),
  ed25519: once(async () => {
    const seed = fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    const publicKey = fromHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    return nativeVerify(publicKey, NONE, await nativeSign(seed, NONE));
  }),
};

function once(ask: () => Promise<boolean>): () => Promise<boolean> {
  let answer: Promise<boolean> | null = null;
  return () => {
    answer ??= ask().catch(() => false);
    return answer;
  };
}

export async function diffieHellman(privateKey: Uint8Array, publicKey: Uint8Array): Promise<Uint8Array> {
  if (await native.x25519()) return nativeDiffieHellman(privateKey, publicKey);
  return x25519.getSharedSecret(privateKey, publicKey);
}

export async function publicKeyOf(privateKey: Uint8Array): Promise<Uint8Array> {
  if (await native.x25519()) return nativeDiffieHellman(privateKey, BASE_POINT);
  return x25519.getPublicKey(privateKey);
}

export async function generateKeyPair(): Promise<KeyPair> {
  if (await native.x25519()) return nativeKeyPair();
  const privateKey = random(32);
  return { privateKey, publicKey: x25519.getPublicKey(privateKey) };
}

export async function sign(signKey: Uint8Array, message: Uint8Array): Promise<Uint8Array> {
  if (await native.ed25519()) return nativeSign(signKey, message);
  return ed25519.sign(message, signKey);
}

/** False, never an error, for anything that is not a valid signature. */
export async function verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  try {
    if (await native.ed25519()) return await nativeVerify(publicKey, message, signature);
    return ed25519.verify(signature, message, publicKey);
  } catch {
    return false;
  }
}
