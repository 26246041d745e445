import type { ActId, OddTopUp, TopUps as Told, TopUp } from "./api.ts";
import { minorOf } from "./http.ts";
import type { Wallet } from "./wallet.ts";

/** 充值: paying in from outside, by the rails that the operator set up (SPEC [RL1]-[RL5]). */

interface WireCharge {
  id: string;
  rail: string;
  amount_minor: string;
  currency: string;
  state: TopUp["state"];
  made_at_ms: number;
}

interface WireOdd {
  account_id: number;
  name: string;
  charge: WireCharge;
  ext_id: string;
  said: string;
}

export class TopUps {
  constructor(private readonly wallet: Wallet) {}

  private get http() {
    return this.wallet.http.http;
  }

  async list(): Promise<Told> {
    const told = await this.http.ask<{ rails: { name: string; currency: string }[]; charges: WireCharge[] }>(
      "GET",
      "/wallet/top-ups",
    );
    const rails = told.rails.map(({ name, currency }) => ({ name, currency: currency.toUpperCase() }));
    return { rails, charges: told.charges.map(chargeOf) };
  }

  async begin(id: ActId, rail: string, amountMinor: number): Promise<string> {
    const body = { id, rail, amount_minor: String(amountMinor) };
    return (await this.http.ask<{ url: string }>("POST", "/wallet/top-ups", body)).url;
  }

  async look(id: ActId): Promise<TopUp> {
    return chargeOf(await this.http.ask<WireCharge>("GET", `/wallet/top-ups/${id}`));
  }

  async cancel(id: ActId): Promise<TopUp> {
    return chargeOf(await this.http.ask<WireCharge>("DELETE", `/wallet/top-ups/${id}`));
  }

  async odd(): Promise<OddTopUp[]> {
    const told = await this.http.ask<{ charges: WireOdd[] }>("GET", "/wallet/treasury/odd-top-ups");
    return told.charges.map((one) => ({
      charge: chargeOf(one.charge),
      person: one.name === "" ? null : { id: String(one.account_id), name: one.name },
      number: one.ext_id,
      said: saidOf(one.said),
    }));
  }

  /** For treasurers: it is dealt with. */
  async clear(id: ActId, reason: string): Promise<void> {
    await this.http.ask("POST", `/wallet/treasury/odd-top-ups/${id}/clear`, { reason });
  }
}

function saidOf(said: string): OddTopUp["said"] {
  const [differs, what = ""] = said.split(" ");
  if (differs === "amount") return { differs, amountMinor: minorOf(what) };
  if (differs === "currency") return { differs, currency: what.toUpperCase() };
  return { differs: "reference" };
}

function chargeOf(told: WireCharge): TopUp {
  return {
    id: told.id,
    rail: told.rail,
    amountMinor: minorOf(told.amount_minor),
    currency: told.currency.toUpperCase(),
    state: told.state,
    madeAtMs: told.made_at_ms,
  };
}
