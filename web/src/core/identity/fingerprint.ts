import { sha512 } from "@noble/hashes/sha2.js";
import { base64url, compare, concat, utf8 } from "../bytes.ts";
import { digest } from "../mls/suite.ts";

/** What people compare, by eye or by camera [ID6]. */

const SAFETY_ITERATIONS = 5_200;

/** 22 characters that stand for an account key in links and QR codes. */
export function fingerprint(accountKey: Uint8Array): string {
  return base64url(digest("hongyan fingerprint v1\0", accountKey).slice(0, 16));
}

function thirtyDigits(key: Uint8Array): string {
  let hash = sha512(concat(utf8("hongyan safety v1\0"), key));
  for (let i = 0; i < SAFETY_ITERATIONS; i++) hash = sha512(concat(hash, key));
  let digits = "";
  for (let i = 0; i < 6; i++) {
    let chunk = 0;
    for (const byte of hash.subarray(5 * i, 5 * i + 5)) chunk = chunk * 256 + byte;
    digits += String(chunk % 100_000).padStart(5, "0");
  }
  return digits;
}

/** 60 digits, the same on both sides. */
export function safetyNumber(a: Uint8Array, b: Uint8Array): string {
  const [lower, higher] = compare(a, b) < 0 ? [a, b] : [b, a];
  return thirtyDigits(lower) + thirtyDigits(higher);
}
