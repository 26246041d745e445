import { describe, expect, it } from "vitest";
import type { PacketShare } from "../../../src/core/wallet/gifts-api.ts";
import { type Claimed, commitmentOf, faultOf } from "../../../src/core/wallet/proof.ts";

/** A server that cheats is found out by every device that has the card [GF5] [GF6]. */

const ID = "000102030405060708090a0b0c0d0e0f";
const SALT = Uint8Array.from({ length: 32 }, (_, i) => i);
const AMOUNTS = [100, 250, 650];
const CARD = commitmentOf(ID, SALT, AMOUNTS);
const MEI = "2";

function share(place: number, amountMinor: number, taker: string | null): PacketShare {
  return { place, amountMinor, taker, name: "", takenAtMs: taker === null ? null : 1 };
}

const KNOWN = AMOUNTS.map((amount, place) => share(place, amount, String(place + 1)));
const ENDED: Claimed = {
  id: ID,
  totalMinor: 1000,
  shares: 3,
  taken: 3,
  mineMinor: 250,
  commitment: CARD,
  salt: SALT,
  known: KNOWN,
};
const OPEN: Claimed = { ...ENDED, salt: null, taken: 2, known: KNOWN.slice(0, 2) };
const LAPSED: Claimed = { ...ENDED, taken: 2, known: [...KNOWN.slice(0, 2), share(2, 650, null)] };

function fault(claimed: Claimed, own = 250) {
  return faultOf(claimed, CARD, MEI, own);
}

describe("an honest packet", () => {
  it.each([
    ["open", OPEN],
    ["all taken", ENDED],
    ["gone back in part", LAPSED],
    ["told in another order", { ...ENDED, known: [...KNOWN].reverse() }],
  ])("%s is found to be fair", (_, claimed) => {
    expect(fault(claimed)).toBeNull();
  });

  it("is the same to the server: these bytes are in its tests, too", () => {
    expect(Buffer.from(CARD).toString("hex")).toBe("4795bbf7274d1d1882808e6ca5bdabbeea5381789fb6299908689ba346b431c8");
  });
});

describe("a server that cheats", () => {
  const other = [100, 260, 640].map((amount, place) => share(place, amount, String(place + 1)));
  it.each<[string, Claimed, number, string]>([
    [
      "commits to something else later",
      { ...ENDED, commitment: commitmentOf(ID, SALT, [1, 1, 998]) },
      250,
      "commitment",
    ],
    ["shows other shares than were sealed", { ...ENDED, mineMinor: 260, known: other }, 0, "commitment"],
    [
      "swaps two shares",
      { ...ENDED, mineMinor: 100, known: [share(0, 250, "1"), share(1, 100, MEI), share(2, 650, "3")] },
      0,
      "commitment",
    ],
    ["shows another salt", { ...ENDED, salt: new Uint8Array(32) }, 250, "commitment"],
    [
      "gives her less than when she opened it",
      { ...ENDED, mineMinor: 200, known: [share(0, 100, "1"), share(1, 200, MEI), share(2, 700, "3")] },
      250,
      "own_share",
    ],
    ["says she took none", { ...OPEN, mineMinor: null, taken: 1, known: KNOWN.slice(0, 1) }, 250, "own_share"],
    ["says two things of her share", { ...OPEN, mineMinor: 100 }, 0, "own_share"],
    [
      "lets one person take two",
      { ...ENDED, known: [share(0, 100, "1"), share(1, 250, MEI), share(2, 650, "1")] },
      250,
      "twice",
    ],
    ["lets two take one share", { ...OPEN, known: [share(1, 100, "1"), share(1, 250, MEI)] }, 250, "twice"],
    ["keeps something", { ...ENDED, totalMinor: 1001 }, 250, "sums"],
    ["leaves a share out", { ...ENDED, taken: 2, known: KNOWN.slice(0, 2) }, 250, "sums"],
    ["hands out more than there is", { ...OPEN, totalMinor: 300 }, 250, "sums"],
    ["miscounts who took", { ...OPEN, taken: 1 }, 250, "sums"],
    ["draws an empty share", { ...OPEN, known: [share(0, 0, "1"), share(1, 250, MEI)] }, 250, "sums"],
    ["tells of an end and of no seal", { ...ENDED, salt: null }, 250, "sums"],
  ])("%s", (_, claimed, own, expected) => {
    expect(fault(claimed, own)).toBe(expected);
  });
});
