import { concat } from "../bytes.ts";
import { BlobCipher, CHUNK_BYTES, ContentHash, SEALED_CHUNK_BYTES, type Secrets } from "./blob.ts";

/** A blob of content small enough to be held whole [ME3] [ME4]. */

export async function sealWhole(
  secrets: Secrets,
  content: Uint8Array,
): Promise<{ blob: Uint8Array; hash: Uint8Array }> {
  const cipher = await BlobCipher.of(secrets, content.length);
  const hash = new ContentHash();
  const chunks: Uint8Array[] = [];
  for (let index = 0; index < cipher.chunks; index++) {
    const sealed = await cipher.seal(index, content.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES));
    await hash.add(sealed);
    chunks.push(sealed);
  }
  return { blob: concat(...chunks), hash: hash.digest() };
}

/** The content and its hash; null when the blob is not of this length, or a chunk of it does not open. */
export async function openWhole(
  secrets: Secrets,
  bytes: number,
  blob: Uint8Array,
): Promise<{ content: Uint8Array; hash: Uint8Array } | null> {
  const cipher = await BlobCipher.of(secrets, bytes);
  const hash = new ContentHash();
  const parts: Uint8Array[] = [];
  for (let index = 0; index < cipher.chunks; index++) {
    const sealed = blob.slice(index * SEALED_CHUNK_BYTES, (index + 1) * SEALED_CHUNK_BYTES);
    const opened = await cipher.open(index, sealed);
    if (opened === null) return null;
    await hash.add(sealed);
    parts.push(opened);
  }
  const whole = blob.length === cipher.padded + (SEALED_CHUNK_BYTES - CHUNK_BYTES) * cipher.chunks;
  return whole ? { content: concat(...parts), hash: hash.digest() } : null;
}
