/** What the app may ask and watch of the wallet. Amounts are whole numbers of the currency's minor units. */
import type { ChatId, PersonId } from "../api.ts";
import type { GiftCommands } from "./gifts-api.ts";

/** An act of hers in 32 hexadecimal digits, made before it is first asked for: the same one never happens twice. */
export type ActId = string;

export interface Asset {
  code: string;
  name: string;
  symbol: string;
  exponent: number; // how many digits stand after the point
}

export interface WalletState {
  asset: Asset | null; // null: nobody has opened the wallet of this community yet
  balanceMinor: number;
  availableMinor: number; // the balance without what is held for what she sent
  hasPin: boolean;
  passkeysAllowed: boolean; // those she had when she allowed it may confirm payments
  lockedUntilMs: number | null; // the payment PIN was wrong too often
  resetAtMs: number | null; // from when on a forgotten payment PIN may be set anew
  limits: { day: SpendingLimit; month: SpendingLimit } | null;
  isTreasurer: boolean;
  frozen: boolean;
}

/** What she may spend in a day or a month, as she set it herself. */
export interface SpendingLimit {
  limitMinor: number | null;
  spentMinor: number;
  /** What holds from then on; null when nothing is about to change. */
  next: { limitMinor: number | null; atMs: number } | null;
}

/** 亲属卡: who holds it pays at shops from the giver's purse. */
export interface FamilyCard {
  person: PersonId;
  name: string;
  limitMinor: number; // in a month
  spentMinor: number;
}

/** How she confirms a payment: for exactly what it is, and once. */
/** Her PIN; or "passkey", which is refused with `passkey_wanted`, and then what a passkey answered `passkeyAsked`. */
export type Secret = { pin: string } | { credential: unknown } | "passkey";

/** What is confirmed. `payee`: a person's id, or what the SPEC says for other acts. */
export interface Act {
  action: string;
  id: ActId;
  amountMinor: number;
  payee: string;
}

export type EntryCode =
  | "issue"
  | "payout"
  | "transfer"
  | "packet"
  | "packet_share"
  | "packet_back"
  | "pay_code"
  | "receive_code"
  | "split"
  | "request"
  | "order"
  | "order_refund"
  | "correction"
  | "top_up";

export interface BillEntry {
  seq: number;
  id: string;
  atMs: number;
  code: EntryCode;
  amountMinor: number; // negative: it went out
  originalMinor: number; // before it was given back
  state: "posted" | "open" | "voided" | "expired";
  other: { id: PersonId; name: string } | null; // null: nobody, such as the treasury
}

/** What came and went of one kind in a month. */
export interface BillKind {
  code: EntryCode;
  inMinor: number;
  outMinor: number;
}

/** A page of a month; the sums are of all of the month, whichever kinds were asked for. */
export interface Bill {
  entries: BillEntry[];
  inMinor: number;
  outMinor: number;
  kinds: BillKind[];
  more: boolean;
}

/** Whom a receive code pays. `amountMinor`: what it asks for, null when the payer says. */
export interface Payee {
  person: PersonId;
  name: string;
  amountMinor: number | null;
  remark: string;
}

/** Money that somebody asked others for. */
export interface Collection {
  id: ActId;
  creator: PersonId;
  creatorName: string;
  madeAtMs: number;
  closed: boolean;
  parts: { person: PersonId; name: string; amountMinor: number; paid: boolean }[];
}

/** Money to be asked of one friend, or, with `split`, of members of a group; `title` only in the encrypted card. */
export interface NewCollection {
  id: ActId;
  chat: ChatId;
  title: string;
  split: boolean;
  parts: readonly { person: PersonId; amountMinor: number }[];
}

/** What a treasurer does with money. */
export interface TreasuryMove {
  id: ActId;
  kind: "issue" | "top_up" | "pay_out";
  person: PersonId;
  amountMinor: number;
  reason: string;
}

export interface TreasuryAct {
  seq: number;
  id: ActId;
  kind: TreasuryMove["kind"] | "freeze" | "unfreeze" | "appoint" | "dismiss" | "rules" | "clear";
  state: "proposed" | "done" | "refused";
  treasurer: { id: PersonId; name: string } | null; // null: she has left
  confirmer: { id: PersonId; name: string } | null;
  recipient: { id: PersonId; name: string } | null; // null also for who may not see it
  amountMinor: number;
  reason: string;
  atMs: number;
}

/** As everybody sees it. What was issued is what all have, as long as every unit is where it should be. */
/** The most of one act and of all acts of a day; above the last, another treasurer has to confirm. */
export interface TreasuryCaps {
  actMinor: number;
  dayMinor: number;
  aloneMinor: number;
}

export interface Treasury {
  issuedMinor: number;
  heldMinor: number;
  caps: TreasuryCaps;
  treasurers: { id: PersonId; name: string }[]; // the owner first
  acts: TreasuryAct[];
  more: boolean;
}

