import { picture } from "../../e2e/made.ts";
import type { Person as InBrowser } from "../../e2e/person.ts";
import type { OutgoingFile } from "../../web/src/core/api.ts";
import type { Person } from "../../web/tests/core/world/person.ts";

const KINDS = 24;
const AT_ONCE = 20;
const SOON_MS = 600_000;

/** Sends so many photos of many colours and shapes, each with its thumbnail, and waits until the other has them all. */
export async function fillWithPhotos(from: Person, to: InBrowser, photos: number): Promise<void> {
  const kinds: OutgoingFile[] = [];
  for (let i = 0; i < KINDS; i++) {
    const [width, height] = i % 3 === 0 ? [900, 1200] : [1200, 900];
    const large = await picture(to.page, "photo.jpg", { width, height, hue: i * 15 });
    const small = await picture(to.page, "photo.jpg", { width: width / 4, height: height / 4, hue: i * 15 });
    const content = new Blob([new Uint8Array(large.buffer)], { type: "image/jpeg" });
    const plain = { name: "photo.jpg", type: "image/jpeg", ms: 0, wave: [] };
    kinds.push({ ...plain, kind: "picture", content, width, height, thumb: new Uint8Array(small.buffer) });
  }
  const id = (await from.until("contacts", undefined, (people) => people.some(({ name }) => name === to.name))).find(
    ({ name }) => name === to.name,
  )?.id;
  const chat = `d:${id}`;
  await to.goes("/");
  for (let done = 0; done < photos; done += AT_ONCE) {
    const count = Math.min(AT_ONCE, photos - done);
    const files = Array.from({ length: count }, (_, i) => kinds[(done + i) % KINDS]).filter((one) => one !== undefined);
    await from.call("sendFiles", { chat, files });
    await from.until("connection", undefined, ({ waiting }) => waiting === 0, SOON_MS);
    process.stderr.write(`\r  ${done + count} of ${photos} photos`);
  }
  const last = `照片到第${photos}张`;
  await from.say(chat, last);
  await to.row(from.name).getByText(last).waitFor({ timeout: SOON_MS });
  process.stderr.write("\n");
}
