import { describe, expect, it } from "vitest";
import { bestOf, sinceSent } from "./packet.ts";

function share(place: number, amountMinor: number) {
  return { place, amountMinor, taker: String(place), name: "", takenAtMs: 1 };
}

describe("手气最佳", () => {
  const known = [share(2, 5), share(0, 9), share(1, 9)];

  it("is the largest share, of equals the first", () => {
    expect(bestOf({ kind: "lucky", state: "taken", shares: 3, known })).toBe(0);
  });

  it.each([
    ["while it is open", { kind: "lucky", state: "open", shares: 3, known } as const],
    ["when some went back", { kind: "lucky", state: "returned", shares: 3, known } as const],
    ["of equal shares", { kind: "equal", state: "taken", shares: 3, known } as const],
    ["of a single one", { kind: "lucky", state: "taken", shares: 1, known: [share(0, 9)] } as const],
  ])("is nobody's %s", (_, packet) => {
    expect(bestOf(packet)).toBeNull();
  });
});

it.each([
  [0, "1 second"],
  [4_200, "4 seconds"],
  [120_000, "2 minutes"],
  [7_300_000, "2 hours"],
])("%i ms is %s", (ms, words) => {
  expect(sinceSent(ms, "en")).toBe(words);
});
