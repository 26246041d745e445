import type { MediaState, Message, OutgoingFile } from "../../../src/core/api.ts";
import type { Person } from "./person.ts";

/** Files for the stories: made, sent, waited for. */

export function file(bytes: number, more: Partial<OutgoingFile> = {}): OutgoingFile {
  const content = new Blob([Uint8Array.from({ length: bytes }, (_, i) => (7 * i + (i >> 9)) % 251)]);
  const plain = { width: 0, height: 0, ms: 0, wave: [], thumb: null };
  return { kind: "picture", content, name: "图.webp", type: "image/webp", ...plain, ...more };
}

/** To be compared by `equals`: Vitest's `toEqual` takes seconds for a megabyte. */
export async function bytesOf(content: Blob): Promise<Buffer> {
  return Buffer.from(await content.arrayBuffer());
}

/** The message whose file has this name, once it is there. */
export async function gets(person: Person, chat: string, name: string, patienceMs?: number): Promise<Message> {
  const named = ({ detail }: Message) => detail !== null && "bytes" in detail && detail.name === name;
  const { messages } = await person.until(
    "messages",
    { chat, before: null, limit: 100 },
    (answer) => answer.messages.some(named),
    patienceMs,
  );
  const found = messages.findLast(named);
  if (found === undefined) throw new Error("got and gone");
  return found;
}

export function place(person: Person, id: string, wanted: MediaState["state"]): Promise<MediaState | null> {
  return person.until("media", { id }, (media) => media?.state === wanted);
}
