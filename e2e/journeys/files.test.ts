/** Files, videos and the camera: sent, fetched on a tap, saved as they were, played; and what is refused. */

import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { film } from "../made.ts";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

const SOON = { timeout: 40_000 };

describe("files and videos", () => {
  const town = useTown();
  let lan: Person;
  let mei: Person;

  beforeAll(async () => {
    lan = await town().owner("阿兰");
    mei = await town().friendOf(lan, "小梅");
    for (const person of [lan, mei]) await person.context.grantPermissions(["microphone", "camera"]);
    await mei.talksWith("阿兰");
    await lan.talksWith("小梅");
  });

  const videos = (person: Person) => person.page.getByRole("button", { name: /播放视频/ });

  it("a file goes with its name, waits until it is wanted, and is saved byte for byte", async () => {
    const book = { name: "家谱 2026.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(400_000, "家谱") };
    await lan.picksFiles([book]);
    await lan.sees("家谱 2026.pdf");
    await lan.button("chat.send").last().click();
    const got = mei.page.getByRole("button", { name: "家谱 2026.pdf" });
    await got.waitFor();
    await mei.sees(mei.t("file.away"));
    const [download] = await Promise.all([mei.page.waitForEvent("download"), got.click()]);
    expect(download.suggestedFilename()).toBe("家谱 2026.pdf");
    expect((await readFile(await download.path())).equals(book.buffer)).toBe(true);
  });

  it("kept in 收藏 it opens from there, after the chat has forgotten it [FA1]", async () => {
    await mei.doesWith("家谱 2026.pdf", "action.favourite");
    await mei.seesWords("favourites.kept");
    await mei.doesWith("家谱 2026.pdf", "action.delete");
    await mei.confirms("common.delete");
    await mei.goes("/me/favourites");
    await mei.page.getByRole("button", { name: "家谱 2026.pdf" }).first().click();
    const [download] = await Promise.all([
      mei.page.waitForEvent("download"),
      mei.page.getByRole("button", { name: mei.t("media.save") }).click(),
    ]);
    expect((await readFile(await download.path())).length).toBe(Buffer.byteLength(Buffer.alloc(400_000, "家谱")));
    await mei.talksWith("阿兰");
  });

  it("a page that would run is only ever saved", async () => {
    const page = { name: "x.html", mimeType: "text/html", buffer: Buffer.from("<script>document.title='x'</script>") };
    await lan.picksFiles([page]);
    await lan.button("chat.send").last().click();
    const got = mei.page.getByRole("button", { name: "x.html" });
    const [download] = await Promise.all([mei.page.waitForEvent("download"), got.click()]);
    expect((await readFile(await download.path())).equals(page.buffer)).toBe(true);
    expect(mei.page.context().pages()).toHaveLength(1);
  });

  it("a video has its first picture and length, and plays", async () => {
    await lan.picksPhotos([await film(lan.page, "海边.webm")]);
    await lan.page.getByRole("dialog").locator("video").waitFor();
    await lan.button("chat.send").last().click();
    await expect.poll(() => videos(mei).count(), SOON).toBe(1);
    expect(await videos(mei).getAttribute("aria-label")).toMatch(/0:0[12]/);
    await videos(mei).click();
    const video = mei.page.getByRole("dialog").locator("video");
    await video.waitFor();
    await expect.poll(() => video.evaluate((one) => (one as HTMLVideoElement).currentTime), SOON).toBeGreaterThan(0.2);
    await mei.button("media.close").click();
  });

  it("a video that no browser plays goes as a file", async () => {
    const broken = Buffer.concat([Buffer.from("00000018667479706d703432", "hex"), Buffer.alloc(5_000, 7)]);
    await lan.picksPhotos([{ name: "旧机.mp4", mimeType: "video/mp4", buffer: broken }]);
    await lan.sees("旧机.mp4");
    await lan.button("chat.send").last().click();
    await mei.page.getByRole("button", { name: "旧机.mp4" }).waitFor();
    expect(await videos(mei).count()).toBe(1);
  });

  it("the camera takes a photo and films", async () => {
    await lan.opensMore("more.camera");
    await lan.button("camera.photo").click();
    await lan.page.getByRole("dialog").locator("img").first().waitFor();
    await lan.button("chat.send").last().click();
    await expect.poll(() => mei.pictures().count(), SOON).toBe(1);
    await lan.opensMore("more.camera");
    await lan.button("camera.film").click();
    await lan.page.waitForTimeout(1_500);
    await lan.button("camera.film_end").click();
    await lan.page.getByRole("dialog").locator("video").waitFor();
    await lan.button("chat.send").last().click();
    await expect.poll(() => videos(mei).count(), SOON).toBe(2);
  });
});
