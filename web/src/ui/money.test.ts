import fc from "fast-check";
import { expect, test } from "vitest";
import { parseAmount, shownAmount, shownChange } from "./money.ts";

const YAN = { symbol: "¥", exponent: 2 };

test.each([
  [0, "¥0.00"],
  [1, "¥0.01"],
  [123450, "¥1,234.50"],
  [-5, "-¥0.05"],
  [Number.MAX_SAFE_INTEGER, "¥90,071,992,547,409.91"],
])("%d is shown as %s", (minor, shown) => {
  expect(shownAmount(minor, YAN)).toBe(shown);
});

test("what came in has a plus", () => {
  expect(shownChange(500, YAN)).toBe("+¥5.00");
  expect(shownChange(-500, YAN)).toBe("-¥5.00");
});

test.each([
  ["1", 100],
  ["1.5", 150],
  ["1.", 100],
  [".5", 50],
  ["1,234.56", 123456],
  ["１２．５", 1250],
  ["0", null],
  ["0.00", null],
  ["-1", null],
  ["1.234", null],
  ["1e5", null],
  ["abc", null],
  ["", null],
  ["99999999999999999", null],
])("typed %j is %j", (text, minor) => {
  expect(parseAmount(text, YAN)).toBe(minor);
});

test("what is shown can be typed", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
      fc.integer({ min: 0, max: 4 }),
      (minor, exponent) => {
        const plain = { symbol: "", exponent };
        expect(parseAmount(shownAmount(minor, plain), plain)).toBe(minor);
      },
    ),
  );
});
