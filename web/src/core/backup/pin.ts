import { concat, utf8 } from "../bytes.ts";
import { casefold } from "../identity/secrets.ts";
import { stretch } from "../identity/stretching.ts";
import { digest } from "../mls/suite.ts";
import { type Keys, packKeys, unpackKeys, unwrap, wrap } from "./sealing.ts";

/** The six digits: which are too easy, and how they become what opens the box [BK5]. */

const VAULT = "hongyan vault v1";
const MEMORY_KIB = 46_080;
const PASSES = 2;

export interface StretchedPin {
  proof: Uint8Array; // proves the PIN to the server
  localKey: Uint8Array; // never leaves the device
}

export function isPin(pin: string): boolean {
  return /^\d{6}$/.test(pin);
}

function isDate(month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/** What people try first: one digit, 123456, 121212, 123123, 112233, and days of birth. */
export function isEasyPin(pin: string): boolean {
  const digits = [...pin].map(Number);
  const steps = digits.slice(1).map((digit, i) => (digit - (digits[i] ?? 0) + 10) % 10);
  if (steps.every((step) => step === steps[0] && (step <= 1 || step === 9))) return true;
  if (pin.slice(0, 2).repeat(3) === pin || pin.slice(0, 3).repeat(2) === pin) return true;
  if (/^(\d)\1(\d)\2(\d)\3$/.test(pin) || /^(\d)\1\1(\d)\2\2$/.test(pin)) return true;
  const [a = 0, b = 0, c = 0] = [pin.slice(0, 2), pin.slice(2, 4), pin.slice(4)].map(Number);
  const isMonthOfYear = (/^(19|20)/.test(pin) && c >= 1 && c <= 12) || (/(19|20)\d\d$/.test(pin) && a >= 1 && a <= 12);
  return isDate(b, c) || isDate(b, a) || isMonthOfYear;
}

/** Takes about a second on a cheap phone. */
export async function stretchPin(name: string, domain: string, pin: string): Promise<StretchedPin> {
  const salt = digest("hongyan pin v1\0", `${casefold(name)}@${domain}`).slice(0, 16);
  const both = await stretch(utf8(pin), { salt, memoryKiB: MEMORY_KIB, passes: PASSES, bytes: 64 });
  return { proof: both.slice(0, 32), localKey: both.slice(32) };
}

/** What the server keeps to know the proof by. */
export function verifierOf(proof: Uint8Array): Uint8Array {
  return digest("hongyan pin verifier v1\0", proof);
}

export function vaultSecret(localKey: Uint8Array, share: Uint8Array): Uint8Array {
  return concat(localKey, share);
}

export function closeVault(secret: Uint8Array, keys: Keys): Promise<Uint8Array> {
  return wrap(secret, VAULT, utf8(VAULT), packKeys(keys));
}

export async function openVault(secret: Uint8Array, box: Uint8Array): Promise<Keys> {
  return unpackKeys(await unwrap(secret, VAULT, utf8(VAULT), box));
}
