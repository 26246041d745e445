import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from "node:crypto";
import type { CiphersuiteImpl } from "ts-mls";
import type { Library } from "./tsPeer";

const NAME = "MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519";

/** Suite 1 on the library's own noble provider. */
export async function nobleSuite(library: Library): Promise<CiphersuiteImpl> {
  return library.getCiphersuiteImpl(library.getCiphersuiteFromName(NAME), library.nobleCryptoProvider);
}

/**
 * The same suite with hashes, key derivation and signatures by OpenSSL: three times as many operations a second.
 * What a soak looks at is the tree and the key schedule, not the primitives.
 */
export async function opensslSuite(library: Library): Promise<CiphersuiteImpl> {
  const noble = await nobleSuite(library);
  const mac = (key: Uint8Array, data: Uint8Array) => new Uint8Array(createHmac("sha256", key).update(data).digest());
  return {
    ...noble,
    hash: {
      digest: async (data) => new Uint8Array(createHash("sha256").update(data).digest()),
      mac: async (key, data) => mac(key, data),
      verifyMac: async (key, tag, data) => tag.length === 32 && timingSafeEqual(mac(key, data), tag),
    },
    kdf: {
      size: 32,
      extract: async (salt, ikm) => mac(salt.length === 0 ? new Uint8Array(32) : salt, ikm),
      expand: async (prk, info, length) => expand(mac, prk, info, length),
    },
    signature: {
      ...noble.signature,
      sign: async (key, message) => new Uint8Array(sign(null, message, privateKey(key))),
      verify: async (key, message, signature) => verify(null, message, publicKey(key), signature),
    },
  };
}

/** HKDF-Expand of RFC 5869. */
function expand(
  mac: (key: Uint8Array, data: Uint8Array) => Uint8Array,
  prk: Uint8Array,
  info: Uint8Array,
  length: number,
): Uint8Array {
  const out = new Uint8Array(Math.ceil(length / 32) * 32);
  let block = new Uint8Array();
  for (let index = 0; index * 32 < length; index++) {
    block = new Uint8Array(mac(prk, Buffer.concat([block, info, Uint8Array.of(index + 1)])));
    out.set(block, index * 32);
  }
  return out.slice(0, length);
}

const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI_HEAD = Buffer.from("302a300506032b6570032100", "hex");

/** Parsed keys by their hex: parsing costs OpenSSL more than signing. A signing key is 32 bytes or PKCS#8 ending with them. */
const parsed = new Map<string, KeyObject>();

function privateKey(key: Uint8Array): KeyObject {
  return parsedOnce(key, () =>
    createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, key.subarray(-32)]), format: "der", type: "pkcs8" }),
  );
}

function publicKey(raw: Uint8Array): KeyObject {
  return parsedOnce(raw, () => createPublicKey({ key: Buffer.concat([SPKI_HEAD, raw]), format: "der", type: "spki" }));
}

function parsedOnce(key: Uint8Array, parse: () => KeyObject): KeyObject {
  const name = Buffer.from(key).toString("hex");
  const known = parsed.get(name) ?? parse();
  parsed.set(name, known);
  return known;
}
