/** Somebody lets her passkeys confirm payments, and pays by one. */

import { beforeAll, it } from "vitest";
import type { Person } from "../person.ts";
import { scan } from "../qr.ts";
import { confirms, has, PIN, withMoney } from "../wallet.ts";
import { useTown } from "./use-town.ts";

const town = useTown();
let lan: Person;
let mei: Person;

beforeAll(async () => {
  lan = await town().owner("阿兰");
  mei = await town().friendOf(lan, "小梅");
  await withMoney(lan, [mei]);
  const session = await mei.context.newCDPSession(mei.page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
});

/** Pays lan by the code on her page; the dialog that asks for the confirmation is open then. */
async function asksToPay(yuan: string): Promise<void> {
  await lan.goes("/wallet/receive");
  const code = lan.page.locator("[role=img]").filter({ visible: true }).last();
  const link = new URL(await scan(code));
  await mei.goes(link.pathname + link.hash);
  await mei.page.getByLabel(mei.t("wallet.amount")).fill(yuan);
  await mei.page.locator("form button.primary").click();
  await mei.page.getByRole("dialog").waitFor();
}

it("is told to add a passkey first, and allows it with her PIN", async () => {
  await mei.goes("/wallet/passkeys");
  await mei.page.getByRole("link", { name: mei.t("wallet.passkeys_add") }).click();
  await mei.button("passkeys.add").click();
  await mei.answersLine("小梅的手机");
  await mei.sees("小梅的手机");
  await mei.goes("/wallet/passkeys");
  await mei.seesWords("wallet.passkeys_pin");
  await mei.page.locator("input[maxlength='6']").fill(PIN);
  await mei.seesWords("wallet.passkeys_stop");
});

it("pays with it, for exactly what the dialog says", async () => {
  await asksToPay("12");
  await mei.button("wallet.pay_passkey").click();
  await mei.seesWords("pay.done");
  await has(mei, "88.00");
  await has(lan, "112.00");
});

it("takes that back, and pays by PIN again", async () => {
  await mei.goes("/wallet/passkeys");
  await mei.button("wallet.passkeys_stop").click();
  await mei.seesWords("wallet.passkeys_pin");
  await asksToPay("8");
  await mei.button("wallet.pay_passkey").waitFor({ state: "hidden" });
  await confirms(mei);
  await mei.seesWords("pay.done");
  await has(mei, "80.00");
});
