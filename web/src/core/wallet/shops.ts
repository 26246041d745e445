import { CoreError, type PersonId } from "../api.ts";
import { parseLink } from "../contacts/links.ts";
import type { ActId, Counter, Secret, Shop, ShopNotice, ShopOrder, ShopReport, ShopWebhook } from "./api.ts";
import { minorOf } from "./http.ts";
import type { Wallet } from "./wallet.ts";

/** Shops: taking money by codes, giving it back, and paying a shop (SPEC, Wallet, [SH1]-[SH8]). */

interface WirePerson {
  account_id: number;
  name: string;
}

interface WireShop {
  id: string;
  name: string;
  is_owner: boolean;
  balance_minor: string;
  staff: WirePerson[];
}

interface WireOrder {
  id: string;
  shop_id: string;
  shop_name: string;
  out_trade_no: string;
  amount_minor: string;
  description: string;
  state: ShopOrder["state"];
  made_at_ms: number;
  refunded_minor: string;
  customer: WirePerson | null;
  payer: WirePerson | null;
}

interface WireWebhook {
  url: string;
  notices: {
    id: string;
    kind: ShopNotice["kind"];
    state: ShopNotice["state"];
    attempts: number;
    made_at_ms: number;
    next_at_ms: number | null;
  }[];
}

interface WireReport {
  days: { day: string; orders: number; paid_minor: string; refunds: number; refunded_minor: string }[];
  paid_minor: string;
  refunded_minor: string;
}

export class Shops {
  constructor(private readonly wallet: Wallet) {}

  private get http() {
    return this.wallet.http.http;
  }

  async list(): Promise<Shop[]> {
    const told = await this.http.ask<{ shops: WireShop[] }>("GET", "/wallet/shops");
    return told.shops.map((shop) => ({
      id: shop.id,
      name: shop.name,
      isOwner: shop.is_owner,
      balanceMinor: minorOf(shop.balance_minor),
      staff: shop.staff.map(personOf),
    }));
  }

  async open(id: ActId, name: string): Promise<void> {
    await this.http.ask("POST", "/wallet/shops", { id, name });
  }

  async closeShop(shop: ActId): Promise<void> {
    await this.http.ask("DELETE", `/wallet/shops/${shop}`);
  }

  async staff(shop: ActId, person: string, works: boolean): Promise<void> {
    await this.http.ask(works ? "PUT" : "DELETE", `/wallet/shops/${shop}/staff/${person}`);
  }

  /** The text of the code on the counter, or of one order. */
  link(shop: ActId, order: ActId | null): string {
    return `${this.wallet.session.platform.origin}/b#${shop}${order === null ? "" : `.${order}`}`;
  }

  /** Whom a scanned code pays, and what it asks for. Throws CoreError `code_unusable`, `shop_unknown`. */
  async counter(link: string): Promise<Counter> {
    const parsed = parseLink(link);
    if (parsed.kind !== "shop") throw new CoreError("code_unusable");
    if (parsed.order !== null) {
      const order = orderOf(await this.http.ask<WireOrder>("GET", `/wallet/orders/${parsed.order}`));
      return { shop: order.shop, name: order.shopName, order };
    }
    const told = await this.http.ask<{ id: string; name: string }>("GET", `/wallet/shops/${parsed.shop}`);
    return { shop: told.id, name: told.name, order: null };
  }

  /** Pays an order, or at the counter under `id`: once, however often it is tried. `card`: by whose family card. */
  async pay(
    id: ActId,
    counter: Counter,
    amountMinor: number,
    card: PersonId | null,
    secret: Secret,
  ): Promise<ShopOrder> {
    const { shop, order } = counter;
    const payee = `shop:${shop}${card === null ? "" : `:card:${card}`}`;
    const by = card === null ? {} : { card: Number(card) };
    if (order !== null) {
      const act = { action: "order", id: order.id, amountMinor: order.amountMinor, payee };
      const approval = await this.wallet.approved(act, secret);
      return orderOf(await this.http.ask<WireOrder>("POST", `/wallet/orders/${order.id}/pay`, { approval, ...by }));
    }
    const approval = await this.wallet.approved({ action: "pay_shop", id, amountMinor, payee }, secret);
    const body = { id, amount_minor: String(amountMinor), approval, ...by };
    return orderOf(await this.http.ask<WireOrder>("POST", `/wallet/shops/${shop}/pay`, body));
  }

