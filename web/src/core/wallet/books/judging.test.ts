import { describe, expect, it } from "vitest";
import golden from "../../../../../protocol/golden/books.json";
import { hex } from "../../bytes.ts";
import { hashOf, judge, judgeBooks, type Known, provesTransfer } from "./judging.ts";
import type { WireBooks, WireCheckpoint, WireProof } from "./wire.ts";

/** [LE4] [LE7] [LE8] on what the server really answered. */

const books: WireBooks[] = golden.books;
const proofs: WireProof[] = golden.proofs;
const [five, threeHundred] = books.map((one) => one.checkpoint) as [WireCheckpoint, WireCheckpoint];
const later = proofs[0]?.checkpoint as WireCheckpoint;
const seen = (one: WireCheckpoint): Known => ({ size: one.size, root: one.root, key: one.key });

describe("the books", () => {
  it("continue those seen before, each after the other", () => {
    expect([five.size, threeHundred.size, later.size]).toEqual([5, 300, 303]);
    expect(judgeBooks(null, books[0] as WireBooks)).toBe("sound");
    expect(judgeBooks(seen(five), books[1] as WireBooks)).toBe("sound");
    expect(judge(seen(threeHundred), later, proofs[0]?.consistency ?? null)).toBe("sound");
    expect(judge(seen(later), later, [])).toBe("sound");
  });

  it("are forged when the past is another, or a proof or signature does not hold", () => {
    const path = books[1]?.consistency ?? [];
    const other = { ...seen(five), root: threeHundred.root };
    expect(judge(other, threeHundred, path)).toBe("forged");
    expect(judge(seen(five), threeHundred, path.slice(1))).toBe("forged");
    expect(judge(seen(five), threeHundred, null)).toBe("forged");
    expect(judge(null, { ...five, size: 6 }, null)).toBe("forged");
    expect(judge(null, { ...five, at_ms: five.at_ms + 1 }, null)).toBe("forged");
    expect(judge(null, { ...five, signature: threeHundred.signature }, null)).toBe("forged");
    expect(judge(null, { ...five, signature: "" }, null)).toBe("forged");
  });

  it("say so when they went back, or somebody else signs", () => {
    expect(judge(seen(later), five, null)).toBe("went_back");
    expect(judgeBooks(seen(five), { checkpoint: null, consistency: null })).toBe("went_back");
    expect(judge({ ...seen(five), key: "00".repeat(32) }, threeHundred, books[1]?.consistency ?? null)).toBe("new_key");
  });

  it("contain her transfer and what became of it, as it is and not otherwise", () => {
    for (const proof of proofs) {
      const id = proof.transfers[0]?.id ?? "";
      expect(proof.transfers.map((one) => hex(hashOf(one)))).toEqual(
        proof.transfers.map((one) => Reflect.get(one, "hash")),
      );
      expect(provesTransfer(id, proof)).toBe(true);
      expect(provesTransfer("00".repeat(16), proof)).toBe(false);
      const [first, ...rest] = proof.transfers;
      if (first === undefined) throw new Error("no transfer");
      for (const changed of [{ amount_minor: "4" }, { seq: first.seq + 1 }, { code: 9 }, { path: first.path.slice(1) }])
        expect(provesTransfer(id, { ...proof, transfers: [{ ...first, ...changed }, ...rest] })).toBe(false);
    }
    expect(proofs.map((one) => one.transfers.length)).toEqual([2, 1, 1]);
  });
});
