import { base64, fromBase64 } from "../bytes.ts";
import type { Http } from "../http.ts";
import type { ActId } from "./api.ts";
import type { MoneyTransfer, PacketKind, PacketState } from "./gifts-api.ts";
import { minorOf } from "./http.ts";

/** The HTTP routes of red packets and transfers, typed. */

interface WireTransfer {
  id: string;
  payer: number;
  payee: number;
  amount_minor: string;
  state: MoneyTransfer["state"];
  made_at_ms: number;
  expires_at_ms: number;
  ended_at_ms: number | null;
}

interface WirePacket {
  id: string;
  sender: number;
  sender_name: string;
  kind: PacketKind;
  state: PacketState["state"];
  total_minor: string;
  shares: number;
  taken: number;
  mine_minor: string | null;
  made_at_ms: number;
  expires_at_ms: number;
  ended_at_ms: number | null;
  commitment: string;
  salt: string | null;
  known: { place: number; amount_minor: string; taker: number | null; name: string; taken_at_ms: number | null }[];
}

/** A packet as the server tells of it, not yet checked. */
export interface ToldPacket extends Omit<PacketState, "fault" | "greeting"> {
  id: string;
  commitment: Uint8Array;
  salt: Uint8Array | null;
}

export interface NewPacket {
  id: ActId;
  kind: PacketKind;
  totalMinor: number;
  shares: number;
  secretHash: Uint8Array;
  approval: string;
}

export class GiftsHttp {
  constructor(private readonly http: Http) {}

  /** What the server binds itself to. */
  async sendPacket({ id, kind, totalMinor, shares, secretHash, approval }: NewPacket): Promise<Uint8Array> {
    const { commitment } = await this.http.ask<{ commitment: string }>("POST", "/wallet/packets", {
      id,
      kind,
      total_minor: String(totalMinor),
      shares,
      secret_hash: base64(secretHash),
      approval,
    });
    return fromBase64(commitment);
  }

  async packet(id: ActId, secret: string, what: "look" | "open"): Promise<ToldPacket> {
    const told = await this.http.ask<WirePacket>("POST", `/wallet/packets/${id}/${what}`, { secret });
    return {
      id: told.id,
      sender: String(told.sender),
      senderName: told.sender_name,
      kind: told.kind,
      state: told.state,
      totalMinor: minorOf(told.total_minor),
      shares: told.shares,
      taken: told.taken,
      mineMinor: told.mine_minor === null ? null : minorOf(told.mine_minor),
      expiresAtMs: told.expires_at_ms,
      tookMs: told.ended_at_ms === null ? null : Math.max(0, told.ended_at_ms - told.made_at_ms),
      commitment: fromBase64(told.commitment),
      salt: told.salt === null ? null : fromBase64(told.salt),
      known: told.known.map(({ place, amount_minor, taker, name, taken_at_ms }) => ({
        place,
        amountMinor: minorOf(amount_minor),
        taker: taker === null ? null : String(taker),
        name,
        takenAtMs: taken_at_ms,
      })),
    };
  }

  async sendTransfer(id: ActId, payee: string, amountMinor: number, approval: string): Promise<MoneyTransfer> {
    const body = { id, payee: Number(payee), amount_minor: String(amountMinor), approval };
    return transferOf(await this.http.ask<WireTransfer>("POST", "/wallet/transfers", body));
  }

  async transfer(id: ActId): Promise<MoneyTransfer> {
    return transferOf(await this.http.ask<WireTransfer>("GET", `/wallet/transfers/${id}`));
  }

  async answer(id: ActId, how: "accept" | "return"): Promise<MoneyTransfer> {
    return transferOf(await this.http.ask<WireTransfer>("POST", `/wallet/transfers/${id}/${how}`, {}));
  }
}

function transferOf(told: WireTransfer): MoneyTransfer {
  return {
    id: told.id,
    payer: String(told.payer),
    payee: String(told.payee),
    amountMinor: minorOf(told.amount_minor),
    state: told.state,
    madeAtMs: told.made_at_ms,
    expiresAtMs: told.expires_at_ms,
    endedAtMs: told.ended_at_ms,
  };
}
