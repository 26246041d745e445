/** Amounts as people read and type them. Inside, an amount is a whole number of the currency's smallest unit. */

export interface Currency {
  symbol: string;
  exponent: number; // how many digits stand after the point
}

/** "1,234.50" of 123450 when two digits stand after the point; the same in every language we speak. */
export function digitsOf(minor: number, { exponent }: Currency): string {
  const digits = String(Math.abs(minor)).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent).replace(/\B(?=(\d{3})+$)/g, ",");
  return exponent === 0 ? whole : `${whole}.${digits.slice(-exponent)}`;
}

/** With its symbol: "¥1,234.50", "-¥0.01". */
export function shownAmount(minor: number, currency: Currency): string {
  return `${minor < 0 ? "-" : ""}${currency.symbol}${digitsOf(minor, currency)}`;
}

/** With its direction: "+¥5.00" came in, "-¥5.00" went out. */
export function shownChange(minor: number, currency: Currency): string {
  return `${minor > 0 ? "+" : ""}${shownAmount(minor, currency)}`;
}

/** What was typed, in minor units; null when it is no amount, is nothing, or has more digits than the currency. */
export function parseAmount(text: string, { exponent }: Currency): number | null {
  const plain = text
    .trim()
    .replace(/[０-９．]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace("。", ".")
    .replace(/,(?=\d{3}(\D|$))/g, "");
  const parts = /^(\d{1,16})(?:\.(\d*))?$/.exec(plain) ?? /^()\.(\d+)$/.exec(plain);
  if (parts === null) return null;
  const [, whole = "", rest = ""] = parts;
  if (rest.length > exponent) return null;
  const minor = Number(`${whole}${rest.padEnd(exponent, "0")}`);
  return Number.isSafeInteger(minor) && minor > 0 ? minor : null;
}
