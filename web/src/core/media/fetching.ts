import { equal } from "../bytes.ts";
import { BlobCipher, blobBytes, CHUNK_BYTES, ContentHash, SEALED_CHUNK_BYTES, type Secrets } from "./blob.ts";
import { Broken, chunksOf } from "./cutting.ts";
import type { OpenFile } from "./files.ts";
import type { Transport } from "./transport.ts";

/**
 * A blob's content into a file: chunk by chunk in order, nothing kept that did not open, and no end before the whole is what was
 * said of it [ME6]. What was stored is not fetched again after a break.
 */

const STORED_EVERY_CHUNKS = 16;
const SILENCE_MS_MAX = 30_000;

/** What must be known to open a blob, and to know it for the right one. */
export interface Sealed {
  secrets: Secrets;
  hash: Uint8Array;
  bytes: number;
}

export interface Fetch {
  blob: string;
  sealed: Sealed;
  begun: Blob | null; // what was stored before
  open(): Promise<OpenFile>;
  stored(bytes: number): void;
  abort: AbortController; // given when the line went silent
  later(ms: number, run: () => void): () => void;
}

/** Throws Broken, NotThere, StoreFull, CoreError offline. */
export async function fetchContent(transport: Transport, fetch: Fetch): Promise<void> {
  const { sealed, abort, open, stored } = fetch;
  const cipher = await BlobCipher.of(sealed.secrets, sealed.bytes);
  const hash = new ContentHash();
  let next = await hashStored(fetch.begun, cipher, hash);
  const response = await transport.fetch(fetch.blob, next * SEALED_CHUNK_BYTES, null, abort.signal);
  const begun = response.status === 206 ? next : 0;
  if (begun !== next) throw new Broken(); // it was asked for a part
  const left = blobBytes(sealed.bytes) - next * SEALED_CHUNK_BYTES;
  const told = response.headers.get("content-length");
  if ((told !== null && Number(told) !== left) || response.body === null) throw new Broken();
  const file = await open();
  try {
    const watch = () => fetch.later(SILENCE_MS_MAX, () => abort.abort());
    for await (const chunk of chunksOf(response.body, cipher, { first: next, end: cipher.chunks }, watch)) {
      const content = await cipher.open(next, chunk);
      if (content === null) throw new Broken();
      await hash.add(chunk);
      if (content.length > 0) file.write(content, next * CHUNK_BYTES);
      next += 1;
      if (next % STORED_EVERY_CHUNKS === 0) {
        file.flush();
        stored(Math.min(sealed.bytes, next * CHUNK_BYTES));
      }
    }
    file.flush();
  } finally {
    file.close();
  }
  if (!equal(hash.digest(), sealed.hash)) throw new Broken();
}

/** Takes the whole chunks stored before into the hash, and says which is next. */
async function hashStored(stored: Blob | null, cipher: BlobCipher, hash: ContentHash): Promise<number> {
  const whole = stored === null ? 0 : Math.min(cipher.chunks, Math.floor(stored.size / CHUNK_BYTES));
  for (let index = 0; stored !== null && index < whole; index++) {
    const part = await stored.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES).arrayBuffer();
    await hash.add(await cipher.seal(index, new Uint8Array(part)));
  }
  return whole;
}
