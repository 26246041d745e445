import { concat, random } from "../bytes.ts";

/**
 * Shamir's scheme over GF(2^8): any two of several shares give the secret, one alone says nothing of it [BK7].
 * Byte by byte a straight line through the secret at x = 0. Arithmetic without tables, so that no memory access
 * depends on a secret.
 */

const THRESHOLD = 2;
const POLYNOMIAL = 0x1b; // of x^8 + x^4 + x^3 + x + 1, without its highest term
export const SHARES_MAX = 255;

function multiply(a: number, b: number): number {
  let product = 0;
  let left = a;
  for (let bit = 0; bit < 8; bit++) {
    product ^= left & -((b >> bit) & 1);
    left = ((left << 1) ^ (POLYNOMIAL & -(left >> 7))) & 0xff;
  }
  return product;
}

/** a^254 is 1/a for every a but 0. */
function invert(a: number): number {
  let power = a;
  let inverse = 1;
  for (let bit = 1; bit < 8; bit++) {
    power = multiply(power, power);
    inverse = multiply(inverse, power);
  }
  return inverse;
}

/** `count` shares of which any two give the secret: each is its x, then as many bytes as the secret has. */
export function split(secret: Uint8Array, count: number): Uint8Array[] {
  if (count < THRESHOLD || count > SHARES_MAX) throw new RangeError("shares");
  const slope = random(secret.length);
  return Array.from({ length: count }, (_, i) => {
    const x = i + 1;
    return concat(
      Uint8Array.of(x),
      secret.map((byte, at) => byte ^ multiply(slope[at] ?? 0, x)),
    );
  });
}

/** The secret of two shares; null when they are one and the same, or of different lengths. */
export function combine(one: Uint8Array, other: Uint8Array): Uint8Array | null {
  const [x, y] = [one[0] ?? 0, other[0] ?? 0];
  if (one.length !== other.length || one.length < 2 || x === y || x === 0 || y === 0) return null;
  const inverse = invert(x ^ y);
  // Lagrange at 0: one · y / (x + y) + other · x / (x + y); minus is plus here.
  const weights = [multiply(y, inverse), multiply(x, inverse)] as const;
  return one.slice(1).map((byte, at) => multiply(byte, weights[0]) ^ multiply(other[at + 1] ?? 0, weights[1]));
}
