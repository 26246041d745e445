/** Somebody tops up by card, on the page of a Stripe of this machine. */

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Person } from "../person.ts";
import { KEYS, openStripe } from "../stripe.ts";
import { has, opensCurrency } from "../wallet.ts";
import { useTown } from "./use-town.ts";

const stripe = await openStripe();
const keys = join(mkdtempSync(join(tmpdir(), "hongyan-stripe-")), "keys");
writeFileSync(keys, KEYS);
const town = useTown({
  settings: { HONGYAN_RAILS__STRIPE_KEYS_FILE: keys, HONGYAN_RAILS__STRIPE_ADDRESS: stripe.address },
});
let mei: Person;

beforeAll(async () => {
  const lan = await town().owner("阿兰");
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
