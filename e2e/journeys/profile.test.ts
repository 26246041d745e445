/** What somebody shows of herself: a picture and a line, for her friends only. */

import { expect, it } from "vitest";
import type { Person } from "../person.ts";
import { keepsBlobs } from "../shown.ts";
import { useTown } from "./use-town.ts";

const town = useTown();
let lan: Person;
let mei: Person;

/** A photograph as a telephone makes one: with the place where it was taken beside the picture. */
async function photograph(person: Person, width: number, height: number): Promise<Buffer> {
  const plain = await person.page.evaluate(
    ([w, h]) => {
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [w ?? 1, h ?? 1];
      const context = canvas.getContext("2d");
      if (context !== null) {
        context.fillStyle = "#c33";
        context.fillRect(0, 0, canvas.width, canvas.height);
      }
      return canvas.toDataURL("image/jpeg").split(",")[1] ?? "";
    },
    [width, height],
  );
  const jpeg = Buffer.from(plain, "base64");
  const told = Buffer.from("Exif\0\0GPS 31.2304 N 121.4737 E");
  const segment = Buffer.concat([Buffer.from([0xff, 0xe1, 0, told.length + 2]), told]);
  return Buffer.concat([jpeg.subarray(0, 2), segment, jpeg.subarray(2)]);
}

it("is chosen, cut square, made anew, and seen by a friend wherever she is shown", async () => {
  lan = await town().owner("阿兰");
  mei = await town().arrives("小梅");
  await keepsBlobs(mei);
  await mei.joins(await lan.showsCode());
  await lan.talksWith("小梅");
  await lan.says("换了头像，看看");
  await mei.talksWith("阿兰");
  await mei.reads("换了头像，看看");

  await lan.goes("/me/profile/picture");
  const buffer = await photograph(lan, 1600, 900);
  expect(buffer.includes("GPS 31.2304")).toBe(true);
  const file = { name: "IMG_2020.jpg", mimeType: "image/jpeg", buffer };
  await lan.page.getByLabel(lan.t("picture.choose")).setInputFiles(file);
  await lan.page.getByLabel(lan.t("picture.zoom")).fill("2");
  await lan.button("common.done").click();
  await lan.page.locator(".who img, .cell img").filter({ visible: true }).first().waitFor();
  await lan.goes("/me/profile");
  await lan.page.getByRole("button", { name: lan.t("profile.status") }).click();
  await lan.answersLine("在广州看孙子");
  await lan.sees("在广州看孙子");

  await mei.page.locator(".row .who img").first().waitFor();
  await mei.goes("/");
  await mei.row("阿兰").locator("img").waitFor();
  await mei.goes("/contacts");
  await mei.page.getByRole("link", { name: "阿兰" }).filter({ visible: true }).first().click();
  await mei.sees("在广州看孙子");
  const image = mei.page.locator("img[src^='blob:']").filter({ visible: true }).first();
  const seen = await image.evaluate(async (shown) => {
    const { src, naturalWidth, naturalHeight } = shown as HTMLImageElement;
    const blob = (Reflect.get(globalThis, "shownBlobs") as Map<string, Blob>).get(src);
    const bytes = new Uint8Array((await blob?.arrayBuffer()) ?? new ArrayBuffer(0));
    return { naturalWidth, naturalHeight, size: bytes.length, text: new TextDecoder("latin1").decode(bytes) };
  });
  expect([seen.naturalWidth, seen.naturalHeight]).toEqual([320, 320]);
  expect(seen.size).toBeGreaterThan(100);
  expect(seen.size).toBeLessThanOrEqual(64 * 1024);
  expect(seen.text).not.toMatch(/Exif|GPS/);
});

it("is not taken from what is no picture", async () => {
  await lan.goes("/me/profile/picture");
  const input = lan.page.getByLabel(lan.t("picture.choose"));
  await input.setInputFiles({ name: "a.jpg", mimeType: "image/jpeg", buffer: Buffer.from("not a picture") });
  await lan.seesWords("errors.picture_unusable");
  await lan.button("picture.remove").click();
  await mei.goes("/");
  await mei.row("阿兰").locator("img").waitFor({ state: "detached" });
});
