/** Voice messages with the browser's fake microphone, which beeps: held, thrown away, by keyboard, heard in a row. */

import { beforeAll, describe, expect, it } from "vitest";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

const SOON = { timeout: 40_000 };

describe("voice", () => {
  const town = useTown();
  let lan: Person;
  let mei: Person;

  beforeAll(async () => {
    lan = await town().owner("阿兰");
    mei = await town().friendOf(lan, "小梅");
    await mei.talksWith("阿兰");
    await lan.talksWith("小梅");
  });

  const voices = (person: Person) => person.page.getByRole("button", { name: /播放语音|暂停语音/ });

  it("without leave to use the microphone she is told how to give it", async () => {
    await lan.button("voice.switch").click();
    await lan.holdsToTalk(300);
    await lan.seesWords("voice.cannot_title");
    await lan.seesWords("voice.microphone_denied");
    await lan.button("common.ok").click();
    await lan.context.grantPermissions(["microphone", "camera"]);
  });

  it("held and let go it is sent; the other sees how long it is, and a dot", async () => {
    await lan.holdsToTalk(2_500);
    await expect.poll(() => voices(lan).count(), SOON).toBe(1);
    await expect.poll(() => voices(mei).count(), SOON).toBe(1);
    await expect.poll(() => voices(mei).first().getAttribute("aria-label"), SOON).toMatch(/播放语音，[123] 秒 · 未听/);
  });

  it("too short, and slid up, nothing is sent", async () => {
    await lan.holdsToTalk(400);
    await lan.seesWords("voice.too_short");
    await lan.holdsToTalk(1_500, { slidesUp: true });
    await lan.button("voice.hold").waitFor();
    expect(await voices(lan).count()).toBe(1);
  });

  it("by keyboard a press begins and a press ends, the space bar can be held, and Escape throws away", async () => {
    await lan.button("voice.hold").focus();
    await lan.page.keyboard.press("Enter");
    await lan.seesWords("voice.escape");
    await lan.page.waitForTimeout(1_300);
    await lan.page.keyboard.press("Enter");
    await expect.poll(() => voices(lan).count(), SOON).toBe(2);
    await lan.button("voice.hold").focus();
    await lan.page.keyboard.press("Space");
    await lan.seesWords("voice.escape");
    await lan.page.keyboard.press("Escape");
    await lan.button("voice.hold").waitFor();
    await lan.page.keyboard.down("Space");
    await lan.seesWords("voice.slide_up");
    await lan.page.waitForTimeout(1_300);
    await lan.page.keyboard.up("Space");
    await expect.poll(() => voices(mei).count(), SOON).toBe(3);
  });

  it("a tap plays it, faster if she likes, the next one follows by itself, and the dots go", async () => {
    await voices(mei).first().click();
    const speed = mei.page.getByRole("button", { name: mei.t("voice.speed", { speed: 1 }), exact: true });
    await speed.click();
    await mei.page.getByRole("button", { name: mei.t("voice.speed", { speed: 1.5 }), exact: true }).waitFor();
    await expect
      .poll(async () => (await voices(mei).evaluateAll((all) => all.map((one) => one.ariaLabel))).join(), SOON)
      .not.toContain("未听");
  });

  it("it can be heard again after a reload, and is remembered as heard", async () => {
    await mei.reloads();
    await expect.poll(() => voices(mei).count(), SOON).toBe(3);
    expect((await voices(mei).evaluateAll((all) => all.map((one) => one.ariaLabel))).join()).not.toContain("未听");
  });
});
