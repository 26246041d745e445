import { put, words } from "../../store/meta.ts";
import type { ActId, BooksState } from "../api.ts";
import type { Wallet } from "../wallet.ts";
import { type BooksVerdict, judge, judgeBooks, type Known, provesTransfer } from "./judging.ts";
import type { WireBooks, WireCheckpoint, WireProof } from "./wire.ts";

/** Checks the server's books, and remembers the newest that were sound: the next must continue them [LE8]. */
export class BooksCheck {
  constructor(private readonly wallet: Wallet) {}

  /** Whether they continue those this device saw before. Throws CoreError when the server cannot be asked. */
  async check(): Promise<BooksState> {
    const known = this.known();
    const told = await this.wallet.session.http.ask<WireBooks>("GET", `/wallet/books${since("?", known)}`);
    const verdict = judgeBooks(known, told);
    if (told.checkpoint !== null) this.remember(verdict, told.checkpoint);
    return { verdict, size: told.checkpoint?.size ?? 0, atMs: told.checkpoint?.at_ms ?? null };
  }

  /** The same, and whether this transfer of hers is in them. Throws CoreError `not_signed_yet`, `act_unknown`. */
  async checkTransfer(id: ActId): Promise<BooksState> {
    const known = this.known();
    const told = await this.wallet.session.http.ask<WireProof>(
      "GET",
      `/wallet/books/proof?transfer=${id}${since("&", known)}`,
    );
    const { checkpoint } = told;
    let verdict = judge(known, checkpoint, told.consistency);
    if (verdict !== "went_back" && !provesTransfer(id, told)) verdict = "forged";
    this.remember(verdict, checkpoint);
    return { verdict, size: checkpoint.size, atMs: checkpoint.at_ms };
  }

  private known(): Known | null {
    const stored = words(this.wallet.session.store, "books_seen");
    return stored === "" ? null : (JSON.parse(stored) as Known);
  }

  private remember(verdict: BooksVerdict, { size, root, key }: WireCheckpoint): void {
    if (verdict !== "sound" && verdict !== "new_key") return;
    const newest: Known = { size, root, key };
    this.wallet.session.store.write((tx) => put(tx, "books_seen", JSON.stringify(newest)));
  }
}

function since(sign: "?" | "&", known: Known | null): string {
  return known === null ? "" : `${sign}since=${known.size}`;
}
