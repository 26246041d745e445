/** What people do with money in every journey of the wallet. */

import type { Person } from "./person.ts";

export const PIN = "246813";

/** The six boxes of a PIN that is asked for now. */
function boxes(person: Person) {
  return person.page.locator("input[maxlength='6'][inputmode='numeric']").last();
}

/** The owner gives the community its currency. */
export async function opensCurrency(owner: Person, name = "雁币", symbol = "¥"): Promise<void> {
  await owner.goes("/wallet/treasury");
  await owner.field("treasury.name").fill(name);
  await owner.field("treasury.symbol").fill(symbol);
  await owner.button("treasury.open").click();
  await owner.seesWords("treasury.whole");
}

export async function setsPin(person: Person, pin = PIN): Promise<void> {
  await person.goes("/wallet/pin");
  await choosesPin(person, pin);
}

/** On the page that asks for a new PIN. */
export async function choosesPin(person: Person, pin = PIN): Promise<void> {
  for (const label of ["wallet.pin_choose", "wallet.pin_repeat"] as const) {
    await person.page.getByRole("textbox", { name: person.t(label) }).fill(pin);
    await person.page.locator("form button.primary").click();
  }
  await person.seesWords("wallet.pin_done");
}

/** Confirms the payment that the dialog asks for. */
export async function confirms(person: Person, pin = PIN): Promise<void> {
  await person.page.getByRole("dialog").waitFor();
  await boxes(person).fill(pin);
}

/** A treasurer gives somebody money; `yuan` as it is typed. */
export async function issues(treasurer: Person, to: string, yuan: string, reason = "欢迎"): Promise<void> {
  await treasurer.goes("/wallet");
  await treasurer.goes("/wallet/treasury/issue");
  await treasurer.field("treasury.to").fill(to);
  await treasurer.page.getByLabel(treasurer.t("wallet.amount")).fill(yuan);
  await treasurer.field("treasury.reason").fill(reason);
  await treasurer.button("treasury.next").click();
  await confirms(treasurer);
  await treasurer.page.getByRole("dialog").waitFor({ state: "hidden" });
}

/** Waits until her wallet says so. */
export async function has(person: Person, shown: string): Promise<void> {
  await person.goes("/wallet");
  await person.sees(shown);
}

/** A town with an open wallet: the owner and these friends of hers, each with a PIN and 100.00. */
export async function withMoney(owner: Person, others: readonly Person[]): Promise<void> {
  await opensCurrency(owner);
  await Promise.all([owner, ...others].map((one) => setsPin(one)));
  for (const one of [owner, ...others]) await issues(owner, one.name, "100");
}
