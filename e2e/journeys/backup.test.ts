/** Mei sets six digits, loses her telephone, and is the same person again on a new one. */

import { expect, it } from "vitest";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

const PIN = "730194";
const town = useTown();
let lan: Person;
let mei: Person;

async function typesPin(person: Person, pin: string): Promise<void> {
  await person.page.getByRole("textbox", { name: /6 位找回密码|输入找回密码/ }).fill(pin);
}

it("two friends have a history", async () => {
  lan = await town().owner("阿兰");
  mei = await town().friendOf(lan, "小梅");
  await lan.talksWith("小梅");
  await lan.says("药在第二个抽屉");
  await mei.talksWith("阿兰");
  await mei.reads("药在第二个抽屉");
  await mei.says("记住了");
  await lan.reads("记住了");
});

it("she chooses six digits; one that is easy to guess is refused [BK5]", async () => {
  await mei.goes("/me/settings/backup/pin");
  await typesPin(mei, "123456");
  await mei.button("pin.next").click();
  await typesPin(mei, "123456");
  await mei.button("common.done").click();
  await mei.seesWords("errors.pin_too_easy");
  await typesPin(mei, PIN);
  await mei.button("pin.next").click();
  await typesPin(mei, PIN);
  await mei.button("common.done").click();
  await mei.seesWords("pin.done");
});

it("the backup is made, and was seen to open [BK6]", async () => {
  await mei.goes("/me/settings/backup");
  await mei.button("backup.now").click();
  await mei.seesWords("backup.done");
  await mei.sees("已验证能打开");
  expect(await mei.page.getByRole("link", { name: /6 位找回密码/ }).textContent()).toContain(mei.t("pin.set"));
});

it("her telephone is gone; name and six digits bring back everything [BK5]", async () => {
  await mei.context.close();
  const again = await town().arrives("小梅");
  await again.opens(again.url);
  await again.page.getByRole("link", { name: again.t("welcome.restore") }).click();
  await again.field("sign_in.name").fill("小梅");
  await typesPin(again, "999111");
  await again.button("restore.begin").click();
  await again.sees("名字或找回密码不对");
  await typesPin(again, PIN);
  await again.button("restore.begin").click();
  await again.arrivesAtChats();
  await again.talksWith("阿兰");
  await again.reads("药在第二个抽屉");
  await again.reads("记住了");
  await again.says("我换手机了");
  await lan.reads("我换手机了");
});
