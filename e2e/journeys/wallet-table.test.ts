/** Five at a table, 外婆 in care mode: they fight for a packet, split the bill, pay the shop by its code, and see that every cent is there. */

import { expect, it } from "vitest";
import type { Person } from "../person.ts";
import { scan } from "../qr.ts";
import { confirms, has, withMoney } from "../wallet.ts";
import { useTown } from "./use-town.ts";

const TABLE = "饭桌上的五个人";
const town = useTown();
let lan: Person;
let friends: Person[];

function card(person: Person, words: string) {
  return person.page.getByRole("article").getByRole("link", { name: words });
}

it("they sit down", async () => {
  lan = await town().owner("阿兰");
  friends = [];
  for (const name of ["小梅", "阿波", "外婆", "大宝"]) friends.push(await town().friendOf(lan, name));
  const grandma = friends[2] as Person;
  await grandma.goes("/me/settings");
  await grandma.page.getByRole("switch", { name: grandma.t("care.name") }).click();
  await withMoney(lan, friends);
  await lan.makesGroup(TABLE, ["小梅", "阿波", "外婆", "大宝"]);
  await lan.says("菜来了");
});

it("three of four who tap at once win a share of the packet, and the fourth is told that she was late", async () => {
  await lan.opensMore("more.packet");
  await lan.field("gift.count").fill("3");
  await lan.page.getByLabel(lan.t("gift.total")).fill("9");
  await lan.field("gift.greeting").fill("谁快谁得");
  await lan.button("gift.put_in").click();
  await confirms(lan);
  await card(lan, "谁快谁得").waitFor();
  for (const one of friends) {
    await one.talksWith(TABLE);
    await card(one, "谁快谁得").click();
    await one.button("gift.open_label").waitFor();
  }
  // Who is late may find the button gone under her finger: she sees who won all the same.
  const taps = friends.map((one) => one.button("gift.open_label").dispatchEvent("click", {}, { timeout: 2_000 }));
  await Promise.allSettled(taps);
  await Promise.all(friends.map((one) => one.seesWords("gift.proof_fair")));
  const won = await Promise.all(friends.map((one) => one.page.getByText(one.t("gift.in_wallet")).isVisible()));
  expect(won.filter(Boolean)).toHaveLength(3);
  await friends[won.indexOf(false)]?.seesWords("gift.too_late");
  const shares = (await friends[0]?.page.locator("li .got > span:first-child").allTextContents()) ?? [];
  expect(shares).toHaveLength(3);
  expect(shares.reduce((sum, text) => sum + Math.round(100 * Number(text.replace("¥", ""))), 0)).toBe(900);
});

it("the bill of 100.00 is split by five, and the four who did not pay it pay at once", async () => {
  await lan.talksWith(TABLE);
  await lan.goes(`${new URL(lan.page.url()).pathname}/collect`);
  await lan.field("collect.title").fill("今晚的饭");
  await lan.page.getByLabel(lan.t("collect.total")).fill("100");
  await lan.seesWords("collect.equal_text", { count: 5, amount: "¥20.00" });
  await lan.button("collect.start").click();
  await card(lan, "今晚的饭").waitFor();
  await Promise.all(
    friends.map(async (one) => {
      await one.talksWith(TABLE);
      await card(one, "今晚的饭").click();
      await one.button("collect.pay").click();
      await confirms(one);
      await one.seesWords("collect.you_paid");
    }),
  );
  await card(lan, "今晚的饭").click();
  await lan.seesWords("collect.received", { paid: "¥80.00", all: "¥80.00" });
});

it("all four pay the shop by the code on its counter, and the books are whole for everybody", async () => {
  await lan.goes("/wallet/shops");
  await lan.button("shop.open").click();
  await lan.page.getByRole("dialog").getByRole("textbox").fill("老王面馆");
  await lan.page.getByRole("dialog").locator("button[type=submit]").click();
  await lan.page.getByRole("link", { name: lan.t("shop.counter") }).click();
  const code = new URL(await scan(lan.page.locator("[role=img]").filter({ visible: true }).last()));
  await Promise.all(
    friends.map(async (one) => {
      await one.goes(code.pathname + code.hash);
      await one.page.getByLabel(one.t("wallet.amount")).fill("3");
      await one.page.locator("form button.primary").click();
      await confirms(one);
      await one.seesWords("pay.done");
    }),
  );
  await lan.page.goBack();
  await lan.sees("¥12.00");
  await has(lan, "171.00");
  for (const one of [lan, ...friends]) {
    await one.goes("/wallet/treasury");
    await one.seesWords("treasury.whole");
    await one.sees("¥500.00");
  }
});
