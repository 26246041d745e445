/** The wallet: a community opens its own currency, and its members pay each other by code. */

import { beforeEach, expect, it } from "vitest";
import type { Person } from "../person.ts";
import { scan } from "../qr.ts";
import { confirms, has, issues, opensCurrency, PIN, setsPin } from "../wallet.ts";
import { useTown } from "./use-town.ts";

const town = useTown();
let lan: Person;
let mei: Person;

beforeEach(async () => {
  if (lan !== undefined) return;
  lan = await town().owner("阿兰");
  mei = await town().arrives("小梅");
  await mei.joins(await lan.showsCode());
});

it("is not open until the owner has named a currency", async () => {
  await mei.goes("/wallet");
  await mei.seesWords("wallet.not_open");
  await opensCurrency(lan);
  await mei.goes("/me");
  await mei.goes("/wallet");
  await mei.sees("雁币");
});

it("gives money out with a reason that everybody sees", async () => {
  await setsPin(lan);
  await issues(lan, "小梅", "100", "新年快乐");
  await has(mei, "100.00");
  await mei.goes("/wallet/treasury");
  await mei.sees("新年快乐");
  await mei.seesWords("treasury.whole");
});

it("is paid by a code that is scanned, after the PIN for exactly this payment", async () => {
  await lan.goes("/wallet/receive");
  const link = await scan(lan.page.getByRole("img", { name: lan.t("pay.code_label", { name: "阿兰" }) }));
  await mei.goes(new URL(link).pathname + new URL(link).hash);
  await mei.page.getByLabel(mei.t("wallet.amount")).fill("12.5");
  await mei.button("pay.go").click();
  await mei.seesWords("wallet.pay_needs_pin");
  await mei.button("wallet.set_pin").click();
  await setsPin(mei);
  await mei.goes("/wallet");
  await mei.goes(new URL(link).pathname + new URL(link).hash);
  await mei.page.getByLabel(mei.t("wallet.amount")).fill("12.5");
  await mei.button("pay.go").click();
  await confirms(mei, "111222");
  await mei.seesWords("errors.wrong_payment_pin");
  await confirms(mei, PIN);
  await mei.seesWords("pay.done");
  await lan.sees(lan.t("pay.arrived_from", { name: "小梅", amount: "¥12.50" }));
  await has(mei, "87.50");
});

it("tells in the bill what came and went", async () => {
  await mei.goes("/wallet/bill");
  await mei.sees("-¥12.50");
  await mei.sees("+¥100.00");
  await mei.sees(mei.t("bill.in", { amount: "¥100.00" }));
  await mei.page.getByRole("button", { name: mei.t("bill.all") }).click();
  await mei.page.getByRole("menuitem", { name: mei.t("bill.code_receive_code") }).click();
  await mei.page.getByText("+¥100.00").waitFor({ state: "hidden" });
  await mei.sees(mei.t("bill.in", { amount: "¥100.00" }));
  await mei.sees(mei.t("bill.out", { amount: "¥12.50" }));
  const saved = mei.page.waitForEvent("download");
  await mei.button("bill.export").click();
  expect((await saved).suggestedFilename()).toMatch(/^账单 \d{4}-\d{2}\.csv$/);
});

it("opens a line of the bill and looks for it in the books, which are signed from time to time", async () => {
  const line = mei.page.getByRole("listitem").filter({ hasText: "-¥12.50" });
  await line.locator("summary").click();
  await mei.seesWords("bill.number");
  await mei.button("books.entry_check").click();
  const sound = mei.page.getByText(mei.t("books.entry_sound"));
  await sound.or(mei.page.getByText(mei.t("errors.not_signed_yet"))).waitFor();
});
