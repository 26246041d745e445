/** The treasury: caps in the open, two people for large sums, cash in and out, a purse that is frozen. */

import { expect, it } from "vitest";
import type { Person } from "../person.ts";
import { confirms, has, issues, opensCurrency, setsPin } from "../wallet.ts";
import { barriers, settled } from "./barriers.ts";
import { useTown } from "./use-town.ts";

const town = useTown();
let lan: Person;
let mei: Person;
let bo: Person;

/** The lines of the list of acts. */
function act(person: Person, words: string) {
  return person.page.getByRole("listitem").filter({ hasText: words });
}

/** A treasurer's act up to its being done or proposed. */
async function moves(who: Person, kind: "issue" | "top_up" | "pay_out", to: string, yuan: string, reason: string) {
  await who.goes("/wallet/treasury/issue");
  await who.page.getByLabel(who.t("treasury.kind")).selectOption(kind);
  if (kind !== "pay_out") await who.field("treasury.to").fill(to);
  await who.page.getByLabel(who.t("wallet.amount")).fill(yuan);
  await who.field("treasury.reason").fill(reason);
  await who.button("treasury.next").click();
  await confirms(who);
  await who.page.getByRole("dialog").waitFor({ state: "hidden" });
}

it("everybody sees the caps, and only the owner changes them", async () => {
  lan = await town().owner("阿兰");
  mei = await town().friendOf(lan, "小梅");
  bo = await town().friendOf(lan, "阿波");
  await opensCurrency(lan);
  for (const one of [lan, mei, bo]) await setsPin(one);
  await lan.goes("/wallet/treasury/rules");
  await lan.page.getByRole("button", { name: lan.t("treasury.rule_alone") }).click();
  await lan.answersLine("50");
  await lan.sees(lan.t("treasury.rule_above", { amount: "¥50.00" }));
  await lan.page.getByRole("button", { name: lan.t("treasury.rule_act") }).click();
  await lan.answersLine("20");
  await lan.seesWords("treasury.rules_unsound");
  await settled(lan);
  expect(await barriers(lan)).toEqual([]);
  await mei.goes("/wallet/treasury/rules");
  await mei.sees(mei.t("treasury.rule_above", { amount: "¥50.00" }));
  expect(await mei.page.getByRole("button", { name: mei.t("treasury.rule_alone") }).count()).toBe(0);
  await mei.goes("/wallet/treasury");
  await act(mei, mei.t("treasury.act_rules")).waitFor();
});

it("a large sum waits for another treasurer, and not for her who asked for it", async () => {
  await lan.goes("/wallet/treasury");
  await lan.button("treasury.appoint").click();
  await lan.answersLine("小梅");
  await lan.seesWords("treasury.appointed");
  await issues(lan, "小梅", "30", "办会的钱");
  await has(mei, "30.00");
  await moves(lan, "issue", "阿波", "60", "中秋的米");
  await lan.goes("/wallet/treasury");
  await act(lan, "中秋的米").getByText(lan.t("treasury.state_proposed")).waitFor();
  expect(await lan.button("treasury.confirm").count()).toBe(0);
  await mei.goes("/wallet/treasury");
  await mei.button("treasury.confirm").click();
  await confirms(mei);
  await act(mei, "中秋的米").getByText(mei.t("treasury.state_done")).waitFor();
  await has(bo, "60.00");
});

it("one that is turned down moves nothing", async () => {
  await moves(lan, "issue", "阿波", "70", "再来一次");
  await mei.goes("/wallet");
  await mei.goes("/wallet/treasury");
  await act(mei, "再来一次")
    .getByRole("button", { name: mei.t("treasury.refuse") })
    .click();
  await act(mei, "再来一次").getByText(mei.t("treasury.state_refused")).waitFor();
  await has(bo, "60.00");
});

it("cash comes in by a top-up, and goes out from the treasurer's own purse", async () => {
  await moves(mei, "top_up", "阿波", "20", "收到现金");
  await has(bo, "80.00");
  await moves(mei, "pay_out", "", "10", "付出现金");
  await has(mei, "20.00");
  await mei.goes("/wallet/treasury");
  await mei.sees("¥100.00");
  await mei.seesWords("treasury.whole");
});

it("a frozen purse neither pays nor is paid until it is let go", async () => {
  await mei.goes("/wallet/treasury");
  await mei.button("treasury.freeze").click();
  await mei.answersLine("阿波");
  await mei.answersLine("手机丢了");
  await mei.seesWords("treasury.freeze_done");
  await act(mei, "手机丢了").waitFor();
  await bo.goes("/wallet");
  await bo.seesWords("wallet.frozen");
  await bo.talksWith("阿兰");
  await bo.opensMore("more.transfer");
  await bo.page.getByLabel(bo.t("wallet.amount")).fill("1");
  await bo.button("gift.transfer").click();
  await confirms(bo);
  await bo.seesWords("errors.frozen");
  await bo.page.keyboard.press("Escape");
  await mei.button("treasury.unfreeze").click();
  await mei.answersLine("阿波");
  await mei.answersLine("找到了");
  await mei.seesWords("treasury.unfreeze_done");
  await bo.goes("/wallet");
  await bo.page.getByText(bo.t("wallet.frozen")).waitFor({ state: "hidden" });
});

it("a treasurer who is dismissed treasures no more", async () => {
  await lan.goes("/wallet/treasury/rules");
  await lan.page.getByRole("button", { name: "小梅" }).click();
  await lan.confirms("treasury.dismiss");
  await lan.seesWords("treasury.dismissed");
  await lan.page.getByRole("button", { name: "小梅" }).waitFor({ state: "hidden" });
  await mei.goes("/wallet");
  await mei.goes("/wallet/treasury");
  await mei.seesWords("treasury.whole");
  expect(await mei.button("treasury.freeze").count()).toBe(0);
});
