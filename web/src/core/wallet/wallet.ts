import { CoreError } from "../api.ts";
import type { Session } from "../session.ts";
import type { Act, Secret, WalletState } from "./api.ts";
import { BooksCheck } from "./books/books.ts";
import type { Cards } from "./cards.ts";
import { Certificates } from "./certificates.ts";
import { Family } from "./family.ts";
import { WalletHttp } from "./http.ts";
import { PayCodes } from "./paycodes.ts";
import { Paying } from "./paying.ts";
import { Shops } from "./shops.ts";
import { TopUps } from "./topups.ts";
import { Treasuries } from "./treasury.ts";

/** Her wallet as the server has it. Nothing of it is kept on the device: money is where the ledger is. */
export class Wallet {
  readonly http: WalletHttp;
  readonly family: Family;
  readonly topUps: TopUps;
  readonly paying: Paying;
  readonly payCodes: PayCodes;
  readonly shops: Shops;
  readonly certificates: Certificates;
  readonly treasury: Treasuries;
  readonly books: BooksCheck;
  state: WalletState | null = null;
  /** How many times something changed. */
  news = 0;
  /** What a passkey is to answer for the payment that was refused with `passkey_wanted`. */
  passkeyAsked: unknown = null;
  private asking: Promise<WalletState> | null = null;

  constructor(
    readonly session: Session,
    cards: Cards,
  ) {
    this.http = new WalletHttp(session.http);
    this.family = new Family(this);
    this.topUps = new TopUps(this);
    this.paying = new Paying(this, cards);
    this.payCodes = new PayCodes(this);
    this.shops = new Shops(this);
    this.certificates = new Certificates(this);
    this.treasury = new Treasuries(this);
    this.books = new BooksCheck(this);
  }

  /** Asks the server; several who want it at once share one question. Throws CoreError. */
  refresh(): Promise<WalletState> {
    if (this.asking !== null) return this.asking;
    const asked: Promise<WalletState> = this.http
      .state()
      .then(({ state, claimsWaiting }) => {
        if (this.asking !== asked) return state;
        this.state = state;
        this.touch("wallet");
        this.payCodes.told(claimsWaiting);
        return state;
      })
      .finally(() => {
        if (this.asking === asked) this.asking = null;
      });
    this.asking = asked;
    return asked;
  }

  /** The server says that something of her money is not as it was: an answer under way may not know of it yet. */
  async changed(): Promise<void> {
    this.news += 1;
    this.touch("walletNews");
    await this.asking?.catch(() => undefined);
    await this.refresh();
  }

  /** There is a connection again: what was asked before it may never be answered. */
  async connected(): Promise<void> {
    this.asking = null;
    await this.changed();
  }

  /** The code of the currency. Throws CoreError `wallet_not_open`. */
  async asset(): Promise<string> {
    const { asset } = this.state ?? (await this.refresh());
    if (asset === null) throw new CoreError("wallet_not_open");
    return asset.code;
  }

  /** Leave to do exactly this, once. Throws CoreError: `passkey_wanted`, `wrong_payment_pin` and others. */
  async approved(act: Act, secret: Secret): Promise<string> {
    const asked = {
      action: act.action,
      id: act.id,
      amount_minor: String(act.amountMinor),
      asset: await this.asset(),
      payee: act.payee,
    };
    if (secret === "passkey") {
      this.passkeyAsked = (await this.http.passkeyOptions(asked)).options;
      throw new CoreError("passkey_wanted");
    }
    return (await this.http.approve(asked, secret)).approval;
  }

  /** `pin` null: no passkey confirms a payment any more. */
  async allowPasskeys(pin: string | null): Promise<void> {
    await this.http.allowPasskeys(pin);
    await this.refresh();
  }

  async setPin(pin: string, old: string | null): Promise<void> {
    await this.http.putPin(pin, old);
    await this.refresh();
  }

  /** A forgotten PIN may be replaced after a day, of which all her devices are told; or she remembers it. */
  async pinForgotten(waits: boolean): Promise<void> {
    await this.session.http.ask(waits ? "POST" : "DELETE", "/wallet/pin/wait");
    await this.refresh();
  }

  async setLimits(dayMinor: number | null, monthMinor: number | null): Promise<void> {
    const text = (minor: number | null) => (minor === null ? null : String(minor));
    await this.session.http.ask("PUT", "/wallet/limits", { day_minor: text(dayMinor), month_minor: text(monthMinor) });
    await this.refresh();
  }

  touch(topic: string): void {
    this.session.store.write((tx) => tx.touch(topic));
  }
}
