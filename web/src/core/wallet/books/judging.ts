import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, fromHex, u64, utf8 } from "../../bytes.ts";
import { isConsistent, isIncluded, leafOf } from "./tree.ts";
import type { WireBooks, WireCheckpoint, WireIncluded, WireProof } from "./wire.ts";

/** Whether what the server says of its books can be true, given what it said before (SPEC [LE7] [LE8]). */

/** What this device keeps of the books. */
export interface Known {
  size: number;
  root: string;
  key: string;
}

/**
 * `new_key`: sound, but signed by somebody new; `went_back`: fewer transfers than were signed before;
 * `forged`: the signature is false, or the books are not a continuation of those seen before.
 */
export type BooksVerdict = "sound" | "new_key" | "went_back" | "forged";

const NO_ID = new Uint8Array(16);

export function judge(known: Known | null, one: WireCheckpoint, consistency: readonly string[] | null): BooksVerdict {
  if (!isSigned(one)) return "forged";
  if (known === null) return "sound";
  if (one.size < known.size) return "went_back";
  const path = (consistency ?? []).map(fromHex);
  if (!isConsistent(known.size, fromHex(known.root), one.size, fromHex(one.root), path)) return "forged";
  return one.key === known.key ? "sound" : "new_key";
}

export function judgeBooks(known: Known | null, told: WireBooks): BooksVerdict {
  if (told.checkpoint === null) return known === null ? "sound" : "went_back";
  return judge(known, told.checkpoint, told.consistency);
}

/** Whether the transfer `id`, and what became of it, are in the signed books. */
export function provesTransfer(id: string, told: WireProof): boolean {
  const [first, ...rest] = told.transfers;
  if (first === undefined || first.id !== id || rest.some((one) => one.pending_id !== id)) return false;
  const { size, root } = told.checkpoint;
  return told.transfers.every((one) =>
    isIncluded(leafOf(hashOf(one)), one.seq - 1, size, one.path.map(fromHex), fromHex(root)),
  );
}

/** [LE4]: computed here from what is shown, never taken from the server. */
export function hashOf(one: WireIncluded): Uint8Array {
  const asset = utf8(one.asset);
  const group = fromHex(one.group_id);
  return sha256(
    concat(
      fromHex(one.before),
      u64(one.seq),
      fromHex(one.id),
      Uint8Array.of(one.kind),
      fromHex(one.debit),
      fromHex(one.credit),
      u64(Number(one.amount_minor)),
      Uint8Array.of(one.code >> 8, one.code & 0xff),
      u64(one.at_ms),
      u64(one.expires_at_ms ?? 0),
      one.pending_id === null ? NO_ID : fromHex(one.pending_id),
      Uint8Array.of(asset.length),
      asset,
      Uint8Array.of(group.length),
      group,
    ),
  );
}

function isSigned(one: WireCheckpoint): boolean {
  const signed = utf8(`hongyan books v1\n${one.size}\n${one.root}\n${one.at_ms}\n`);
  try {
    return ed25519.verify(fromHex(one.signature), signed, fromHex(one.key));
  } catch {
    return false; // not even the shape of a key or signature
  }
}