/** What became of checking the server's books; `size` transfers were signed at `atMs`. */
export interface BooksState {
  verdict: "sound" | "new_key" | "went_back" | "forged";
  size: number;
  atMs: number | null; // null: nothing was signed yet
}

/** A payment code, and in how many ms another takes its place. */
export interface PayCode {
  digits: string;
  link: string;
  changesInMs: number;
}

/** An amount that was asked for by a payment code. */
export interface PayClaim {
  id: ActId;
  payer: PersonId;
  payerName: string;
  payee: PersonId;
  payeeName: string;
  amountMinor: number;
  state: "waiting" | "paid" | "refused" | "expired";
}

/** A shop of hers, or one that she works in. */
export interface Shop {
  id: ActId;
  name: string;
  isOwner: boolean;
  balanceMinor: number;
  staff: { id: PersonId; name: string }[];
}

export interface ShopOrder {
  id: ActId;
  shop: ActId;
  shopName: string;
  no: string; // the shop's own number
  amountMinor: number;
  description: string;
  state: "open" | "paid" | "closed";
  madeAtMs: number;
  refundedMinor: number;
  customer: { id: PersonId; name: string } | null; // null: nobody, she has left, or it does not concern the reader
  payer: { id: PersonId; name: string } | null; // whose purse paid: another's than hers by a family card
}

/** Whom a shop's code pays; `order`: null when the customer says how much. */
export interface Counter {
  shop: ActId;
  name: string;
  order: ShopOrder | null;
}

export interface ShopReport {
  paidMinor: number;
  refundedMinor: number;
  days: { day: string; orders: number; paidMinor: number; refunds: number; refundedMinor: number }[];
}

/** What became of a notice to a shop's program; `nextAtMs`: when one that waits is sent, null while it is not. */
export interface ShopNotice {
  id: string;
  kind: "paid" | "refunded" | "trial";
  state: "waiting" | "taken" | "given_up";
  attempts: number;
  madeAtMs: number;
  nextAtMs: number | null;
}

/** `url` is empty when nobody is told. */
export interface ShopWebhook {
  url: string;
  notices: ShopNotice[];
}

/** What the server's signatures are checked with; `pem`: X.509, `serial`: its number, 40 hex digits. */
export interface PlatformCertificate {
  serial: string;
  pem: string;
  expiresAtMs: number;
}

/** By what a shop's program is known; `revokedAtMs`: null while nobody revoked it. */
export interface ShopCertificate extends PlatformCertificate {
  madeAtMs: number;
  revokedAtMs: number | null;
}

/** Money that she pays in from outside; `odd`: the rail says something else, and a treasurer looks into it. */
export interface TopUp {
  id: ActId;
  rail: string;
  amountMinor: number;
  currency: string;
  state: "waiting" | "paid" | "ended" | "odd" | "cleared";
  madeAtMs: number;
}

/** By which rails she can pay in, in which currency (ISO 4217, upper case); and her newest charges. */
export interface TopUps {
  rails: { name: string; currency: string }[];
  charges: TopUp[];
}

/** A charge of which the rail says something else than was asked; `number`: what the rail calls it. */
export interface OddTopUp {
  charge: TopUp;
  person: { id: PersonId; name: string } | null; // null: she has left
  number: string;
  said:
    | { differs: "amount"; amountMinor: number } // in the charge's currency
    | { differs: "currency"; currency: string }
    | { differs: "reference" }; // it was paid for something else
}

