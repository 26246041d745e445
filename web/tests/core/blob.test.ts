import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { concat, fromHex, hex } from "../../src/core/bytes.ts";
import { BlobCipher, blobBytes, CHUNK_BYTES, ContentHash, paddedBytes } from "../../src/core/media/blob.ts";

const GOLDEN = resolve(import.meta.dirname, "../../../protocol/golden/blob.json");

interface Sample {
  name: string;
  size: number;
  blob_bytes: number;
  chunks: number;
  head: string;
  tail: string;
  blob_sha256: string;
  content_hash: string;
}

const golden = JSON.parse(readFileSync(GOLDEN, "utf-8")) as {
  key: string;
  prefix: string;
  samples: Sample[];
  sizes: { size: number; padded_bytes: number; blob_bytes: number }[];
};
const secrets = { key: fromHex(golden.key), prefix: fromHex(golden.prefix) };

function contentOf(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => (31 * i + Math.floor(i / 256) + 7) % 256);
}

async function sealed(size: number): Promise<Uint8Array[]> {
  const cipher = await BlobCipher.of(secrets, size);
  const content = contentOf(size);
  const chunks: Uint8Array[] = [];
  for (let i = 0; i < cipher.chunks; i++) {
    chunks.push(await cipher.seal(i, content.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES)));
  }
  return chunks;
}

describe("a blob", () => {
  it.each(golden.samples)("is written and read as in the golden bytes of $name [ME3] [ME4] [ME7]", async (sample) => {
    const chunks = await sealed(sample.size);
    const blob = concat(...chunks);
    const hash = new ContentHash();
    for (const chunk of chunks) await hash.add(chunk);
    expect(chunks.length).toBe(sample.chunks);
    expect(blob.length).toBe(sample.blob_bytes);
    expect(hex(blob.subarray(0, 32))).toBe(sample.head);
    expect(hex(blob.subarray(-32))).toBe(sample.tail);
    expect(createHash("sha256").update(blob).digest("hex")).toBe(sample.blob_sha256);
    expect(hex(hash.digest())).toBe(sample.content_hash);
    const cipher = await BlobCipher.of(secrets, sample.size);
    const opened = await Promise.all(chunks.map((chunk, i) => cipher.open(i, chunk)));
    expect(hex(concat(...opened.map((one) => one ?? new Uint8Array([0]))))).toBe(hex(contentOf(sample.size)));
  });

  it.each(golden.sizes)("of $size bytes is padded to $padded_bytes [ME2]", ({ size, padded_bytes, blob_bytes }) => {
    expect([paddedBytes(size), blobBytes(size)]).toEqual([padded_bytes, blob_bytes]);
  });

  it("opens no chunk at another place, shortened or changed [ME6]", async () => {
    const [first = new Uint8Array(), second = new Uint8Array()] = await sealed(3 * CHUNK_BYTES);
    const cipher = await BlobCipher.of(secrets, 3 * CHUNK_BYTES);
    expect(await cipher.open(0, second)).toBeNull();
    expect(await cipher.open(1, first)).toBeNull();
    expect(await cipher.open(0, first.subarray(1))).toBeNull();
    expect(
      await cipher.open(
        0,
        first.map((byte, i) => (i === 9 ? byte ^ 1 : byte)),
      ),
    ).toBeNull();
    const shorter = await BlobCipher.of(secrets, 2 * CHUNK_BYTES);
    expect(await shorter.open(1, second)).toBeNull(); // the last chunk says that it is the last
  });
});
