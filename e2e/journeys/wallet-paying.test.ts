/** 付款码: bo shows his code, lan scans it and asks for money; bo is asked wherever he is by then. */

import { expect, it } from "vitest";
import type { Person } from "../person.ts";
import { scan } from "../qr.ts";
import { choosesPin, confirms, has, withMoney } from "../wallet.ts";
import { barriers } from "./barriers.ts";
import { useTown } from "./use-town.ts";

const town = useTown();
let lan: Person;
let bo: Person;
let computer: Person;

/** The link in his payment code. */
async function showsPayCode(person: Person): Promise<string> {
  await person.goes("/wallet/pay");
  return scan(person.page.getByRole("img", { name: /^付款码/ }));
}

async function charges(person: Person, link: string, yuan: string): Promise<void> {
  await person.goes("/wallet");
  await person.goes(new URL(link).pathname + new URL(link).hash);
  await person.page.getByLabel(person.t("charge.amount")).fill(yuan);
  await person.button("charge.go").click();
  await person.seesWords("charge.waiting");
}

function question(person: Person) {
  return person.page.getByRole("dialog", { name: person.t("charge.asks", { name: "阿兰" }) });
}

async function isAsked(person: Person, amount: string): Promise<void> {
  await question(person).waitFor();
  await person.sees(amount);
}

it("bo's payment code is charged by lan once he agrees", async () => {
  lan = await town().owner("阿兰");
  bo = await town().friendOf(lan, "阿波");
  await withMoney(lan, [bo]);
  await charges(lan, await showsPayCode(bo), "12.5");
  await confirms(bo);
  await lan.seesWords("charge.done", { name: "阿波" });
  await has(bo, "87.50");
  await has(lan, "112.50");
});

it("back in a chat with half a word typed he is asked, pays once, and goes on typing", async () => {
  const link = await showsPayCode(bo);
  await bo.talksWith("阿兰");
  await bo.writing().pressSequentially("晚上吃");
  await charges(lan, link, "7.5");
  await isAsked(bo, "¥7.50");
  await bo.page.keyboard.type("面");
  for (let times = 0; times < 4; times++) await bo.page.keyboard.press("Tab");
  expect(
    await question(bo).evaluate(
      (dialog) => document.hasFocus() && !document.activeElement?.matches("textarea") && dialog.matches(":modal"),
    ),
  ).toBe(true);
  await bo.button("pay.go").dblclick();
  await confirms(bo);
  await lan.seesWords("charge.done", { name: "阿波" });
  await bo.page.getByRole("dialog").waitFor({ state: "hidden" });
  await bo.page.keyboard.type("什么");
  expect(await bo.writing().inputValue()).toBe("晚上吃什么");
  await bo.page.goBack();
  await bo.rows().first().waitFor();
  await has(bo, "80.00");
});

it("after a reload he is asked again; not now is no answer; he refuses", async () => {
  await charges(lan, await showsPayCode(bo), "3");
  const pin = bo.page.getByRole("dialog").getByRole("textbox", { name: bo.t("wallet.pin") });
  await pin.waitFor(); // where he shows the code it asks for it at once
  await bo.reloads();
  await pin.waitFor();
  await bo.page.keyboard.press("Escape");
  await isAsked(bo, "¥3.00");
  await bo.goes("/");
  await bo.rows().first().waitFor();
  await isAsked(bo, "¥3.00");
  await bo.page.keyboard.press("Escape");
  await bo.seesWords("charge.later_text");
  await bo.page.getByRole("dialog").waitFor({ state: "hidden" });
  await bo.goes("/contacts");
  await bo.reloads();
  await isAsked(bo, "¥3.00");
  await bo.button("charge.refuse").click();
  await lan.seesWords("charge.refused");
  await bo.page.getByRole("dialog").waitFor({ state: "hidden" });
  await has(bo, "80.00");
});

it("it comes when the word came while there was no network", async () => {
  const link = await showsPayCode(bo);
  await bo.goes("/");
  await bo.losesNetwork();
  await charges(lan, link, "5");
  await bo.findsNetwork();
  await isAsked(bo, "¥5.00");
  await bo.button("charge.refuse").click();
  await lan.seesWords("charge.refused");
});

it("grandma in care mode has no payment PIN: she sets one and is asked again", async () => {
  const grandma = await town().friendOf(lan, "奶奶", { care: true });
  const link = await showsPayCode(grandma);
  await grandma.talksWith("阿兰");
  await charges(lan, link, "6");
  await isAsked(grandma, "¥6.00");
  expect(await barriers(grandma)).toEqual([]);
  await grandma.button("wallet.set_pin").click();
  await choosesPin(grandma);
  await isAsked(grandma, "¥6.00");
  await grandma.writing().waitFor();
  await grandma.button("pay.go").click();
  await confirms(grandma);
  await grandma.seesWords("errors.insufficient");
  await grandma.page.goBack();
  await grandma.button("charge.refuse").click();
  await lan.seesWords("charge.refused");
});

it("what he answers on one device goes from the other", async () => {
  computer = await town().arrives("阿波", { size: "desktop" });
  await computer.opens(`${computer.url}/link-this-device`);
  const code = new URL(await scan(computer.page.getByRole("img", { name: computer.t("link.code_label") })));
  await bo.goes(code.pathname + code.hash);
  await bo.button("approve.yes").click();
  await computer.isIn();
  const link = await showsPayCode(bo);
  await bo.goes("/contacts");
  await charges(lan, link, "20");
  await isAsked(bo, "¥20.00");
  await isAsked(computer, "¥20.00");
  await computer.button("pay.go").click();
  await confirms(computer);
  await computer.seesWords("charge.paid");
  await bo.seesWords("charge.paid");
  await bo.page.getByRole("dialog").waitFor({ state: "hidden" });
  await bo.page.goBack();
  await bo.page.waitForURL((url) => url.pathname === "/wallet/pay");
  await has(bo, "60.00");
});
