/** Web addresses in what people write: where they are, and what is to be known of them before one follows. Pure. */

/** Ends before spaces, quotes, and the punctuation of Chinese sentences. */
const ADDRESS = /\bhttps?:\/\/[^\s<>"'`，。！？；：、（）《》〈〉「」『』【】“”‘’…]+/giu;
const TRAILING = /[.,;:!?)\]}~*_]+$/u;
const TITLE_LONGEST = 100;

export interface Found {
  readonly url: string;
  readonly from: number;
  readonly to: number;
}

export function addressesIn(text: string): Found[] {
  return [...text.matchAll(ADDRESS)].flatMap((match) => {
    const url = match[0].replace(TRAILING, "");
    return URL.canParse(url) ? [{ url, from: match.index, to: match.index + url.length }] : [];
  });
}

/** The one address in a text, and the words beside it as its title; null when there is none, or are several. */
export function cardOf(text: string): { url: string; title: string } | null {
  const [only, ...more] = addressesIn(text);
  if (only === undefined || more.length > 0) return null;
  const rest = `${text.slice(0, only.from)} ${text.slice(only.to)}`.replace(/\s+/gu, " ").trim();
  return [...rest].length > TITLE_LONGEST ? null : { url: only.url, title: rest };
}

export interface Judged {
  /** The machine that would be asked, as the browser understands it: foreign letters stand as xn--. */
  readonly host: string;
  /** It is written in letters of several scripts, or in letters that only look like Latin ones. */
  readonly lookalike: boolean;
  /** It lies in a house's own network, not on the internet. */
  readonly inner: boolean;
  /** What is written before an @ is no host, though it may look like one. */
  readonly disguised: boolean;
  readonly unencrypted: boolean;
}

export function judge(url: string): Judged {
  const { hostname, host, protocol, username, password } = new URL(url);
  return {
    host,
    lookalike: looksAlike(writtenHost(url)),
    inner: isInner(hostname.replace(/^\[|\]$/g, "")),
    disguised: username !== "" || password !== "",
    unencrypted: protocol === "http:",
  };
}

/** The host as it was written, before the browser turned foreign letters into xn--. */
function writtenHost(url: string): string {
  const authority = /^[a-z]+:\/\/([^/?#]*)/i.exec(url)?.[1] ?? "";
  return authority.slice(authority.lastIndexOf("@") + 1).replace(/:\d*$/, "");
}

const LATIN = /\p{Script=Latin}/u;
const RESEMBLING = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u;

function looksAlike(host: string): boolean {
  let text = host;
  try {
    text = decodeURIComponent(host);
  } catch {
    // a stray % is no letter
  }
  if (/(^|\.)xn--/i.test(text)) return true; // what hides behind it cannot be seen
  return text
    .split(".")
    .some(
      (label) => RESEMBLING.test(label) || (LATIN.test(label) && /[^\p{Script=Latin}\p{Script=Common}]/u.test(label)),
    );
}

const INNER_NAMES = /(^|\.)(localhost|local|internal|intranet|lan|home|corp|home\.arpa|test)$/i;

function isInner(host: string): boolean {
  if (INNER_NAMES.test(host)) return true;
  if (host.includes(":")) return isInnerV6(host);
  const parts = host.split(".");
  if (parts.length === 4 && parts.every((part) => /^\d+$/.test(part))) return isInnerV4(parts.map(Number));
  return parts.length === 1;
}

function isInnerV4([a = 0, b = 0]: number[]): boolean {
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && b === 168) ||
    (a === 100 && b >= 64 && b < 128)
  );
}

function isInnerV6(host: string): boolean {
  return /^(::1?$|f[cd]|fe[89ab]|::ffff:|64:ff9b:)/i.test(host);
}
