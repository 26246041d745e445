/** Photos between two people: several at once, the original, pasted ones, the viewer, and what is no photo. */

import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { bomb, picture } from "../made.ts";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

const SOON = { timeout: 40_000 };

describe("pictures", () => {
  const town = useTown();
  let lan: Person;
  let mei: Person;

  beforeAll(async () => {
    lan = await town().owner("阿兰");
    mei = await town().friendOf(lan, "小梅");
    await mei.talksWith("阿兰");
    await lan.talksWith("小梅");
  });

  it("several are chosen, looked at and sent; they arrive in their order [ME5]", async () => {
    const photos = [
      await picture(lan.page, "一.jpg", { hue: 10 }),
      await picture(lan.page, "二.jpg", { hue: 130, width: 1200, height: 2400 }),
      await picture(lan.page, "三.png", { hue: 250, type: "image/png", width: 800, height: 600 }),
    ];
    await lan.picksPhotos(photos);
    await lan.button("attach.send_count", { count: 3 }).click();
    await expect.poll(() => lan.pictures().count(), SOON).toBe(3);
    await lan.allSent();
    await expect.poll(() => mei.pictures().count(), SOON).toBe(3);
    const shapes = await mei.pictures().evaluateAll((all) => all.map((one) => one.clientWidth < one.clientHeight));
    expect(shapes).toEqual([false, true, false]);
  });

  it("a tap shows one large, arrows lead to the others, and it can be saved", async () => {
    await mei.pictures().first().click();
    const large = mei.page.getByRole("dialog").locator("img");
    await expect.poll(() => large.first().evaluate((img) => (img as HTMLImageElement).naturalWidth), SOON).toBe(1600);
    await mei.seesWords("attach.place", { place: 1, count: 3 });
    await mei.page.keyboard.press("ArrowRight");
    await mei.seesWords("attach.place", { place: 2, count: 3 });
    const [download] = await Promise.all([mei.page.waitForEvent("download"), mei.button("media.save").click()]);
    expect((await readFile(await download.path())).length).toBeGreaterThan(10_000);
    await mei.button("media.close").click();
  });

  it("the original arrives byte for byte", async () => {
    const photo = await picture(lan.page, "原图.jpg");
    await lan.picksPhotos([photo]);
    await lan.page.getByLabel(lan.t("attach.original")).check({ force: true });
    await lan.seesWords("attach.original_note");
    await lan.button("chat.send").last().click();
    await expect.poll(() => mei.pictures().count(), SOON).toBe(4);
    await mei.pictures().last().click();
    const [download] = await Promise.all([mei.page.waitForEvent("download"), mei.button("media.save").click()]);
    expect((await readFile(await download.path())).equals(photo.buffer)).toBe(true);
    await mei.button("media.close").click();
  });

  it("what is no picture, and what would fill the memory, is refused in a sentence", async () => {
    await lan.picksPhotos([bomb()]);
    await lan.seesWords("attach.too_many_pixels", { name: "bomb.png" });
    await lan.picksPhotos([{ name: "信.jpg", mimeType: "image/jpeg", buffer: Buffer.from("只是文字".repeat(20)) }]);
    await lan.seesWords("attach.not_a_picture", { name: "信.jpg" });
    expect(await lan.pictures().count()).toBe(4);
  });

  it("without a network it waits, also through a reload, and goes by itself", async () => {
    await lan.losesNetwork();
    await lan.picksPhotos([await picture(lan.page, "离线.jpg", { hue: 60 })]);
    await lan.button("chat.send").last().click();
    await expect.poll(() => lan.pictures().count(), SOON).toBe(5);
    await lan.page.getByRole("img", { name: lan.t("message.sending") }).waitFor();
    await lan.findsNetwork();
    await lan.reloads();
    await expect.poll(() => mei.pictures().count(), SOON).toBe(5);
    await lan.allSent();
  });

  it("a pasted picture opens the preview", async () => {
    const { buffer } = await picture(lan.page, "贴.png", { type: "image/png", width: 300, height: 300 });
    await lan.page.evaluate(
      (bytes) => {
        const data = new DataTransfer();
        data.items.add(new File([new Uint8Array(bytes)], "贴.png", { type: "image/png" }));
        document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
      },
      [...buffer],
    );
    await lan.button("chat.send").last().click();
    await expect.poll(() => mei.pictures().count(), SOON).toBe(6);
  });
});
