/** A bill shared among four in a group: two pay, the others see who has not. */

import { it } from "vitest";
import type { Person } from "../person.ts";
import { confirms, has, withMoney } from "../wallet.ts";
import { useTown } from "./use-town.ts";

const town = useTown();
let lan: Person;
let mei: Person;
let bo: Person;
let grandma: Person;

/** Opens the card of the bill in the chat and pays. */
async function paysPart(person: Person): Promise<void> {
  await person.talksWith("周末聚餐群");
  await person.page.getByRole("link", { name: "周六聚餐" }).click();
  await person.button("collect.pay").click();
  await confirms(person);
  await person.seesWords("collect.you_paid");
}

it("lan asks three friends for their part of a dinner, each 25.00 of 100.00", async () => {
  lan = await town().owner("阿兰");
  mei = await town().friendOf(lan, "小梅");
  bo = await town().friendOf(lan, "阿波");
  grandma = await town().friendOf(lan, "奶奶");
  await withMoney(lan, [mei, bo, grandma]);
  await lan.makesGroup("周末聚餐群", ["小梅", "阿波", "奶奶"]);
  await lan.says("今天我先付了");
  const chat = new URL(lan.page.url()).pathname;
  await lan.goes(`${chat}/collect`);
  await lan.field("collect.title").fill("周六聚餐");
  await lan.page.getByLabel(lan.t("collect.total")).fill("100");
  await lan.seesWords("collect.equal_text", { count: 4, amount: "¥25.00" });
  await lan.button("collect.start").click();
  await lan.page.getByRole("link", { name: "周六聚餐" }).waitFor();
});

it("mei and bo pay once each; lan sees who has not paid", async () => {
  await paysPart(mei);
  await paysPart(bo);
  await has(mei, "75.00");
  await lan.page.getByRole("link", { name: "周六聚餐" }).click();
  await lan.seesWords("collect.received", { paid: "¥50.00", all: "¥75.00" });
  await lan.button("collect.remind").click();
  await has(lan, "150.00");
});
