import { expect, test } from "vitest";
import { equalShare } from "./split.ts";

test("equal shares together are never less than the bill, and at most one unit each above it", () => {
  for (const [total, count] of [
    [10_000, 4],
    [10_000, 3],
    [1, 5],
    [9_999, 7],
  ] as const) {
    const sum = equalShare(total, count) * count;
    expect(sum).toBeGreaterThanOrEqual(total);
    expect(sum - total).toBeLessThan(count);
  }
});
