import { describe, expect, it } from "vitest";
import { clockLevel, worst } from "./levels.ts";

describe("how bad it is", () => {
  it("is as bad as the worst, and what nobody knows is to be looked at", () => {
    expect(worst([])).toBe("green");
    expect(worst(["green", "green"])).toBe("green");
    expect(worst(["green", "unknown"])).toBe("yellow");
    expect(worst(["yellow", "green", "unknown"])).toBe("yellow");
    expect(worst(["green", "red", "yellow"])).toBe("red");
  });

  it("is told of clocks, whichever of the two is ahead", () => {
    expect([0, 29_999, -29_999].map(clockLevel)).toEqual(["green", "green", "green"]);
    expect([30_000, -30_000, 299_999].map(clockLevel)).toEqual(["yellow", "yellow", "yellow"]);
    expect([300_000, -300_000].map(clockLevel)).toEqual(["red", "red"]);
  });
});
