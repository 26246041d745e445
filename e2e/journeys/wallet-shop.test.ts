/** A noodle shop takes money by the code on its counter and by an order, and gives some of it back. */

import { execFileSync } from "node:child_process";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { beforeAll, expect, it } from "vitest";
import type { Person } from "../person.ts";
import { scan } from "../qr.ts";
import { confirms, has, withMoney } from "../wallet.ts";
import { barriers, settled } from "./barriers.ts";
import { useTown } from "./use-town.ts";

const town = useTown();
let lan: Person;
let mei: Person;

beforeAll(async () => {
  lan = await town().owner("阿兰");
  mei = await town().friendOf(lan, "小梅");
  await withMoney(lan, [mei]);
});

/** What docs/wallet.md has a shop's programmer do with openssl, which not every machine has as a command. */
const KEY_AND_REQUEST = `
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization as to
from cryptography.hazmat.primitives.asymmetric import rsa
key = rsa.generate_private_key(65537, 2048)
named = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "shop")])
request = x509.CertificateSigningRequestBuilder().subject_name(named).sign(key, hashes.SHA256())
secret = key.private_bytes(to.Encoding.PEM, to.PrivateFormat.PKCS8, to.NoEncryption())
print(secret.decode(), request.public_bytes(to.Encoding.PEM).decode(), sep="\\0", end="")
`;

/** A folder for pictures of what is told here, to look at. */
const PICTURES = process.env["PICTURES_OF_SHOPS"];

/** What is on the screen keeps nobody out; with a folder there is a picture of it, too. */
async function picture(person: Person, name: string): Promise<void> {
  await settled(person);
  expect(await barriers(person), name).toEqual([]);
  if (PICTURES === undefined) return;
  await person.page.screenshot({ path: `${PICTURES}/${name}.png` });
}

/** The address in the code that is on her screen now. */
async function code(person: Person): Promise<string> {
  const link = await scan(person.page.locator("[role=img]").filter({ visible: true }).last());
  return new URL(link).pathname + new URL(link).hash;
}

/** What her wallet says that she has. */
async function spendable(person: Person): Promise<string> {
  await person.goes("/wallet");
  return (await person.page.locator(".balance .sum").textContent()) ?? "";
}

it("is paid what the customer types after scanning the counter", async () => {
  await lan.goes("/wallet/shops");
  await lan.button("shop.open").click();
  await lan.page.getByRole("dialog").getByRole("textbox").fill("老王面馆");
  await lan.page.getByRole("dialog").locator("button[type=submit]").click();
  await lan.page.getByRole("link", { name: lan.t("shop.counter") }).click();
  await mei.goes(await code(lan));
  await mei.sees("老王面馆");
  await mei.page.getByLabel(mei.t("wallet.amount")).fill("18");
  await mei.page.locator("form button.primary").click();
  await confirms(mei);
  await mei.seesWords("common.done");
  await has(mei, "82.00");
  await lan.page.goBack();
  await lan.sees("¥18.00");
});

it("has staff who take money, and cannot take it out", async () => {
  await lan.button("shop.hire").click();
  await lan.answersLine("小梅");
  await lan.seesWords("shop.hired");
  await mei.goes("/wallet");
  await mei.goes("/wallet/shops");
  await mei.page.getByRole("link", { name: "老王面馆" }).click();
  await mei.seesWords("shop.counter");
  await mei.sees("¥18.00");
  expect(await mei.button("shop.take").count()).toBe(0);
  await lan.page.getByRole("button", { name: "小梅", exact: true }).click();
  await lan.page.getByRole("menuitem", { name: lan.t("shop.dismiss") }).click();
  await lan.seesWords("shop.dismissed");
  await mei.goes("/wallet/shops");
  await mei.seesWords("shop.none");
});

it("is paid an order of a fixed sum, and gives a part of it back", async () => {
  await lan.page
    .getByRole("link", { name: lan.t("shop.order"), exact: false })
    .first()
    .click();
  await lan.page.getByLabel(lan.t("wallet.amount")).fill("20");
  await lan.page.locator("form button.primary").click();
  await mei.goes(await code(lan));
  await mei.sees("¥20.00");
  await mei.page.locator("form button.primary").click();
  await confirms(mei);
  await has(mei, "62.00");
  await lan.page.goBack();
  await lan.sees("¥38.00");
  await lan.button("shop.refund").first().click();
  await lan.page.getByRole("dialog").getByRole("textbox").fill("5");
  await lan.page.getByRole("dialog").locator("button[type=submit]").click();
  await lan.page.getByRole("dialog").getByRole("textbox").fill("少了一碗");
  await lan.page.getByRole("dialog").locator("button[type=submit]").click();
  await confirms(lan);
  await has(mei, "67.00");
});

