import { expect, test } from "vitest";
import { waveOf } from "./recorder.ts";

test("a wave has a point for the loudest of each stretch, and no more than asked for", () => {
  expect(waveOf([0, 0.5, 1, 2, 0, 0], 3)).toEqual([128, 255, 0]);
  expect(waveOf([0.1, 0.2], 64)).toEqual([26, 51]);
  expect(waveOf([])).toEqual([]);
});