  async orders(shop: ActId): Promise<ShopOrder[]> {
    const told = await this.http.ask<{ orders: WireOrder[] }>("GET", `/wallet/shops/${shop}/orders`);
    return told.orders.map(orderOf);
  }

  /** `no`: the shop's own number, by which a repeat is the same order. */
  async make(shop: ActId, no: string, amountMinor: number, description: string): Promise<ShopOrder> {
    const body = { out_trade_no: no, amount_minor: String(amountMinor), description };
    return orderOf(await this.http.ask<WireOrder>("POST", `/wallet/shops/${shop}/orders`, body));
  }

  async close(order: ShopOrder): Promise<void> {
    await this.http.ask("POST", `/wallet/shops/${order.shop}/orders/${order.no}/close`, {});
  }

  async refund(id: ActId, order: ShopOrder, amountMinor: number, reason: string, secret: Secret): Promise<void> {
    const payee = order.payer?.id ?? "";
    const approval = await this.wallet.approved({ action: "refund", id, amountMinor, payee }, secret);
    const body = { id, amount_minor: String(amountMinor), reason, approval };
    await this.http.ask("POST", `/wallet/shops/${order.shop}/orders/${order.no}/refund`, body);
  }

  async take(id: ActId, shop: ActId, amountMinor: number, secret: Secret): Promise<void> {
    const payee = String(this.wallet.session.accountId);
    const approval = await this.wallet.approved({ action: "shop_pay_out", id, amountMinor, payee }, secret);
    await this.http.ask("POST", `/wallet/shops/${shop}/take`, { id, amount_minor: String(amountMinor), approval });
  }

  /** Where the shop's program is told, and what became of the newest notices [SH8]. */
  async webhook(shop: ActId): Promise<ShopWebhook> {
    const told = await this.http.ask<WireWebhook>("GET", `/wallet/shops/${shop}/webhook`);
    return {
      url: told.url,
      notices: told.notices.map((one) => ({
        id: one.id,
        kind: one.kind,
        state: one.state,
        attempts: one.attempts,
        madeAtMs: one.made_at_ms,
        nextAtMs: one.next_at_ms,
      })),
    };
  }

  /** Answers the secret that notices are signed with, which is never told again. */
  async putWebhook(shop: ActId, url: string): Promise<string> {
    const told = await this.http.ask<{ secret: string }>("PUT", `/wallet/shops/${shop}/webhook`, { url });
    return told.secret;
  }

  async removeWebhook(shop: ActId): Promise<void> {
    await this.http.ask("DELETE", `/wallet/shops/${shop}/webhook`);
  }

  async tryWebhook(shop: ActId): Promise<void> {
    await this.http.ask("POST", `/wallet/shops/${shop}/webhook/trial`, {});
  }

  /** `offsetMinutes`: how far her clock is ahead of UTC. */
  async report(shop: ActId, month: string, offsetMinutes: number): Promise<ShopReport> {
    const query = new URLSearchParams({ month, offset_minutes: String(offsetMinutes) });
    const told = await this.http.ask<WireReport>("GET", `/wallet/shops/${shop}/report?${query}`);
    return {
      paidMinor: minorOf(told.paid_minor),
      refundedMinor: minorOf(told.refunded_minor),
      days: told.days.map((one) => ({
        day: one.day,
        orders: one.orders,
        paidMinor: minorOf(one.paid_minor),
        refunds: one.refunds,
        refundedMinor: minorOf(one.refunded_minor),
      })),
    };
  }
}

function personOf({ account_id, name }: WirePerson): { id: PersonId; name: string } {
  return { id: String(account_id), name };
}

function orderOf(told: WireOrder): ShopOrder {
  return {
    id: told.id,
    shop: told.shop_id,
    shopName: told.shop_name,
    no: told.out_trade_no,
    amountMinor: minorOf(told.amount_minor),
    description: told.description,
    state: told.state,
    madeAtMs: told.made_at_ms,
    refundedMinor: minorOf(told.refunded_minor),
    customer: told.customer && personOf(told.customer),
    payer: told.payer && personOf(told.payer),
  };
}
