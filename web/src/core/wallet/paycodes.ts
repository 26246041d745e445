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

export class PayCodes {
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

  async waiting(): Promise<PayClaim[]> {
    const { claims } = await this.http.ask<{ claims: WireClaim[] }>("GET", "/wallet/pay-codes/claims");
    return claims.map(claimOf);
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
  }

  async refuse(id: ActId): Promise<void> {
    await this.http.ask("POST", `/wallet/pay-codes/claims/${id}/refuse`, {});
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
