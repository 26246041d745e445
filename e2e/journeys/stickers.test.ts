/** The expression panel: emoji by kind, the app's own stickers, and one's own out of any picture. */

import { beforeAll, describe, expect, it } from "vitest";
import { blinking, type Made, picture } from "../made.ts";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

const SOON = { timeout: 40_000 };

describe("stickers", () => {
  const town = useTown();
  let lan: Person;
  let mei: Person;

  beforeAll(async () => {
    lan = await town().owner("阿兰");
    mei = await town().friendOf(lan, "小梅");
    await mei.talksWith("阿兰");
    await lan.talksWith("小梅");
  });

  const received = (person: Person) =>
    person.page.getByRole("article").getByRole("img", { name: person.t("kind.sticker") });
  const own = (person: Person, place: number) => person.button("sticker.own", { place });

  async function makesOf(person: Person, made: Made): Promise<void> {
    const [chooser] = await Promise.all([
      person.page.waitForEvent("filechooser"),
      person.button("sticker.make").first().click(),
    ]);
    await chooser.setFiles(made);
  }

  it("emoji stand by kind, and a tap on a kind leads there", async () => {
    await lan.button("chat.emoji").click();
    await lan.button("emoji.food").click();
    await lan.page.getByRole("button", { name: "🥟", exact: true }).click();
    expect(await lan.writing().inputValue()).toBe("🥟");
    await lan.button("chat.erase").click();
    expect(await lan.writing().inputValue()).toBe("");
  });

  it("one of the app's own goes with a tap", async () => {
    await lan.page.getByRole("tab", { name: lan.t("sticker.goose") }).click();
    await lan.page.getByRole("button", { name: /你好呀/ }).click();
    await expect.poll(() => received(mei).count(), SOON).toBe(1);
    await expect.poll(() => received(mei).first().locator("img").getAttribute("src"), SOON).toMatch(/^blob:/);
  });

  it("any picture is cut square and becomes one; the other keeps it, and sends it back", async () => {
    await lan.page.getByRole("tab", { name: lan.t("sticker.own_all") }).click();
    await makesOf(lan, await picture(lan.page, "猫.jpg", { width: 900, height: 600 }));
    await lan.button("common.done").click();
    await own(lan, 1).click();
    await expect.poll(() => received(mei).count(), SOON).toBe(2);
    await received(mei).last().click({ button: "right" });
    await mei.page.getByRole("menuitem", { name: mei.t("action.keep_sticker"), exact: true }).click();
    await mei.seesWords("sticker.kept");
    await mei.button("chat.emoji").click();
    await mei.page.getByRole("tab", { name: mei.t("sticker.own_all") }).click();
    await own(mei, 1).click();
    await expect.poll(() => received(lan).count(), SOON).toBe(3);
  });

  it("one that moves is kept as it is, and stays after a reload", async () => {
    await makesOf(lan, blinking("眨眼.gif"));
    await own(lan, 2).waitFor();
    await own(lan, 1).click();
    await expect.poll(() => received(mei).count(), SOON).toBe(4);
    const seen = new Set<string>();
    await expect
      .poll(async () => seen.add((await received(mei).last().screenshot()).toString("base64")).size, SOON)
      .toBeGreaterThan(1);
    await lan.reloads();
    await lan.button("chat.emoji").click();
    await own(lan, 2).waitFor();
  });

  it("what is too large, or no picture, is refused in words", async () => {
    const large = { name: "大.gif", mimeType: "image/gif", buffer: Buffer.alloc(20_000_001, "GIF89a") };
    await makesOf(lan, large);
    await lan.seesWords("sticker.too_large", { size: "20 MB" });
    await makesOf(lan, { name: "信.png", mimeType: "image/png", buffer: Buffer.from("只是文字".repeat(20)) });
    await lan.seesWords("attach.not_a_picture", { name: "信.png" });
    expect(await own(lan, 3).count()).toBe(0);
  });
});
