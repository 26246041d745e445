import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { CoreError } from "../api.ts";
import { concat, fromBase64, utf8 } from "../bytes.ts";
import * as meta from "../store/meta.ts";
import type { ActId, PayClaim, PayCode, Secret } from "./api.ts";
import { minorOf } from "./http.ts";
import type { Wallet } from "./wallet.ts";

/** 付款码 [PY6]-[PY10]: codes made on this device, and what is asked for by them. */

export const STEP_MS = 60_000;
const PROOF_DIGITS = 10;

interface WireClaim {
  id: string;
  payer: number;
  payer_name: string;
  payee: number;
  payee_name: string;
  amount_minor: string;
  state: PayClaim["state"];
  expires_at_ms: number;
}

/** Twenty digits for the minute of this moment by the server's clock. */
export function payDigits(handle: string, secret: Uint8Array, nowMs: number): string {
  const step = new Uint8Array(8);
  new DataView(step.buffer).setBigUint64(0, BigInt(Math.floor(nowMs / STEP_MS)));
  const mac = hmac(sha256, secret, concat(utf8("hongyan pay code v1\0"), step));
  const proof = new DataView(mac.buffer, mac.byteOffset).getBigUint64(0) % 10n ** BigInt(PROOF_DIGITS);
  return handle + String(proof).padStart(PROOF_DIGITS, "0");
}

interface Waiting extends PayClaim {
  expiresAtMs: number;
}

export class PayCodes {
  /** What waits for her to confirm, as long as it may be confirmed. */
  waiting: readonly Waiting[] = [];
  /** Answered here: an older word of the server does not ask her again. */
  private readonly answered = new Set<ActId>();
  /** The server says that something waits, and has not said what. */
  private isDue = false;
  private asked = 0;

  constructor(private readonly wallet: Wallet) {}

  private get http() {
    return this.wallet.http.http;
  }

  /**
   * The code of this minute. `fresh`: with a new key, when the server can be reached, so that codes shown until now
   * take nothing any more. Throws CoreError only when this device never had a key.
   */
  async show(fresh: boolean): Promise<PayCode> {
    const { store, clock, platform } = this.wallet.session;
    if (fresh || meta.bytes(store, "pay_secret") === null) {
      try {
        const told = await this.http.ask<{ handle: string; secret: string }>("POST", "/wallet/pay-codes/key", {});
        store.write((tx) => {
          meta.put(tx, "pay_handle", told.handle);
          meta.put(tx, "pay_secret", fromBase64(told.secret));
        });
      } catch (error) {
        if (meta.bytes(store, "pay_secret") === null) throw error;
      }
    }
    const secret = meta.bytes(store, "pay_secret");
    if (secret === null) throw new CoreError("unexpected");
    const nowMs = clock.now();
    const digits = payDigits(meta.words(store, "pay_handle"), secret, nowMs);
    return { digits, link: `${platform.origin}/c#${digits}`, changesInMs: STEP_MS - (nowMs % STEP_MS) };
  }

  async small(): Promise<{ allowed: boolean; units: number }> {
    return this.http.ask("GET", "/wallet/pay-codes/small");
  }

  /** Small amounts without asking: turned on by her payment PIN, turned off by a touch. */
  async allowSmall(id: ActId, secret: Secret): Promise<void> {
    const payee = String(this.wallet.session.accountId);
    const approval = await this.wallet.approved({ action: "pay_small", id, amountMinor: 0, payee }, secret);
    await this.http.ask("PUT", "/wallet/pay-codes/small", { id, approval });
  }

  async forbidSmall(): Promise<void> {
    await this.http.ask("DELETE", "/wallet/pay-codes/small");
  }

  /** Whether anything waits for her, as the server says now. */
  told(isWaiting: boolean): void {
    this.isDue = isWaiting;
    this.asked += 1;
    if (isWaiting) this.look();
    else this.put([]);
  }

  /** Asks again for what could not be had. */
  tend(): void {
    if (this.isDue) this.look();
  }

  /** What was not answered in time is over. */
  expire(): void {
    const nowMs = this.wallet.session.clock.now();
    if (this.waiting.some((claim) => claim.expiresAtMs <= nowMs)) this.put(this.waiting);
  }

  private look(): void {
    this.isDue = false;
    this.asked += 1;
    const { asked } = this;
    this.http.ask<{ claims: WireClaim[] }>("GET", "/wallet/pay-codes/claims").then(
      ({ claims }) => {
        if (this.asked === asked)
          this.put(claims.map((told) => ({ ...claimOf(told), expiresAtMs: told.expires_at_ms })));
      },
      () => {
        if (this.asked === asked) this.isDue = true;
      },
    );
  }

  private put(claims: readonly Waiting[]): void {
    const nowMs = this.wallet.session.clock.now();
    const left = claims.filter((claim) => claim.expiresAtMs > nowMs && !this.answered.has(claim.id));
    if (left.length === 0 && this.waiting.length === 0) return;
    this.waiting = left;
    this.wallet.touch("payClaims");
  }

  private settle(id: ActId): void {
    this.answered.add(id);
    this.put(this.waiting);
  }

  /** Asks whoever shows a code for an amount: once, however often it is tried. */
  async take(id: ActId, code: string, amountMinor: number): Promise<PayClaim> {
    return claimOf(
      await this.http.ask("POST", "/wallet/pay-codes/claims", { id, code, amount_minor: String(amountMinor) }),
    );
  }

  async claim(id: ActId): Promise<PayClaim> {
    return claimOf(await this.http.ask("GET", `/wallet/pay-codes/claims/${id}`));
  }

  async pay({ id, amountMinor, payee }: PayClaim, secret: Secret): Promise<void> {
    const approval = await this.wallet.approved({ action: "pay_code", id, amountMinor, payee }, secret);
    await this.http.ask("POST", `/wallet/pay-codes/claims/${id}/pay`, { approval });
    this.settle(id);
  }

  async refuse(id: ActId): Promise<void> {
    await this.http.ask("POST", `/wallet/pay-codes/claims/${id}/refuse`, {});
    this.settle(id);
  }
}

function claimOf(told: WireClaim): PayClaim {
  return {
    id: told.id,
    payer: String(told.payer),
    payerName: told.payer_name,
    payee: String(told.payee),
    payeeName: told.payee_name,
    amountMinor: minorOf(told.amount_minor),
    state: told.state,
  };
}
