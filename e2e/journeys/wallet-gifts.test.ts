/** Red packets and transfers: three share a lucky packet, and 外婆 opens hers in care mode. */

import { expect, it } from "vitest";
import type { Person } from "../person.ts";
import { confirms, has, issues, setsPin, withMoney } from "../wallet.ts";
import { barriers, settled } from "./barriers.ts";
import { useTown } from "./use-town.ts";

const town = useTown();
let lan: Person;
let mei: Person;
let bo: Person;
let grandma: Person;

/** A folder for pictures of what is told here, to look at. */
const PICTURES = process.env["PICTURES_OF_GIFTS"];

/** What is on the screen keeps nobody out; with a folder there is a picture of it, too. */
async function picture(person: Person, name: string): Promise<void> {
  await settled(person);
  expect(await barriers(person), name).toEqual([]);
  if (PICTURES === undefined) return;
  await person.page.screenshot({ path: `${PICTURES}/${name}.png` });
}

/** The card of a packet or a transfer with these words. */
function card(person: Person, words: string) {
  return person.page.getByRole("article").getByRole("link", { name: words });
}

async function opens(person: Person, words: string): Promise<void> {
  await card(person, words).click();
  await person.button("gift.open_label").click();
  await person.seesWords("gift.in_wallet");
}

async function shares(person: Person): Promise<string[]> {
  await person.seesWords("gift.best");
  return (await person.page.locator("li .got > span:first-child").allTextContents()).sort();
}

it("the currency is open, and everybody has a little of it", async () => {
  lan = await town().owner("阿兰");
  mei = await town().friendOf(lan, "小梅");
  bo = await town().friendOf(lan, "阿波");
  grandma = await town().arrives("外婆");
  await grandma.joins(await lan.invites(1, true));
  await lan.talksWith("小梅");
  await lan.button("chat.more").click();
  await lan.page.getByText(lan.t("more.card"), { exact: true }).waitFor();
  // There is no money yet, so none is offered.
  expect(await lan.page.getByText(lan.t("more.packet"), { exact: true }).count()).toBe(0);
  await withMoney(lan, []);
  await lan.makesGroup("一家人", ["小梅", "阿波"]);
});

it("a lucky packet of three is opened by three, and all see the same and that it was fair", async () => {
  await picture(lan, "01-more");
  await lan.opensMore("more.packet");
  await lan.field("gift.count").fill("3");
  await lan.page.getByLabel(lan.t("gift.total")).fill("20");
  await lan.field("gift.greeting").fill("新年快乐");
  await picture(lan, "02-compose");
  await lan.button("gift.put_in").click();
  await picture(lan, "03-pin");
  await confirms(lan);
  await card(lan, "新年快乐").waitFor();
  for (const one of [mei, bo]) {
    await one.opensChats();
    await one.talksWith("一家人");
  }
  await card(mei, mei.t("gift.card_open")).waitFor();
  await picture(mei, "04-card");
  await card(mei, "新年快乐").click();
  await mei.button("gift.open_label").waitFor();
  await picture(mei, "05-closed");
  await mei.button("gift.open_label").click();
  await mei.seesWords("gift.in_wallet");
  await mei.seesWords("gift.proof_open");
  await picture(mei, "06-opened");
  await opens(bo, "新年快乐");
  await opens(lan, "新年快乐");
  const all = await Promise.all([lan, mei, bo].map(shares));
  expect(all[0]).toHaveLength(3);
  expect(all[1]).toEqual(all[0]);
  expect(all[2]).toEqual(all[0]);
  const sum = (all[0] ?? []).reduce((total, text) => total + Math.round(100 * Number(text.replace("¥", ""))), 0);
  expect(sum).toBe(2_000);
  for (const one of [lan, mei, bo]) await one.seesWords("gift.proof_fair");
  await picture(lan, "07-result");
  await lan.page.goBack();
  await lan.sees(lan.t("gift.opened_yours_more", { name: "小梅", count: 2 }));
  await picture(lan, "08-card-over");
  await mei.page.goBack();
  await mei.sees(mei.t("gift.you_opened", { name: "阿兰" }));
});

