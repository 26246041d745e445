/** The wallet in English, with text twice as large on a narrow telephone; and paying by keyboard alone. */

import { beforeAll, expect, it } from "vitest";
import type { Person } from "../person.ts";
import { confirms, issues, opensCurrency, PIN, setsPin } from "../wallet.ts";
import { barriers, OF_WALLET, settled } from "./barriers.ts";
import { useTown } from "./use-town.ts";

const NARROW = { width: 320, height: 640 };
const SUM = "[\\d,]+\\.\\d\\d";
const WRONG_PIN = "135790";
const town = useTown();
let lan: Person;
let mei: Person;

beforeAll(async () => {
  lan = await town().owner("Lan", { language: "en" });
  mei = await town().friendOf(lan, "Mei", { language: "en" });
  await lan.isFriendOf("Mei");
  await opensCurrency(lan, "Goose");
  for (const one of [lan, mei]) await setsPin(one);
  await lan.goes("/wallet/treasury/rules");
  for (const rule of ["treasury.rule_day", "treasury.rule_act", "treasury.rule_alone"] as const) {
    await lan.page.getByRole("button", { name: lan.t(rule) }).click();
    await lan.answersLine("9999999");
    await lan.page.getByText("9,999,999.00").first().waitFor();
  }
  for (const one of [lan, mei]) await issues(lan, one.name, "1234567.89", "Welcome");
  await lan.makesGroup("Family", ["Mei"]);
});

async function pays(person: Person, words: "gift.put_in" | "gift.transfer"): Promise<void> {
  await person.button(words).click();
  await confirms(person);
  await person.writing().waitFor();
}

async function type(person: Person, label: "wallet.amount" | "gift.total" | "collect.total", yuan: string) {
  await person.page.getByLabel(person.t(label)).fill(yuan);
}

/** The addresses of the cards in the chat that is open. */
async function cards(person: Person, most: number): Promise<string[]> {
  const links = person.page.getByRole("article").locator("a[href^='/message/']");
  await expect.poll(() => links.count()).toBe(most);
  return links.evaluateAll((all) => all.map((one) => one.getAttribute("href") ?? ""));
}

/** What a reader of large text would complain about on the screen now. */
async function complaints(person: Person): Promise<string[]> {
  return person.page.evaluate((sum) => {
    const SUM = new RegExp(sum, "g");
    const area = document.querySelector("dialog[open]") ?? document.querySelector("main");
    if (area === null) throw new Error("nothing is on the screen");
    const seen = [...area.querySelectorAll<HTMLElement>("*")].filter(
      (one) =>
        one.checkVisibility({ visibilityProperty: true }) &&
        one.closest(".unseen, [inert], [aria-hidden=true]") === null,
    );
    const found: string[] = [];
    for (const one of seen) {
      const { left, right, width } = one.getBoundingClientRect();
      if (width > 0 && (right > innerWidth + 1 || left < -1))
        found.push(`beyond the edge: ${one.outerHTML.slice(0, 120)}`);
      for (const text of [...one.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)) {
        for (const { 0: sum, index } of (text.textContent ?? "").matchAll(SUM)) {
          const range = document.createRange();
          range.setStart(text, index);
          range.setEnd(text, index + sum.length);
          if (range.getClientRects().length > 1) found.push(`in two lines: ${sum}`);
        }
        const foreign = /[\u3000-\u9fff\uff00-\uffef]+/.exec(text.textContent ?? "");
        if (foreign !== null) found.push(`not English: ${text.textContent}`);
      }
    }
    return found;
  }, SUM);
}

it("every page fits, no sum is parted, and all of it is English", async () => {
  await lan.opensMore("more.packet");
  await lan.field("gift.count").fill("2");
  await type(lan, "gift.total", "88.88");
  await lan.field("gift.greeting").fill("Happy New Year");
  await pays(lan, "gift.put_in");
  await lan.opensMore("more.split");
  await lan.field("collect.title").fill("Dinner");
  await type(lan, "collect.total", "2469135");
  await lan.button("collect.start").click();
  const ofGroup = await cards(lan, 2);
  const group = new URL(lan.page.url()).pathname;
  await lan.talksWith("Mei");
  await lan.opensMore("more.transfer");
  await type(lan, "wallet.amount", "1000000");
  await pays(lan, "gift.transfer");
  const ofMei = await cards(lan, 1);
  const direct = new URL(lan.page.url()).pathname;
  await lan.goes("/wallet/shops");
  await lan.button("shop.open").click();
  await lan.answersLine("Noodles");
  await lan.seesWords("shop.balance");
  const shop = new URL(lan.page.url()).pathname;

  await lan.page.setViewportSize(NARROW);
  await lan.page.evaluate(() => {
    const twice = new CSSStyleSheet();
    twice.replaceSync("html { font-size: 200% !important }");
    document.adoptedStyleSheets.push(twice);
  });
  const met: string[] = [];
  const looksAt = async (where: string): Promise<void> => {
    await settled(lan);
    met.push(...[...(await complaints(lan)), ...(await barriers(lan))].map((what) => `${where}: ${what}`));
  };
  for (const path of [
    ...OF_WALLET,
    ...["", "/code", "/charge", "/webhook", "/certificates", "/report"].map((page) => shop + page),
    ...["", "/packet", "/collect", "/payee"].map((page) => group + page),
    ...["", "/packet", "/collect", "/transfer"].map((page) => direct + page),
    ...ofGroup,
    ...ofMei,
  ]) {
    await lan.goes(path);
    await looksAt(path);
  }
  await lan.goes(`${direct}/transfer`);
  await type(lan, "wallet.amount", "123456.78");
  await lan.button("gift.transfer").click();
  await lan.page.getByRole("dialog").waitFor();
  await looksAt("confirming a payment");
  expect(met).toEqual([]);
}, 180_000);

it("by keyboard alone she pays, after a wrong PIN, too, and opens a packet", async () => {
  const { keyboard } = mei.page;
  await mei.talksWith("Lan");
  await mei.opensMore("more.transfer");
  await mei.page.getByLabel(mei.t("wallet.amount")).waitFor();
  await keyboard.type("3");
  await keyboard.press("Enter");
  await mei.page.getByRole("dialog").waitFor();
  await keyboard.type(WRONG_PIN);
  await mei.seesWords("errors.wrong_payment_pin");
  await keyboard.type(PIN);
  await mei.writing().waitFor();
  await mei.talksWith("Family");
  await mei.page.getByRole("article").getByRole("link", { name: "Happy New Year" }).focus();
  await keyboard.press("Enter");
  await mei.button("gift.open_label").waitFor();
  await keyboard.press("Tab");
  await keyboard.press("Enter");
  await mei.seesWords("gift.in_wallet");
  await keyboard.press("Tab");
  await expect
    .poll(() => mei.page.evaluate(() => document.activeElement?.textContent?.trim()))
    .toBe(mei.t("gift.in_wallet"));
});
