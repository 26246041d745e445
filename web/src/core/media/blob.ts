import { sha256 } from "@noble/hashes/sha2.js";
import { concat, random } from "../bytes.ts";

/** The blob: content sealed in chunks that open alone, of a length that tells little of its own [ME1]–[ME4]. */

export const CONTENT_BYTES_MAX = 200 * 1024 * 1024;
export const CHUNK_BYTES = 65_536;
const TAG_BYTES = 16;
export const SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES;
const PADDED_BYTES_MIN = 4_096;
const KEY_BYTES = 32;
const PREFIX_BYTES = 7;

export const BLOB_ID_BYTES = 16;

/** Chosen by the device that uploads it. */
export function freshBlobId(): Uint8Array {
  return random(BLOB_ID_BYTES);
}

export interface Secrets {
  key: Uint8Array;
  prefix: Uint8Array;
}

export function freshSecrets(): Secrets {
  return { key: random(KEY_BYTES), prefix: random(PREFIX_BYTES) };
}

/** Padmé [ME2]. */
export function paddedBytes(contentBytes: number): number {
  const length = Math.max(contentBytes, PADDED_BYTES_MIN);
  const exponent = 31 - Math.clz32(length);
  const mask = 2 ** (exponent - (32 - Math.clz32(exponent))) - 1;
  return (length + mask) & ~mask;
}

/** The length of the blob of so much content [ME3]. */
export function blobBytes(contentBytes: number): number {
  const padded = paddedBytes(contentBytes);
  return padded + TAG_BYTES * Math.ceil(padded / CHUNK_BYTES);
}

type Plain = Uint8Array<ArrayBuffer>;

/** Seals and opens the chunks of one blob of `size` bytes of content. */
export class BlobCipher {
  readonly padded: number;
  readonly chunks: number;

  private constructor(
    private readonly key: CryptoKey,
    private readonly prefix: Uint8Array,
    readonly size: number,
  ) {
    this.padded = paddedBytes(size);
    this.chunks = Math.ceil(this.padded / CHUNK_BYTES);
  }

  static async of({ key, prefix }: Secrets, size: number): Promise<BlobCipher> {
    const imported = await crypto.subtle.importKey("raw", key as Plain, "AES-GCM", false, ["encrypt", "decrypt"]);
    return new BlobCipher(imported, prefix, size);
  }

  /** How long chunk `index` is as written. */
  sealedBytes(index: number): number {
    return Math.min(CHUNK_BYTES, this.padded - index * CHUNK_BYTES) + TAG_BYTES;
  }

  /** How much of chunk `index` is content; the rest is padding. */
  contentBytes(index: number): number {
    return Math.max(0, Math.min(CHUNK_BYTES, this.size - index * CHUNK_BYTES));
  }

  /** `content` is exactly what the chunk holds; padding is added. */
  async seal(index: number, content: Uint8Array): Promise<Plain> {
    const plain = new Uint8Array(this.sealedBytes(index) - TAG_BYTES);
    plain.set(content);
    return new Uint8Array(await crypto.subtle.encrypt(this.parameters(index), this.key, plain));
  }

  /** The content of a chunk, or null when it is not the one that was sealed there. */
  async open(index: number, sealed: Uint8Array): Promise<Uint8Array | null> {
    if (sealed.length !== this.sealedBytes(index)) return null;
    try {
      const plain = await crypto.subtle.decrypt(this.parameters(index), this.key, sealed as Plain);
      return new Uint8Array(plain, 0, this.contentBytes(index));
    } catch {
      return null;
    }
  }

  private parameters(index: number): AesGcmParams {
    const place = new Uint8Array(5);
    new DataView(place.buffer).setUint32(0, index);
    place[4] = Number(index === this.chunks - 1);
    return { name: "AES-GCM", iv: concat(this.prefix, place) as Plain };
  }
}

/** What fixes one content for all readers: the hash over the chunks' hashes, in order [ME4]. */
export class ContentHash {
  private readonly whole = sha256.create();

  async add(sealed: Uint8Array): Promise<void> {
    this.addHash(await chunkHash(sealed));
  }

  addHash(hash: Uint8Array): void {
    this.whole.update(hash);
  }

  digest(): Uint8Array {
    return this.whole.digest();
  }
}

export async function chunkHash(sealed: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", sealed as Plain));
}
