import { CoreError } from "../api.ts";

/** What a file says in letters: in UTF-8 or UTF-16, or as Chinese Windows writes it (GB18030, and so GBK). */

const MARKS: readonly [label: string, mark: readonly number[]][] = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/** Throws CoreError not_a_chat for what is no text. */
export function readText(bytes: Uint8Array): string {
  const marked = MARKS.find(([, mark]) => mark.every((byte, i) => bytes[i] === byte));
  for (const label of marked === undefined ? ["utf-8", "gb18030"] : [marked[0]]) {
    try {
      const text = new TextDecoder(label, { fatal: true }).decode(bytes);
      if (!text.includes("\0")) return text;
    } catch {
      // The next one may be it.
    }
  }
  throw new CoreError("not_a_chat");
}
