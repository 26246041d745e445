import { decode, encode } from "cborg";
import { openBox, sealBox } from "../mls/hpke.ts";

/** What a stranger says when she asks, sealed to the asked person's box key [CT2]. */

const INFO = "hongyan greeting v1";
const TEXT_CHARACTERS_MAX = 200;

export interface Greeting {
  text: string;
  name: string;
  accountKey: Uint8Array;
  proof: Uint8Array | null;
}

export function sealGreeting(boxKey: Uint8Array, greeting: Greeting): Uint8Array {
  const { name, accountKey, proof } = greeting;
  const text = [...greeting.text].slice(0, TEXT_CHARACTERS_MAX).join("");
  return sealBox(boxKey, encode({ text, name, account_key: accountKey, ...(proof === null ? {} : { proof }) }), INFO);
}

/** Null when it cannot be read: the request is shown without words. */
export function openGreeting(boxPrivateKey: Uint8Array, sealed: Uint8Array): Greeting | null {
  try {
    const map: unknown = decode(openBox(boxPrivateKey, sealed, INFO), { useMaps: true });
    if (!(map instanceof Map)) return null;
    const text: unknown = map.get("text");
    const name: unknown = map.get("name");
    const accountKey: unknown = map.get("account_key");
    const proof: unknown = map.get("proof");
    if (typeof text !== "string" || typeof name !== "string" || !(accountKey instanceof Uint8Array)) return null;
    return { text, name, accountKey, proof: proof instanceof Uint8Array ? proof : null };
  } catch {
    return null;
  }
}