it("a transfer is accepted, another returned", async () => {
  await lan.talksWith("小梅");
  await lan.opensMore("more.transfer");
  await lan.page.getByLabel(lan.t("wallet.amount")).fill("15");
  await lan.field("gift.words_label").fill("饭钱");
  await picture(lan, "09-transfer");
  await lan.button("gift.transfer").click();
  await confirms(lan);
  await card(lan, "饭钱").waitFor();
  await mei.talksWith("阿兰");
  await picture(mei, "10-transfer-card");
  await card(mei, "饭钱").click();
  await picture(mei, "11-transfer-wait");
  await mei.button("gift.accept").click();
  await mei.seesWords("gift.accepted_you");
  await picture(mei, "12-transfer-done");
  await card(lan, lan.t("gift.card_accepted")).waitFor();

  await lan.opensMore("more.transfer");
  await lan.page.getByLabel(lan.t("wallet.amount")).fill("3");
  await lan.button("gift.transfer").click();
  await confirms(lan);
  await mei.page.goBack();
  await card(mei, "¥3.00").click();
  await mei.button("gift.return").click();
  await mei.confirms("gift.return");
  await mei.seesWords("gift.returned_you");
  await card(lan, lan.t("gift.card_returned")).waitFor();
  await picture(lan, "13-transfer-cards");
  await lan.goes("/wallet/bill");
  const line = lan.page.getByRole("listitem").filter({ hasText: lan.t("bill.state_voided") });
  expect(await line.locator("s").innerText()).toBe("-¥3.00");
});

it("in a group money goes to one of it, who need be no friend, and the others see only that", async () => {
  await setsPin(mei);
  await issues(lan, "小梅", "5");
  for (const one of [lan, mei, bo]) {
    await one.opensChats();
    await one.talksWith("一家人");
  }
  await mei.opensMore("more.transfer");
  await mei.page.getByRole("button", { name: "阿波" }).waitFor();
  await picture(mei, "14-payee");
  await mei.page.getByRole("button", { name: "阿波" }).click();
  await mei.sees(mei.t("gift.transfer_to", { name: "阿波" }));
  await mei.page.getByLabel(mei.t("wallet.amount")).fill("2.5");
  await mei.field("gift.words_label").fill("买菜");
  await mei.button("gift.transfer").click();
  await confirms(mei);
  await card(mei, "转账给阿波 · 买菜").waitFor();
  await picture(mei, "15-group-card");
  await card(bo, "¥2.50").click();
  await bo.button("gift.accept").click();
  await bo.seesWords("gift.accepted_you");
  await card(mei, mei.t("gift.card_accepted")).waitFor();
  const others = lan.page.getByRole("article").filter({ hasText: "转账给阿波 · 买菜" });
  await others.waitFor();
  await picture(lan, "16-group-card-others");
  expect(await others.getByRole("link").count()).toBe(0);
  expect(await others.textContent()).not.toContain("2.50");
});

it("外婆 opens a packet in care mode", async () => {
  await lan.asksFriend("外婆", "外婆，我是兰兰");
  await grandma.page.getByRole("link", { name: grandma.t("care.asking", { count: 1 }) }).click();
  await grandma.page.getByRole("button", { name: grandma.t("requests.accept") }).click();
  await grandma.writing().waitFor();
  await lan.talksWith("外婆");
  await lan.opensMore("more.packet");
  await lan.page.getByLabel(lan.t("gift.amount")).fill("58.88");
  await lan.button("gift.put_in").click();
  await confirms(lan);
  await card(lan, lan.t("gift.greeting_default")).waitFor();
  await picture(grandma, "14-care-card");
  await card(grandma, grandma.t("gift.greeting_default")).click();
  await grandma.button("gift.open_label").waitFor();
  await picture(grandma, "15-care-closed");
  await grandma.button("gift.open_label").click();
  await grandma.seesWords("gift.in_wallet");
  await grandma.seesWords("gift.proof_fair");
  await picture(grandma, "16-care-opened");
  await has(grandma, "58.88");
});
