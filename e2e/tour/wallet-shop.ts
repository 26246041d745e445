/** A noodle shop that takes the community's money, and the books in which all of it stands. */

import type { Locator } from "playwright-core";
import type { Person } from "../person.ts";
import { scan } from "../qr.ts";
import { confirms } from "../wallet.ts";
import type { Album } from "./album.ts";

const SHOP = "老王面馆";
const SIGNED_WITHIN_MS = 120_000;
const AGAIN_MS = 3_000;

interface Customers {
  lan: Person;
  mei: Person;
  bo: Person;
  grandma: Person;
  wang: Person;
}

/** What the code on this screen opens in the app of whoever scans it. */
export async function addressIn(code: Locator): Promise<string> {
  const link = new URL(await scan(code));
  return link.pathname + link.hash;
}

/** Pays what the page asks for; `yuan` where she types it. */
export async function pays(person: Person, yuan?: string): Promise<void> {
  if (yuan !== undefined) await person.page.getByLabel(person.t("wallet.amount")).fill(yuan);
  await person.page.locator("form button.primary").click();
  await confirms(person);
  await person.seesWords("pay.done");
}

/** Answers the question for one line. */
async function answers(person: Person, text: string): Promise<void> {
  await person.page.getByRole("dialog").getByRole("textbox").fill(text);
  await person.page.getByRole("dialog").locator("button[type=submit]").click();
}

/** The code that is the one thing on her page. */
const code = (person: Person) => person.page.locator("[role=img]").filter({ visible: true }).last();

export async function shopping({ lan, mei, bo, grandma, wang }: Customers, album: Album): Promise<void> {
  await lan.goes("/wallet/family");
  await lan.field("treasury.to").fill("外婆");
  await lan.page.getByLabel(lan.t("wallet.family_limit")).fill("200");
  await lan.page.locator("form button.primary").click();
  await confirms(lan);
  await lan.sees("¥200.00");

  await wang.goes("/wallet/shops");
  await wang.button("shop.open").click();
  await answers(wang, SHOP);
  await wang.page.getByRole("link", { name: wang.t("shop.counter") }).click();
  const counter = await addressIn(code(wang));
  await mei.goes(counter);
  await mei.sees(SHOP);
  await pays(mei, "18");
  await album.keep(
    mei,
    "wallet-pay-shop",
    "扫一扫店里的收款码，面钱就付好了",
    "The noodle shop, paid by the code on its counter",
  );
  await grandma.goes(counter);
  await grandma.page.getByLabel(grandma.t("wallet.amount")).fill("16");
  await grandma.page.getByRole("radio").last().check({ force: true });
  await album.keep(
    grandma,
    "wallet-care",
    "关怀模式：外婆用阿兰送的亲属卡付面钱",
    "In care mode: 外婆 pays by the family card that 阿兰 gave her",
  );
  await pays(grandma);
  await wang.page.goBack();
  await wang.page
    .getByRole("link", { name: wang.t("shop.order") })
    .first()
    .click();
  await wang.page.getByLabel(wang.t("wallet.amount")).fill("36");
  await wang.field("shop.description").fill("牛肉面两碗");
  await wang.page.locator("form button.primary").click();
  await bo.goes(await addressIn(code(wang)));
  await bo.sees("¥36.00");
  await pays(bo);
  await wang.page.goBack();
  await wang.sees("¥70.00");
  await wang.button("shop.refund").first().click();
  await answers(wang, "4");
  await answers(wang, "卤蛋卖完了");
  await confirms(wang);
  await wang.sees("¥66.00");
  await album.keep(
    wang,
    "wallet-shop",
    "自己开店：收钱、退款、看账",
    "A shop of one's own: its balance, its codes, refunds",
  );
  await wang.page.getByRole("link", { name: wang.t("shop.report") }).click();
  await wang.sees(wang.t("shop.report_total", { paid: "¥70.00", refunded: "¥4.00" }));
  await album.keep(
    wang,
    "wallet-report",
    "店铺对账单：每天收了多少、退了多少",
    "What the shop took and gave back, day by day",
  );
  await lan.goes("/wallet");
  await lan.goes("/wallet/family");
  await lan.sees(lan.t("wallet.family_spent", { spent: "¥16.00", limit: "¥200.00" }));
  await album.keep(
    lan,
    "wallet-family",
    "亲属卡：家人花你的钱，每月不超过你定的数",
    "Family cards: they spend one's money, up to so much a month",
  );
}

/** What anybody can look up: her bill, the community's books, and that nobody has changed them. */
export async function truth(lan: Person, album: Album): Promise<void> {
  await lan.goes("/wallet/bill");
  await lan.sees("-¥16.00");
  await album.keep(
    lan,
    "wallet-bill",
    "账单：一个月的收支，哪一类最多一目了然",
    "The bill of a month, by what it came from and went to",
  );
  await lan.goes("/wallet/treasury");
  await lan.seesWords("treasury.whole");
  await album.keep(
    lan,
    "wallet-treasury",
    "社区财务：发了多少、发给谁、为什么发，人人看得到",
    "The treasury: how much was given out, to whom and why, for all to see",
  );
  const sound = lan.page.getByText(lan.t("books.sound", { count: "", time: "" }).split("，")[0] ?? "");
  for (const until = Date.now() + SIGNED_WITHIN_MS; ; ) {
    await lan.page.getByRole("button", { name: lan.t("books.check") }).click();
    await lan.page.getByRole("dialog").waitFor();
    if (await sound.isVisible()) break;
    if (Date.now() > until) throw new Error("the books are not signed");
    await lan.page.keyboard.press("Escape");
    await lan.page.waitForTimeout(AGAIN_MS);
  }
  await album.keep(
    lan,
    "wallet-books",
    "核对账本：一分不少，旧账没人改过，自己就能查",
    "The books, checked by one's own device: every cent is there, and nobody changed the past",
  );
}
