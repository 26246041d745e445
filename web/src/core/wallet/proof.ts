import { equal, fromHex } from "../bytes.ts";
import { digest } from "../mls/suite.ts";
import type { PacketShare } from "./gifts-api.ts";

/** What every device checks of a packet for itself, whatever the server says [GF6]. */

export interface Claimed {
  id: string;
  totalMinor: number;
  shares: number;
  taken: number;
  mineMinor: number | null;
  commitment: Uint8Array;
  salt: Uint8Array | null; // null until the packet has ended
  known: readonly PacketShare[];
}

export type Fault =
  | "commitment" // not the one in the card, or the shares told in the end are others than those committed to
  | "own_share" // other than this device was given
  | "twice" // somebody took two shares, or a share was taken twice
  | "sums"; // the shares do not add up to what was sent, or one is nothing

/** The shares in the order of their places, bound to the packet's id: 8 bytes each, big-endian. */
export function commitmentOf(id: string, salt: Uint8Array, amounts: readonly number[]): Uint8Array {
  const shares = new Uint8Array(8 * amounts.length);
  const view = new DataView(shares.buffer);
  for (const [place, amount] of amounts.entries()) view.setBigUint64(8 * place, BigInt(amount));
  return digest("hongyan packet v1\0", fromHex(id), salt, shares);
}

/** What is wrong with the server's answer, null if nothing. `inCard` and `own` are what this device knows by itself. */
export function faultOf(claimed: Claimed, inCard: Uint8Array, reader: string, own: number): Fault | null {
  const { known, salt } = claimed;
  if (!equal(claimed.commitment, inCard)) return "commitment";
  const takers = known.flatMap(({ taker }) => (taker === null ? [] : [taker]));
  const places = new Set(known.map(({ place }) => place));
  if (new Set(takers).size !== takers.length || places.size !== known.length) return "twice";
  const mine = known.find(({ taker }) => taker === reader)?.amountMinor ?? null;
  if (mine !== claimed.mineMinor || (own > 0 && mine !== own)) return "own_share";
  if (takers.length !== claimed.taken || known.some(({ amountMinor }) => amountMinor < 1)) return "sums";
  const sum = known.reduce((total, { amountMinor }) => total + amountMinor, 0);
  if (salt === null) return sum <= claimed.totalMinor && known.length < claimed.shares ? null : "sums";
  const inOrder = [...known].sort((a, b) => a.place - b.place);
  if (inOrder.length !== claimed.shares || inOrder.some(({ place }, at) => place !== at)) return "sums";
  if (sum !== claimed.totalMinor) return "sums";
  const told = commitmentOf(
    claimed.id,
    salt,
    inOrder.map(({ amountMinor }) => amountMinor),
  );
  return equal(told, inCard) ? null : "commitment";
}
