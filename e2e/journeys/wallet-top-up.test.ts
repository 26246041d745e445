/** Somebody tops up by card, on the page of a Stripe of this machine. */

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Person } from "../person.ts";
import { KEYS, openStripe } from "../stripe.ts";
import { has, opensCurrency } from "../wallet.ts";
import { barriers, settled } from "./barriers.ts";
import { useTown } from "./use-town.ts";

const stripe = await openStripe();
const keys = join(mkdtempSync(join(tmpdir(), "hongyan-stripe-")), "keys");
writeFileSync(keys, KEYS);
const town = useTown({
  settings: { HONGYAN_RAILS__STRIPE_KEYS_FILE: keys, HONGYAN_RAILS__STRIPE_ADDRESS: stripe.address },
});
const pictures = process.env["PICTURES_OF_TOP_UPS"]; // a folder for them, to look at
let lan: Person;
let mei: Person;

beforeAll(async () => {
  lan = await town().owner("阿兰");
  mei = await town().friendOf(lan, "小梅");
  await opensCurrency(lan);
});

afterAll(() => stripe.close());

const chooses = (what: "topup.look" | "topup.cancel") => mei.page.getByRole("menuitem", { name: mei.t(what) }).click();

it("pays on the rail's page and has the money in her purse", async () => {
  await mei.goes("/wallet");
  await mei.page.getByRole("link", { name: mei.t("topup.title") }).click();
  await mei.page.getByLabel(mei.t("wallet.amount")).fill("20");
  await mei.button("topup.next").click();
  const link = mei.page.getByRole("link", { name: mei.t("topup.go") });
  const address = await link.getAttribute("href");
  await mei.sees("¥20.00");
  await mei.page.getByText("¥20.00").last().click();
  await chooses("topup.look");
  await mei.seesWords("topup.still");
  await fetch(address ?? "");
  await mei.page.getByText("¥20.00").last().click();
  await chooses("topup.look");
  await mei.sees(mei.t("topup.state_paid"));
  await has(mei, "20.00");
  await mei.goes("/wallet/bill");
  await mei.sees(mei.t("bill.code_top_up"));
});

it("lets it be, and nothing is charged", async () => {
  await mei.goes("/wallet/top-up");
  await mei.page.getByLabel(mei.t("wallet.amount")).fill("5");
  await mei.button("topup.next").click();
  await mei.page.getByText("¥5.00").last().click();
  await chooses("topup.cancel");
  await mei.sees(mei.t("topup.state_ended"));
  expect([...stripe.sessions.values()].at(-1)?.status).toBe("expired");
  await has(mei, "20.00");
});

it("opens a page without a network, and it fills itself once there is one", async () => {
  await has(mei, "20.00");
  await mei.losesNetwork();
  await mei.page.getByRole("link", { name: mei.t("topup.title") }).click();
  await mei.seesWords("errors.offline");
  await mei.findsNetwork();
  await mei.sees(mei.t("topup.state_paid"));
});

it("tells a treasurer of a payment of another sum than was asked for, and credits nothing", async () => {
  await lan.goes("/wallet/treasury");
  await lan.seesWords("treasury.acts");
  await settled(lan);
  expect(await lan.page.getByText(lan.t("odd.title")).count()).toBe(0);
  await mei.goes("/wallet/top-up");
  await mei.page.getByLabel(mei.t("wallet.amount")).fill("30");
  await mei.button("topup.next").click();
  const address = await mei.page.getByRole("link", { name: mei.t("topup.go") }).getAttribute("href");
  await fetch(address ?? "");
  const session = [...stripe.sessions.values()].at(-1);
  expect(session?.status).toBe("complete");
  Object.assign(session ?? {}, { amount_total: 3_100 });
  await mei.page.getByText("¥30.00").last().click();
  await chooses("topup.look");
  await mei.sees(mei.t("topup.state_odd"));
  await has(mei, "20.00");
  await mei.goes("/wallet/treasury");
  await mei.seesWords("treasury.acts");
  await lan.goes("/wallet");
  await lan.goes("/wallet/treasury");
  await lan.seesWords("odd.title");
  await lan.sees(lan.t("odd.said_amount", { asked: "30.00 USD", rail: "Stripe", said: "31.00 USD" }));
  await lan.sees(lan.t("odd.number", { rail: "Stripe", number: session?.id ?? "" }));
  await lan.button("odd.copy").click();
  await lan.seesWords("common.copied");
  await settled(lan);
  expect(await barriers(lan)).toEqual([]);
  if (pictures !== undefined) await lan.page.screenshot({ path: `${pictures}/odd.png`, fullPage: true });
  await settled(mei);
  expect(await mei.page.getByText(mei.t("odd.title")).count()).toBe(0);
});

it("once the treasurer has paid it back at Stripe she marks it as dealt with, and everybody sees why", async () => {
  await lan.button("odd.clear").click();
  await lan.page.getByRole("dialog").getByRole("textbox").fill("多付的已在 Stripe 退回");
  await lan.page.keyboard.press("Enter");
  await lan.seesWords("treasury.act_clear");
  await lan.sees("多付的已在 Stripe 退回");
  await lan.page.getByRole("heading", { name: lan.t("odd.title") }).waitFor({ state: "hidden" });
  if (pictures !== undefined) await lan.page.screenshot({ path: `${pictures}/cleared.png`, fullPage: true });
  await mei.goes("/wallet/top-up");
  await mei.sees(mei.t("topup.state_cleared"));
  await has(mei, "20.00");
});