export interface WalletCommands extends GiftCommands {
  showPayCode: [{ fresh: boolean }, PayCode];
  smallAmounts: [void, { allowed: boolean; units: number }];
  allowSmall: [{ id: ActId; secret: Secret }, void];
  forbidSmall: [void, void];
  takeByCode: [{ id: ActId; code: string; amountMinor: number }, PayClaim];
  payClaim: [{ id: ActId }, PayClaim];
  confirmClaim: [{ claim: PayClaim; secret: Secret }, void];
  refuseClaim: [{ id: ActId }, void];
  paymentPinForgotten: [{ waits: boolean }, void]; // begins the wait for a new one, or ends it
  setLimits: [{ dayMinor: number | null; monthMinor: number | null }, void];
  familyCards: [void, { given: FamilyCard[]; got: FamilyCard[] }];
  giveFamilyCard: [{ id: ActId; person: PersonId; limitMinor: number; secret: Secret }, void];
  endFamilyCard: [{ person: PersonId; got: boolean }, void];
  shops: [void, Shop[]];
  openShop: [{ id: ActId; name: string }, void];
  shopStaff: [{ shop: ActId; person: PersonId; works: boolean }, void];
  shopLink: [{ shop: ActId; order: ActId | null }, string];
  shopOrders: [{ shop: ActId }, ShopOrder[]];
  makeOrder: [{ shop: ActId; no: string; amountMinor: number; description: string }, ShopOrder];
  closeOrder: [{ order: ShopOrder }, void];
  refundOrder: [{ id: ActId; order: ShopOrder; amountMinor: number; reason: string; secret: Secret }, void];
  topUps: [void, TopUps];
  /** Answers the rail's page on which she pays; empty when there is nothing to pay any more. */
  beginTopUp: [{ id: ActId; rail: string; amountMinor: number }, string];
  /** Asks the rail while the charge waits. */
  topUp: [{ id: ActId }, TopUp];
  cancelTopUp: [{ id: ActId }, TopUp];
  /** For treasurers; newest first. */
  oddTopUps: [void, OddTopUp[]];
  clearOddTopUp: [{ id: ActId; reason: string }, void];
  shopWebhook: [{ shop: ActId }, ShopWebhook];
  /** Answers the secret that notices are signed with. */
  putShopWebhook: [{ shop: ActId; url: string }, string];
  removeShopWebhook: [{ shop: ActId }, void];
  tryShopWebhook: [{ shop: ActId }, void];
  shopCertificates: [{ shop: ActId }, ShopCertificate[]];
  /** `csr`: PKCS#10 in PEM. */
  enrolCertificate: [{ id: ActId; shop: ActId; csr: string; secret: Secret }, ShopCertificate];
  revokeCertificate: [{ shop: ActId; serial: string }, void];
  platformCertificate: [void, PlatformCertificate];
  closeShop: [{ shop: ActId }, void];
  takeFromShop: [{ id: ActId; shop: ActId; amountMinor: number; secret: Secret }, void];
  shopReport: [{ shop: ActId; month: string; offsetMinutes: number }, ShopReport];
  counterOf: [{ link: string }, Counter];
  /** `card`: whose family card pays; null: her own purse. */
  payShop: [{ id: ActId; counter: Counter; amountMinor: number; card: PersonId | null; secret: Secret }, ShopOrder];
  openWallet: [{ name: string; symbol: string }, void]; // the owner of the server
  treasury: [void, Treasury];
  treasuryActs: [{ before: number | null }, { acts: TreasuryAct[]; more: boolean }];
  treasuryMove: [{ move: TreasuryMove; secret: Secret }, "done" | "proposed"];
  treasuryConfirm: [{ act: TreasuryAct; secret: Secret }, void];
  treasuryRefuse: [{ id: ActId }, void];
  setTreasuryCaps: [TreasuryCaps, void];
  appointTreasurer: [{ person: PersonId; treasurer: boolean }, void];
  freezePurse: [{ person: PersonId; frozen: boolean; reason: string }, void];
  /** Whether the books continue those this device saw before, and, of a transfer of hers, that it is in them. */
  checkBooks: [void, BooksState];
  checkTransfer: [{ id: ActId }, BooksState];
  /** `renew`: codes shown until now take no more money. */
  receiveLink: [{ amountMinor: number | null; remark: string; renew: boolean }, string];
  payeeOf: [{ link: string }, Payee];
  askMoney: [NewCollection, void];
  collection: [{ id: ActId }, Collection];
  payPart: [{ collection: Collection; amountMinor: number; secret: Secret }, Collection];
  closeCollection: [{ id: ActId }, Collection];
  payCode: [{ id: ActId; link: string; amountMinor: number; secret: Secret }, void];
  walletRefresh: [void, WalletState];
  /** The options (WebAuthn JSON) for the payment that was refused with `passkey_wanted` just now. */
  passkeyAsked: [void, unknown];
  /** Lets the passkeys that she has now confirm payments; null: none any more. */
  allowPasskeys: [{ pin: string | null }, void];
  setPaymentPin: [{ pin: string; old: string | null }, void];
  /** Of a month as "2026-11" on a clock so far ahead of UTC; `before`: the last one seen, in `seq`; `codes` empty: all. */
  walletBill: [{ month: string; offsetMinutes: number; before: number | null; codes: readonly EntryCode[] }, Bill];
}

export interface WalletWatches {
  /** What waits for her to confirm, oldest first; once answered on any of her devices, or too late, it is gone. */
  payClaims: [void, readonly PayClaim[]];
  wallet: [void, WalletState | null]; // null: not known yet
  /** Counts up whenever the server says that something of her money changed: pages ask again what they show. */
  walletNews: [void, number];
}

export type WalletErrorCode =
  | "wallet_not_open"
  | "insufficient"
  | "wrong_payment_pin"
  | "payment_pin_locked"
  | "payment_pin_missing"
  | "approval_unknown"
  | "amount_invalid"
  | "over_limit"
  | "frozen"
  | "already_done_differently"
  | "not_yours"
  | "act_unknown"
  | "not_signed_yet"
  | "ended"
  | "code_unusable"
  | "pay_code_unusable"
  | "webhook_unusable"
  | "csr_unusable"
  | "passkey_wanted"
  | "passkey_not_allowed"
  | "rail_unknown"
  | "rail_unavailable"
  | "not_treasurer"
  | "payee_frozen"
  | "pin_too_simple"
  | "pin_proof_needed"
  | "shop_unknown"
  | "shop_not_empty"
  | "refund_too_large"
  | "too_many"
  | "over_treasury_cap"
  | "needs_another_treasurer"
  | "over_card_limit";
