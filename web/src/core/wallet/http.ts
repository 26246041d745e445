import type { Http } from "../http.ts";
import type {
  Asset,
  Bill,
  BillEntry,
  EntryCode,
  SpendingLimit,
  WalletCommands,
  WalletErrorCode,
  WalletState,
} from "./api.ts";

/** The wallet's HTTP routes (SPEC, Wallet), typed. On the wire an amount is a string of digits. */

/** Refusals that a person is told of. */
export const WALLET_ERRORS: Record<string, WalletErrorCode> = {
  wallet_not_open: "wallet_not_open",
  insufficient: "insufficient",
  wrong_payment_pin: "wrong_payment_pin",
  payment_pin_locked: "payment_pin_locked",
  payment_pin_missing: "payment_pin_missing",
  approval_unknown: "approval_unknown",
  amount_invalid: "amount_invalid",
  over_limit: "over_limit",
  frozen: "frozen",
  already_done_differently: "already_done_differently",
  not_yours: "not_yours",
  ended: "ended",
  act_unknown: "act_unknown",
  not_signed_yet: "not_signed_yet",
  pay_code_unusable: "pay_code_unusable",
  webhook_unusable: "webhook_unusable",
  csr_unusable: "csr_unusable",
  passkey_not_allowed: "passkey_not_allowed",
  rail_unknown: "rail_unknown",
  rail_unavailable: "rail_unavailable",
  not_treasurer: "not_treasurer",
  payee_frozen: "payee_frozen",
  pin_too_simple: "pin_too_simple",
  pin_proof_needed: "pin_proof_needed",
  shop_unknown: "shop_unknown",
  shop_not_empty: "shop_not_empty",
  refund_too_large: "refund_too_large",
  too_many: "too_many",
  over_treasury_cap: "over_treasury_cap",
  needs_another_treasurer: "needs_another_treasurer",
  over_card_limit: "over_card_limit",
};

interface WireLimit {
  limit_minor: string | null;
  spent_minor: string;
  next_minor: string | null;
  next_at_ms: number | null;
}

interface WireWallet {
  open: boolean;
  asset: Asset | null;
  balance_minor: string;
  available_minor: string;
  has_pin: boolean;
  passkeys_allowed: boolean;
  claims_waiting: boolean;
  locked_until_ms: number | null;
  pin_reset_at_ms: number | null;
  limits: { day: WireLimit; month: WireLimit } | null;
  is_treasurer: boolean;
  frozen: boolean;
}

interface WireEntry {
  seq: number;
  id: string;
  at_ms: number;
  code: EntryCode;
  amount_minor: string;
  original_minor: string;
  state: BillEntry["state"];
  other: { account_id: number; name: string } | null;
}

/** What a route says of a sum; the server never names one that is not exact here. */
export function minorOf(text: string): number {
  const minor = Number(text);
  if (!Number.isSafeInteger(minor)) throw new Error("an amount that is none");
  return minor;
}

function limitOf(told: WireLimit): SpendingLimit {
  const most = (text: string | null) => (text === null ? null : minorOf(text));
  return {
    limitMinor: most(told.limit_minor),
    spentMinor: minorOf(told.spent_minor),
    next: told.next_at_ms === null ? null : { limitMinor: most(told.next_minor), atMs: told.next_at_ms },
  };
}

interface WireAct {
  action: string;
  id: string;
  amount_minor: string;
  asset: string;
  payee: string;
}

export class WalletHttp {
  constructor(readonly http: Http) {}

  /** Her wallet, and whether something waits for her to confirm. */
  async state(): Promise<{ state: WalletState; claimsWaiting: boolean }> {
    const told = await this.http.ask<WireWallet>("GET", "/wallet");
    const state = {
      asset: told.asset,
      balanceMinor: minorOf(told.balance_minor),
      availableMinor: minorOf(told.available_minor),
      hasPin: told.has_pin,
      passkeysAllowed: told.passkeys_allowed,
      lockedUntilMs: told.locked_until_ms,
      resetAtMs: told.pin_reset_at_ms,
      limits: told.limits === null ? null : { day: limitOf(told.limits.day), month: limitOf(told.limits.month) },
      isTreasurer: told.is_treasurer,
      frozen: told.frozen,
    };
    return { state, claimsWaiting: told.claims_waiting };
  }

  async bill({ month, offsetMinutes, before, codes }: WalletCommands["walletBill"][0]): Promise<Bill> {
    const query = new URLSearchParams({ month, offset_minutes: String(offsetMinutes) });
    if (before !== null) query.set("before", String(before));
    for (const code of codes) query.append("codes", code);
    const told = await this.http.ask<{
      entries: WireEntry[];
      in_minor: string;
      out_minor: string;
      kinds: { code: EntryCode; in_minor: string; out_minor: string }[];
      more: boolean;
    }>("GET", `/wallet/bill?${query}`);
    return {
      entries: told.entries.map((one) => ({
        seq: one.seq,
        id: one.id,
        atMs: one.at_ms,
        code: one.code,
        amountMinor: minorOf(one.amount_minor),
        originalMinor: minorOf(one.original_minor),
        state: one.state,
        other: one.other === null ? null : { id: String(one.other.account_id), name: one.other.name },
      })),
      inMinor: minorOf(told.in_minor),
      outMinor: minorOf(told.out_minor),
      kinds: told.kinds.map((one) => ({
        code: one.code,
        inMinor: minorOf(one.in_minor),
        outMinor: minorOf(one.out_minor),
      })),
      more: told.more,
    };
  }

  putPin = (pin: string, old: string | null) =>
    this.http.ask<null>("PUT", "/wallet/pin", { pin, ...(old === null ? {} : { old }) });

  approve = (act: WireAct, proof: { pin: string } | { credential: unknown }) =>
    this.http.ask<{ approval: string }>("POST", "/wallet/approvals", { ...act, ...proof });

  passkeyOptions = (act: WireAct) => this.http.ask<{ options: unknown }>("POST", "/wallet/approvals/passkey", act);

  allowPasskeys = (pin: string | null) =>
    this.http.ask<null>(pin === null ? "DELETE" : "PUT", "/wallet/passkeys", pin === null ? undefined : { pin });
}
