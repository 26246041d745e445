import { concat } from "../bytes.ts";
import type { BlobCipher } from "./blob.ts";

/** What came is not the blob that was named. */
export class Broken extends Error {}

/**
 * Cuts a stream of sealed bytes at the ends of the chunks `first` to before `end`. Throws Broken when it is shorter, or
 * longer than the blob. Call `watch` while nothing comes, and its answer when something has.
 */
export async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  cipher: BlobCipher,
  { first, end }: { first: number; end: number },
  watch: () => () => void,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let index = first;
  let unwatch = watch();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      unwatch();
      if (done) break;
      unwatch = watch();
      held.push(value);
      heldBytes += value.length;
      while (index < end && heldBytes >= cipher.sealedBytes(index)) {
        const whole = held.length === 1 && held[0] !== undefined ? held[0] : concat(...held);
        const length = cipher.sealedBytes(index);
        yield whole.subarray(0, length);
        held = whole.length > length ? [whole.subarray(length)] : [];
        heldBytes = whole.length - length;
        index += 1;
      }
      if (index === end && end < cipher.chunks) return;
    }
    if (index !== end || heldBytes > 0) throw new Broken();
  } finally {
    unwatch();
    await reader.cancel().catch(() => undefined);
  }
}
