import type { Secret, Treasury, TreasuryAct, TreasuryCaps, TreasuryMove } from "./api.ts";
import { minorOf } from "./http.ts";
import type { Wallet } from "./wallet.ts";

/** What treasurers do, and what everybody sees of it (SPEC, Wallet). */

interface WirePerson {
  account_id: number;
  name: string;
}

interface WireBooks {
  issued_minor: string;
  held_minor: string;
  rules: { act_max_minor: string; day_max_minor: string; alone_max_minor: string };
  treasurers: WirePerson[];
}

interface WireAct {
  seq: number;
  id: string;
  kind: TreasuryAct["kind"];
  state: TreasuryAct["state"];
  treasurer: WirePerson | null;
  confirmer: WirePerson | null;
  recipient: WirePerson | null;
  amount_minor: string;
  reason: string;
  at_ms: number;
}

export class Treasuries {
  constructor(private readonly wallet: Wallet) {}

  private get http() {
    return this.wallet.http.http;
  }

  async open(name: string, symbol: string): Promise<void> {
    await this.http.ask("POST", "/wallet/treasury/open", { name, symbol });
    await this.wallet.refresh();
  }

  async books(): Promise<Treasury> {
    const [told, acts] = await Promise.all([this.http.ask<WireBooks>("GET", "/wallet/treasury"), this.acts(null)]);
    return {
      issuedMinor: minorOf(told.issued_minor),
      heldMinor: minorOf(told.held_minor),
      caps: {
        actMinor: minorOf(told.rules.act_max_minor),
        dayMinor: minorOf(told.rules.day_max_minor),
        aloneMinor: minorOf(told.rules.alone_max_minor),
      },
      treasurers: told.treasurers.map(({ account_id, name }) => ({ id: String(account_id), name })),
      ...acts,
    };
  }

  async acts(before: number | null): Promise<{ acts: TreasuryAct[]; more: boolean }> {
    const query = before === null ? "" : `?before=${before}`;
    const told = await this.http.ask<{ acts: WireAct[]; more: boolean }>("GET", `/wallet/treasury/acts${query}`);
    const person = (one: WirePerson | null) => (one === null ? null : { id: String(one.account_id), name: one.name });
    return {
      more: told.more,
      acts: told.acts.map((act) => ({
        seq: act.seq,
        id: act.id,
        kind: act.kind,
        state: act.state,
        treasurer: person(act.treasurer),
        confirmer: person(act.confirmer),
        recipient: person(act.recipient),
        amountMinor: minorOf(act.amount_minor),
        reason: act.reason,
        atMs: act.at_ms,
      })),
    };
  }

  /** Answers whether it is done, or waits for another treasurer. */
  async move(move: TreasuryMove, secret: Secret): Promise<"done" | "proposed"> {
    const { id, kind, person, amountMinor, reason } = move;
    const approval = await this.wallet.approved({ action: kind, id, amountMinor, payee: person }, secret);
    const told = await this.http.ask<{ state: "done" | "proposed" }>("POST", "/wallet/treasury/acts", {
      id,
      kind,
      account_id: Number(person),
      amount_minor: String(amountMinor),
      reason,
      approval,
    });
    return told.state;
  }

  async confirm(act: TreasuryAct, secret: Secret): Promise<void> {
    const payee = act.recipient?.id ?? "";
    const approval = await this.wallet.approved(
      { action: "confirm", id: act.id, amountMinor: act.amountMinor, payee },
      secret,
    );
    await this.http.ask("POST", `/wallet/treasury/acts/${act.id}/confirm`, { approval });
  }

  async refuse(id: string): Promise<void> {
    await this.http.ask("POST", `/wallet/treasury/acts/${id}/refuse`, {});
  }

  /** For the owner. Throws CoreError `amount_invalid` unless alone ≤ act ≤ day. */
  async setCaps({ actMinor, dayMinor, aloneMinor }: TreasuryCaps): Promise<void> {
    await this.http.ask("PUT", "/wallet/treasury/rules", {
      act_max_minor: String(actMinor),
      day_max_minor: String(dayMinor),
      alone_max_minor: String(aloneMinor),
    });
  }

  async appoint(person: string, treasurer: boolean): Promise<void> {
    await this.http.ask(treasurer ? "PUT" : "DELETE", `/wallet/treasury/treasurers/${person}`);
  }

  async freeze(person: string, frozen: boolean, reason: string): Promise<void> {
    await this.http.ask("PUT", `/wallet/treasury/purses/${person}/frozen`, { frozen, reason });
  }
}
