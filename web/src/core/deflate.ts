import { concat } from "./bytes.ts";

/** Raw DEFLATE, by the browser's own streams. */

/** More comes out than the caller will take. */
export class TooLong extends Error {}

async function through(
  stream: CompressionStream | DecompressionStream,
  bytes: Uint8Array,
  bytesMax: number,
): Promise<Uint8Array> {
  const reader = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(stream).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return concat(...parts);
    length += value.length;
    if (length > bytesMax) throw new TooLong();
    parts.push(value);
  }
}

export function deflate(bytes: Uint8Array): Promise<Uint8Array> {
  return through(new CompressionStream("deflate-raw"), bytes, Number.MAX_SAFE_INTEGER);
}

/** Throws TooLong, or TypeError for what is no such stream. */
export function inflate(bytes: Uint8Array, bytesMax: number): Promise<Uint8Array> {
  return through(new DecompressionStream("deflate-raw"), bytes, bytesMax);
}