it("is paid by a family card, and who gave the card sees it", async () => {
  await lan.goes("/wallet/family");
  await lan.field("treasury.to").fill("小梅");
  await lan.page.getByLabel(lan.t("wallet.family_limit")).fill("30");
  await lan.page.locator("form button.primary").click();
  await confirms(lan);
  await lan.sees("¥30.00");
  await lan.goes("/wallet/shops");
  await lan.page.getByRole("link", { name: "老王面馆" }).click();
  await lan.page.getByRole("link", { name: lan.t("shop.counter") }).click();
  const before = await spendable(mei);
  await mei.goes(await code(lan));
  await mei.page.getByLabel(mei.t("wallet.amount")).fill("12");
  await mei.page
    .getByRole("radio", { name: mei.t("shop.pay_card", { name: "阿兰", amount: "¥30.00" }) })
    .check({ force: true });
  await mei.page.locator("form button.primary").click();
  await mei.seesWords("wallet.pay_by_card", { name: "阿兰" });
  await picture(mei, "card-confirming");
  await confirms(mei);
  await mei.seesWords("common.done");
  await picture(mei, "card-paid");
  expect(await spendable(mei)).toBe(before);
  await lan.page.goBack();
  const order = lan.page.getByRole("listitem").filter({ hasText: "¥12.00" });
  await order.getByText("小梅", { exact: true }).waitFor();
  await order.getByText(lan.t("shop.by_card", { name: "阿兰" })).waitFor();
  await picture(lan, "card-orders");
  await lan.goes("/wallet/bill");
  await lan.sees("-¥12.00");
});

it("tells the shop's own program, and says when that does not arrive", async () => {
  await lan.goes("/wallet/shops");
  await lan.page.getByRole("link", { name: "老王面馆" }).click();
  await lan.page.getByRole("link", { name: lan.t("webhook.title") }).click();
  const address = lan.page.getByLabel(lan.t("webhook.url"));
  await address.fill("https://127.0.0.1/paid");
  await lan.button("webhook.save").click();
  await lan.seesWords("errors.webhook_unusable");
  await address.fill("https://program.invalid/paid");
  await lan.button("webhook.save").click();
  await lan.seesWords("webhook.secret_text");
  await lan.button("webhook.trial").click();
  await lan.sees(lan.t("webhook.waiting", { time: "" }).slice(0, 3));
});

it("has a certificate made for its program, which ends when the owner says so", async () => {
  const [key = "", request = ""] = execFileSync("python", ["-c", KEY_AND_REQUEST]).toString().split("\0");
  const csr = Buffer.from(request);
  await lan.goes("/wallet/shops");
  await lan.page.getByRole("link", { name: "老王面馆" }).click();
  await lan.page.getByRole("link", { name: lan.t("certificate.title") }).click();
  const field = lan.page.getByLabel(lan.t("certificate.request"));
  await field.fill(key);
  await lan.button("certificate.enrol").click();
  await lan.seesWords("certificate.private");
  expect(await field.inputValue()).toBe("");
  const file = { name: "shop.csr", mimeType: "application/pkcs10", buffer: csr };
  await lan.page.getByLabel(lan.t("certificate.choose")).setInputFiles(file);
  await expect.poll(() => field.inputValue()).toBe(csr.toString());
  await lan.button("certificate.enrol").click();
  await confirms(lan);
  await lan.page.getByRole("button", { name: lan.t("certificate.save") }).waitFor();
  const [download] = await Promise.all([lan.page.waitForEvent("download"), lan.button("certificate.save").click()]);
  const issued = new X509Certificate(await readFile(await download.path()));
  expect(issued.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(download.suggestedFilename()).toBe(`shop-${issued.serialNumber}.pem`);
  const certificate = lan.page.getByRole("button", { name: issued.serialNumber });
  await certificate.click();
  await lan.page.getByRole("menuitem", { name: lan.t("certificate.revoke") }).click();
  await lan.page
    .getByRole("dialog")
    .getByRole("button", { name: lan.t("certificate.revoke") })
    .click();
  await lan.seesWords("certificate.revoked_now");
  await certificate.getByText(lan.t("certificate.revoked", { date: "" }).slice(-2)).waitFor();
});

it("is closed once its money was taken out", async () => {
  await lan.goes("/wallet/shops");
  await lan.page.getByRole("link", { name: "老王面馆" }).click();
  await lan.button("shop.shut").click();
  await lan.page
    .getByRole("dialog")
    .getByRole("button", { name: lan.t("shop.shut") })
    .click();
  await lan.seesWords("errors.shop_not_empty");
  const inside = (await lan.page.locator(".balance .sum").textContent()) ?? "";
  await lan.button("shop.take").click();
  await lan.page
    .getByRole("dialog")
    .getByRole("textbox")
    .fill(inside.replace(/[^0-9.]/g, ""));
  await lan.page.getByRole("dialog").locator("button[type=submit]").click();
  await confirms(lan);
  await lan.sees("¥0.00");
  await lan.button("shop.shut").click();
  await lan.page
    .getByRole("dialog")
    .getByRole("button", { name: lan.t("shop.shut") })
    .click();
  await lan.seesWords("shop.none");
});
