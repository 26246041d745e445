import { CoreError } from "../api.ts";
import { base64url, fromBase64, textOf, utf8 } from "../bytes.ts";
import { parseLink } from "../contacts/links.ts";
import { type CollectionCard, cutWords } from "../content/money.ts";
import type { ActId, Collection, NewCollection, Payee, Secret } from "./api.ts";
import type { Cards } from "./cards.ts";
import { minorOf } from "./http.ts";
import type { Wallet } from "./wallet.ts";

/** Being paid and paying by codes, and money asked of others (SPEC, Wallet). */

const REMARK_CHARACTERS_MAX = 30;

interface WireCollection {
  id: string;
  creator: number;
  creator_name: string;
  made_at_ms: number;
  closed_at_ms: number | null;
  parts: { account_id: number; name: string; amount_minor: string; paid_at_ms: number | null }[];
}

export class Paying {
  constructor(
    private readonly wallet: Wallet,
    private readonly cards: Cards,
  ) {}

  private get http() {
    return this.wallet.http.http;
  }

  /** The text of her receive code. The remark travels in it and is never told to the server. */
  async receiveLink(amountMinor: number | null, remark: string, renew: boolean): Promise<string> {
    const { token } = await this.http.ask<{ token: string }>(renew ? "PUT" : "GET", "/wallet/receive");
    const { accountId, platform } = this.wallet.session;
    const words = [...remark].slice(0, REMARK_CHARACTERS_MAX).join("");
    const more = amountMinor === null ? "" : `.${amountMinor}${words === "" ? "" : `.${base64url(utf8(words))}`}`;
    return `${platform.origin}/p#${accountId}.${token}${more}`;
  }

  /** Who is paid by a code. Throws CoreError `code_unusable`. */
  async payee(link: string): Promise<Payee> {
    const { payee, token, amountMinor, remark } = codeIn(link);
    const told = await this.http.ask<{ account_id: number; name: string }>("POST", "/wallet/receive/look", {
      payee,
      token,
    });
    return { person: String(told.account_id), name: told.name, amountMinor, remark };
  }

  /** Pays whoever shows the code: once, however often it is tried. */
  async payCode(id: ActId, link: string, amountMinor: number, secret: Secret): Promise<void> {
    const { payee, token } = codeIn(link);
    const act = { action: "pay_receive_code", id, amountMinor, payee: String(payee) };
    const approval = await this.wallet.approved(act, secret);
    await this.http.ask("POST", "/wallet/receive/pay", {
      id,
      payee,
      token,
      amount_minor: String(amountMinor),
      approval,
    });
  }

  async collection(id: ActId): Promise<Collection> {
    return collectionOf(await this.http.ask<WireCollection>("GET", `/wallet/collections/${id}`));
  }

  /** Asks for the money, then says so in the chat: what it is for travels in the card only. */
  async ask({ id, chat, title, split, parts }: NewCollection): Promise<void> {
    const card: CollectionCard = { kind: "collection", id, title: cutWords(title), split };
    await this.cards.send(chat, card, async () => {
      await this.http.ask("POST", "/wallet/collections", {
        id,
        parts: parts.map((part) => ({ account_id: Number(part.person), amount_minor: String(part.amountMinor) })),
      });
      return card;
    });
  }

  /** Pays her own part: once. */
  async payPart(one: Collection, amountMinor: number, secret: Secret): Promise<Collection> {
    const approval = await this.wallet.approved(
      { action: "pay_part", id: one.id, amountMinor, payee: one.creator },
      secret,
    );
    return collectionOf(await this.http.ask("POST", `/wallet/collections/${one.id}/pay`, { approval }));
  }

  async close(id: ActId): Promise<Collection> {
    return collectionOf(await this.http.ask<WireCollection>("POST", `/wallet/collections/${id}/close`, {}));
  }
}

function collectionOf(told: WireCollection): Collection {
  return {
    id: told.id,
    creator: String(told.creator),
    creatorName: told.creator_name,
    madeAtMs: told.made_at_ms,
    closed: told.closed_at_ms !== null,
    parts: told.parts.map((part) => ({
      person: String(part.account_id),
      name: part.name,
      amountMinor: minorOf(part.amount_minor),
      paid: part.paid_at_ms !== null,
    })),
  };
}

function codeIn(link: string): { payee: number; token: string; amountMinor: number | null; remark: string } {
  const parsed = parseLink(link);
  if (parsed.kind !== "pay") throw new CoreError("code_unusable");
  let remark = "";
  try {
    remark = [...textOf(fromBase64(parsed.remark))].slice(0, REMARK_CHARACTERS_MAX).join("");
  } catch {
    // A code whose remark is broken still says whom to pay.
  }
  return { ...parsed, remark };
}
