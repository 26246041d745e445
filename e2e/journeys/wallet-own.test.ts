/** What is hers to settle: a code with a sum, money asked for, limits, small sums without the PIN, and the PIN itself. */

import { expect, it } from "vitest";
import type { Key } from "../../web/src/i18n/message.ts";
import type { Person } from "../person.ts";
import { scan } from "../qr.ts";
import { confirms, has, PIN, withMoney } from "../wallet.ts";
import { barriers, settled } from "./barriers.ts";
import { useTown } from "./use-town.ts";

const NEW_PIN = "975310";
const town = useTown();
let lan: Person;
let mei: Person;

async function opensCode(person: Person, link: string): Promise<void> {
  await person.goes("/wallet");
  await person.goes(new URL(link).pathname + new URL(link).hash);
}

/** Begins to pay this much to 小梅 by a transfer, up to the dialog. */
async function transfers(person: Person, yuan: string): Promise<void> {
  await person.talksWith("小梅");
  await person.opensMore("more.transfer");
  await person.page.getByLabel(person.t("wallet.amount")).fill(yuan);
  await person.button("gift.transfer").click();
}

/** A step of the page of the PIN. */
async function types(person: Person, label: Key, pin: string): Promise<void> {
  await person.page.getByRole("textbox", { name: person.t(label) }).fill(pin);
  await person.page.locator("form button.primary").click();
}

it("a code with a sum and a remark asks for just that, and is no good once it is replaced", async () => {
  lan = await town().owner("阿兰");
  mei = await town().friendOf(lan, "小梅");
  await withMoney(lan, [mei]);
  await lan.goes("/wallet/receive");
  await lan.button("pay.set_amount").click();
  await lan.answersLine("8.8");
  await lan.answersLine("两斤苹果");
  await lan.sees("¥8.80");
  const code = lan.page.getByRole("img", { name: lan.t("pay.code_label", { name: "阿兰" }) });
  const link = await scan(code);
  await opensCode(mei, link);
  await mei.sees("两斤苹果");
  await mei.sees("¥8.80");
  await mei.button("pay.go").click();
  await confirms(mei);
  await mei.seesWords("pay.done");
  await lan.sees(lan.t("pay.arrived_from", { name: "小梅", amount: "¥8.80" }));
  await lan.button("pay.renew").click();
  await lan.confirms("pay.renew");
  await lan.seesWords("pay.renewed");
  await opensCode(mei, link);
  await mei.seesWords("pay.unusable");
});

it("money that is asked for is paid in the chat", async () => {
  await lan.talksWith("小梅");
  await lan.opensMore("more.request");
  await lan.field("collect.title").fill("电影票");
  await lan.page.getByLabel(lan.t("wallet.amount")).fill("35");
  await lan.button("collect.start").click();
  await mei.talksWith("阿兰");
  await mei.page.getByRole("article").getByRole("link", { name: "电影票" }).click();
  await mei.sees("¥35.00");
  await mei.button("collect.pay").click();
  await confirms(mei);
  await mei.seesWords("collect.you_paid");
  await has(lan, "143.80");
});

it("a limit is lowered at once and holds, and is raised only after a wait", async () => {
  await lan.goes("/wallet/limits");
  await lan.page.getByRole("button", { name: lan.t("wallet.limit_day") }).click();
  await lan.answersLine("5");
  await lan.seesWords("wallet.limit_saved");
  await lan.sees("¥5.00");
  await transfers(lan, "6");
  await confirms(lan);
  await lan.seesWords("errors.over_limit");
  await lan.page.keyboard.press("Escape");
  await lan.goes("/wallet/limits");
  await lan.page.getByRole("button", { name: lan.t("wallet.limit_day") }).click();
  await lan.answersLine("500");
  await lan.page.getByText(/起为 ¥500\.00/).waitFor();
  await settled(lan);
  expect(await barriers(lan)).toEqual([]);
});

it("small sums need no PIN once she allows it", async () => {
  await mei.goes("/wallet/pay");
  await mei.page.getByRole("switch", { name: mei.t("charge.small") }).click();
  await confirms(mei);
  await mei.page.getByRole("dialog").waitFor({ state: "hidden" });
  await expect.poll(() => mei.page.getByRole("switch", { name: mei.t("charge.small") }).isChecked()).toBe(true);
  const link = await scan(mei.page.getByRole("img", { name: /^付款码/ }));
  await opensCode(lan, link);
  await lan.page.getByLabel(lan.t("charge.amount")).fill("3");
  await lan.button("charge.go").click();
  await lan.seesWords("charge.done", { name: "小梅" });
  await has(lan, "146.80");
});

it("the PIN is changed by the old one, waits a day when it is forgotten, and is locked after five wrong tries", async () => {
  await mei.goes("/wallet/pin");
  await types(mei, "wallet.pin_old", "111222");
  await types(mei, "wallet.pin_choose", NEW_PIN);
  await types(mei, "wallet.pin_repeat", NEW_PIN);
  await mei.seesWords("errors.wrong_payment_pin");
  await mei.button("wallet.pin_forgotten").click();
  await mei.confirms("wallet.pin_wait");
  await mei.button("wallet.pin_remembered").click();
  await mei.button("wallet.pin_forgotten").waitFor();
  await types(mei, "wallet.pin_old", PIN);
  await types(mei, "wallet.pin_choose", NEW_PIN);
  await types(mei, "wallet.pin_repeat", NEW_PIN);
  await mei.seesWords("wallet.pin_done");
  await mei.talksWith("阿兰");
  await mei.opensMore("more.transfer");
  await mei.page.getByLabel(mei.t("wallet.amount")).fill("1");
  await mei.button("gift.transfer").click();
  for (let tries = 0; tries < 5; tries++) {
    await confirms(mei, PIN);
    await mei.page.getByRole("dialog").getByRole("alert").filter({ hasText: /./ }).waitFor();
  }
  await confirms(mei, NEW_PIN);
  await mei.seesWords("errors.payment_pin_locked");
});
