/** What the app may ask of red packets and transfers. */
import type { ChatId, MessageId, PersonId } from "../api.ts";
import type { ActId, Secret } from "./api.ts";
import type { Fault } from "./proof.ts";

/** ONE is for the friend of a direct chat; of LUCKY the shares are drawn by lot. */
export type PacketKind = "one" | "equal" | "lucky";

export interface PacketShare {
  place: number; // in which order it is taken, from 0
  amountMinor: number;
  taker: PersonId | null; // null: it went back to the sender
  name: string;
  takenAtMs: number | null;
}

/** A red packet as whoever has its card sees it. `known`: the shares taken; all once it is over. */
export interface PacketState {
  sender: PersonId;
  senderName: string;
  greeting: string;
  kind: PacketKind;
  state: "open" | "taken" | "returned"; // returned: what nobody took in a day went back
  totalMinor: number;
  shares: number;
  taken: number;
  mineMinor: number | null;
  expiresAtMs: number;
  tookMs: number | null; // from being sent until it was over
  known: readonly PacketShare[];
  fault: Fault | null; // what this device found wrong with what the server says
}

/** A 转账 as payer and payee see it. */
export interface MoneyTransfer {
  id: ActId;
  payer: PersonId;
  payee: PersonId;
  amountMinor: number;
  state: "waiting" | "accepted" | "returned" | "expired";
  madeAtMs: number;
  expiresAtMs: number;
  endedAtMs: number | null;
}

/** Money that goes with a card in a chat. */
export interface NewGift {
  id: ActId;
  chat: ChatId;
  amountMinor: number;
  words: string; // only in the encrypted card
  secret: Secret;
}

export interface GiftCommands {
  sendPacket: [NewGift & { kind: PacketKind; shares: number }, void];
  lookAtPacket: [{ message: MessageId }, PacketState];
  openPacket: [{ message: MessageId }, PacketState];
  /** `payee`: one of the group; null in a direct chat, where it is the other person. */
  sendTransfer: [NewGift & { payee: PersonId | null }, void];
  moneyTransfer: [{ id: ActId }, MoneyTransfer];
  answerTransfer: [{ id: ActId; how: "accept" | "return" }, MoneyTransfer];
}
