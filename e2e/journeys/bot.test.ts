/** A program of ten lines answers a person in her browser: the other client, on another MLS library. */

import { afterAll, describe, expect, it } from "vitest";
import { Bot } from "../bot.ts";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

describe("the echo bot", () => {
  const town = useTown();
  let lan: Person;
  let bot: Bot;
  let link: string;

  afterAll(async () => {
    await bot.remove();
  });

  /** Waits until the same words stand in the open chat so often. */
  async function stands(text: string, times: number): Promise<void> {
    await expect.poll(() => lan.bubble(text).count(), { timeout: 60_000, message: bot.output }).toBe(times);
  }

  it("joins by her QR code, and answers [CT2] [CT3]", async () => {
    lan = await town().owner("阿兰");
    link = await lan.showsCode();
    bot = await Bot.start("echo.py", link);
    await lan.isFriendOf("回声");
    await lan.talksWith("回声");
    await lan.says("你好");
    await stands("你好", 2);
  });

  it("answers after it was killed, once, also what was said while it was away [DS5]", async () => {
    await bot.kill();
    await lan.says("在吗？");
    await lan.allSent();
    bot.run(link);
    await stands("在吗？", 2);
    await lan.says("好的");
    await stands("好的", 2);
    expect(await lan.bubble("你好").count()).toBe(2);
    expect(await lan.bubble("在吗？").count()).toBe(2);
  });

  it("is taken into a group whose rules it follows [GP3] [GP8]", async () => {
    await lan.makesGroup("机器人之家", ["回声"]);
    await lan.says("大家好");
    await stands("大家好", 2);
  });
});
