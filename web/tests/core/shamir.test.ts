import fc from "fast-check";
import { expect, it } from "vitest";
import { combine, split } from "../../src/core/backup/shamir.ts";

const secrets = fc.uint8Array({ minLength: 1, maxLength: 64 });

it("any two shares give the secret, in any order [BK7]", () => {
  fc.assert(
    fc.property(secrets, fc.integer({ min: 2, max: 20 }), fc.nat(), fc.nat(), (secret, count, a, b) => {
      const shares = split(secret, count);
      const [i, j] = [a % count, b % count];
      const got = combine(shares[i] ?? new Uint8Array(), shares[j] ?? new Uint8Array());
      if (i === j) expect(got).toBeNull();
      else expect(got).toEqual(secret);
    }),
  );
});

it("one share alone fits every secret [BK7]", () => {
  // For a share (x, v) and any wanted secret byte s there is a second share that leads to s.
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 255 }), (byte, wanted) => {
      const [mine] = split(Uint8Array.of(byte), 3);
      const found = Array.from({ length: 256 }, (_, v) => combine(mine ?? new Uint8Array(), Uint8Array.of(2, v))?.[0]);
      expect(found).toContain(wanted);
      expect(new Set(found).size).toBe(256);
    }),
  );
});

it("a changed share gives another secret, and what is no share gives none", () => {
  const [one, two] = split(Uint8Array.of(1, 2, 3), 3) as [Uint8Array, Uint8Array];
  expect(
    combine(
      one,
      two.map((byte, i) => (i === 2 ? byte ^ 1 : byte)),
    ),
  ).not.toEqual(Uint8Array.of(1, 2, 3));
  expect(combine(one, two.slice(1))).toBeNull();
  expect(combine(one, new Uint8Array(one.length))).toBeNull();
});

it("is the field of AES: known products", () => {
  // {57} · {83} = {c1} (FIPS 197, 4.2): the share at x of a line with slope s is secret + s · x.
  const slopeOf = (share: Uint8Array, secret: number) => (share[1] ?? 0) ^ secret;
  for (let tries = 0; tries < 50; tries++) {
    const [one, two, three] = split(Uint8Array.of(0x57), 3).map((share) => slopeOf(share, 0x57));
    expect((one ?? 0) ^ (two ?? 0)).toBe(three); // s·1 + s·2 = s·3
    const double = (((one ?? 0) << 1) ^ ((one ?? 0) & 0x80 ? 0x11b : 0)) & 0xff;
    expect(two).toBe(double);
  }
});
