import { fromBase64 } from "../bytes.ts";

/** The links people show each other; what follows `#` never reaches a server [CT3] [DL1] [GP9]. */

export type ParsedLink =
  | { kind: "invitation"; token: string; secret: Uint8Array | null; fingerprint: string | null }
  | { kind: "device"; linkId: string; publicKey: Uint8Array }
  | { kind: "recovery"; recoveryId: string; publicKey: Uint8Array }
  | { kind: "safety"; accountId: number; digits: string }
  | { kind: "group"; fragment: string }
  | { kind: "pay"; payee: number; token: string; amountMinor: number | null; remark: string } // base64url, "" if none [PY1]
  | { kind: "charge"; digits: string } // [PY6]
  | { kind: "shop"; shop: string; order: string | null } // in hexadecimal digits [SH3]
  | { kind: "unknown" };

const UNKNOWN: ParsedLink = { kind: "unknown" };

function parseInvitation(fragment: string): ParsedLink {
  const [token = "", secret, fingerprint] = fragment.split(".");
  if (!/^[\w-]{20,64}$/.test(token)) return UNKNOWN;
  return {
    kind: "invitation",
    token,
    secret: secret === undefined || secret === "" ? null : fromBase64(secret),
    fingerprint: fingerprint === undefined || fingerprint === "" ? null : fingerprint,
  };
}

function parseShop(fragment: string): ParsedLink {
  const match = /^([0-9a-f]{32})(?:\.([0-9a-f]{32}))?$/.exec(fragment);
  return match === null ? UNKNOWN : { kind: "shop", shop: match[1] ?? "", order: match[2] ?? null };
}

function parsePayment(fragment: string): ParsedLink {
  const match = /^([1-9]\d{0,15})\.([\w-]{20,64})(?:\.([1-9]\d{0,15})(?:\.([\w-]{0,200}))?)?$/.exec(fragment);
  if (match === null) return UNKNOWN;
  const [, payee, token = "", amount, remark = ""] = match;
  const amountMinor = amount === undefined ? null : Number(amount);
  if (!Number.isSafeInteger(Number(payee)) || !(amountMinor === null || Number.isSafeInteger(amountMinor)))
    return UNKNOWN;
  return { kind: "pay", payee: Number(payee), token, amountMinor, remark };
}

/** Takes what a person pasted or scanned: spaces around, a bare fragment, another host's link. Never throws. */
export function parseLink(pasted: string): ParsedLink {
  const match = /\/([bcgilprs])(?:\/)?#([\w.-]+)\s*$/.exec(pasted.trim());
  if (match === null) return UNKNOWN;
  const [, page = "", fragment = ""] = match;
  try {
    if (page === "g") return { kind: "group", fragment };
    if (page === "i") return parseInvitation(fragment);
    if (page === "c") return /^[1-9]\d{19}$/.test(fragment) ? { kind: "charge", digits: fragment } : UNKNOWN;
    if (page === "b") return parseShop(fragment);
    if (page === "p") return parsePayment(fragment);
    const [first = "", second = ""] = fragment.split(".");
    if (page === "l" && first !== "") {
      const publicKey = fromBase64(second);
      return publicKey.length === 32 ? { kind: "device", linkId: first, publicKey } : UNKNOWN;
    }
    if (page === "r" && first !== "") {
      const publicKey = fromBase64(second);
      return publicKey.length === 32 ? { kind: "recovery", recoveryId: first, publicKey } : UNKNOWN;
    }
    if (page === "s" && /^\d+$/.test(first)) return { kind: "safety", accountId: Number(first), digits: second };
  } catch {
    return UNKNOWN;
  }
  return UNKNOWN;
}
