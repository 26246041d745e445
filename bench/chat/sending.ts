import { picture } from "../../e2e/made.ts";
import type { Person } from "../../e2e/person.ts";
import { percentile } from "../app/percentile.ts";

const TIMES = 5;
const BYTES = 5_000_000;

/** Seconds from the tap on "send" of a 5 MB original until the other has all of it before her; the median. */
export async function photoShownS(from: Person, to: Person): Promise<number> {
  const photo = await picture(from.page, "原图.jpg", { width: 2400, height: 1800 });
  // As long as a telephone's: what follows the end of a JPEG is not looked at.
  const padding = crypto.getRandomValues(new Uint8Array(65_536));
  const parts = [photo.buffer];
  for (let length = photo.buffer.length; length < BYTES; length += padding.length) parts.push(Buffer.from(padding));
  const buffer = Buffer.concat(parts).subarray(0, BYTES);
  await to.talksWith(from.name);
  await from.talksWith(to.name);
  const times: number[] = [];
  for (let time = 0; time < TIMES; time++) {
    await from.picksPhotos([{ ...photo, buffer }]);
    await from.page.getByLabel(from.t("attach.original")).check({ force: true });
    await from.seesWords("attach.original_note");
    const startedAt = performance.now();
    await from.button("chat.send").last().click();
    await to.pictures().nth(time).waitFor();
    await to.pictures().nth(time).click();
    const large = to.page.getByRole("dialog").locator("img");
    await to.page.waitForFunction(() =>
      [...document.querySelectorAll<HTMLImageElement>("dialog img")].some((one) => one.naturalWidth === 2400),
    );
    times.push((performance.now() - startedAt) / 1000);
    await large.first().waitFor();
    await to.button("media.close").click();
  }
  return percentile(times, 0.5);
}
