import type { ActId, FamilyCard, Secret } from "./api.ts";
import { minorOf } from "./http.ts";
import type { Wallet } from "./wallet.ts";

/** 亲属卡: letting somebody pay at shops from one's own purse (SPEC [FC1] [FC2]). */

interface WireCard {
  account_id: number;
  name: string;
  limit_minor: string;
  spent_minor: string;
}

export class Family {
  constructor(private readonly wallet: Wallet) {}

  private get http() {
    return this.wallet.http.http;
  }

  async cards(): Promise<{ given: FamilyCard[]; got: FamilyCard[] }> {
    const told = await this.http.ask<{ given: WireCard[]; got: WireCard[] }>("GET", "/wallet/family");
    return { given: told.given.map(cardOf), got: told.got.map(cardOf) };
  }

  /** Gives a card, or changes its sum; confirmed with her PIN. */
  async give(id: ActId, person: string, limitMinor: number, secret: Secret): Promise<void> {
    const act = { action: "family_card", id, amountMinor: limitMinor, payee: person };
    const approval = await this.wallet.approved(act, secret);
    await this.http.ask("PUT", `/wallet/family/${person}`, { id, limit_minor: String(limitMinor), approval });
  }

  /** Takes a card back, or gives back one she got. */
  async end(person: string, got: boolean): Promise<void> {
    await this.http.ask("DELETE", `/wallet/family/${person}${got ? "/got" : ""}`);
  }
}

function cardOf(told: WireCard): FamilyCard {
  return {
    person: String(told.account_id),
    name: told.name,
    limitMinor: minorOf(told.limit_minor),
    spentMinor: minorOf(told.spent_minor),
  };
}
