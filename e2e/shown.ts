/** What a page shows or plays, kept as it is made: the policy lets no script read the address of a picture. */

import type { Person } from "./person.ts";

/** Call it before her first page. */
export async function keepsBlobs(person: Person): Promise<void> {
  await person.context.addInitScript(() => {
    const kept = new Map<string, Blob>();
    Reflect.set(globalThis, "shownBlobs", kept);
    const make = URL.createObjectURL.bind(URL);
    URL.createObjectURL = (blob: Blob) => {
      const url = make(blob);
      kept.set(url, blob);
      return url;
    };
  });
}

/** The type of each blob that was shown, and some bytes out of its middle that are unlike any other, in hex. */
export async function samplesOfShown(person: Person, bytes = 24): Promise<{ type: string; sample: string }[]> {
  return person.page.evaluate(async (length) => {
    const kept = Reflect.get(globalThis, "shownBlobs") as Map<string, Blob>;
    const found: { type: string; sample: string }[] = [];
    for (const blob of kept.values()) {
      const content = new Uint8Array(await blob.arrayBuffer());
      for (let at = content.length >> 1; at + length <= content.length; at += length) {
        const sample = [...content.subarray(at, at + length)];
        if (new Set(sample).size < length * 0.7) continue;
        found.push({ type: blob.type, sample: sample.map((byte) => byte.toString(16).padStart(2, "0")).join("") });
        break;
      }
    }
    return found;
  }, bytes);
}
