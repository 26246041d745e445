import { expect, test } from "vitest";
import { parseLink } from "../contacts/links.ts";
import { payDigits } from "./paycodes.ts";

const SECRET = new Uint8Array(32).map((_, place) => place);

test("[PY6] the same digits as the server makes; another minute has others", () => {
  const digits = payDigits("1234567890", SECRET, 60_000 * 29_450_000);
  expect(digits).toBe("12345678901599349399");
  expect(payDigits("1234567890", SECRET, 60_000 * 29_450_000 + 59_999)).toBe(digits);
  expect(payDigits("1234567890", SECRET, 60_000 * 29_450_001)).not.toBe(digits);
});

test("[PY6] a link is twenty digits and nothing else", () => {
  const digits = "12345678901234567890";
  expect(parseLink(`https://hongyan.example/c#${digits}`)).toEqual({ kind: "charge", digits });
  for (const wrong of [digits.slice(1), `${digits}1`, `0${digits.slice(1)}`, "1234567890123456789x"]) {
    expect(parseLink(`https://hongyan.example/c#${wrong}`).kind).toBe("unknown");
  }
});
