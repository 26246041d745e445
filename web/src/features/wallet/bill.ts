import type { BillEntry } from "../../core/api.ts";
import { fullMonth } from "../../i18n/time.ts";
import { type Currency, digitsOf } from "../../ui/money.ts";

/** Months of the bill, and the bill as a file. Pure. */

/** "2026-11" of a moment, in the reader's own time zone. */
export function monthOf(atMs: number): string {
  const day = new Date(atMs);
  return `${day.getFullYear()}-${String(day.getMonth() + 1).padStart(2, "0")}`;
}

/** How many minutes the reader's clock is ahead of UTC when the month begins. */
export function offsetOf(month: string): number {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return -new Date(year, number - 1, 1).getTimezoneOffset();
}

/** The month `by` months after. */
export function otherMonth(month: string, by: number): string {
  const [year = 0, number = 1] = month.split("-").map(Number);
  return monthOf(new Date(year, number - 1 + by, 1).getTime());
}

/** A month as people write it. */
export function monthTitle(month: string, language: string): string {
  return fullMonth(Date.parse(`${month}-01T00:00`), language);
}

/** One cell of a CSV file; what begins as a formula would is not left one. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^[+-]?[\d.]+$/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export interface BillWords {
  columns: readonly string[]; // time, kind, other, amount, state
  kind: (entry: BillEntry) => string;
  other: (entry: BillEntry) => string;
  state: (entry: BillEntry) => string;
  time: (atMs: number) => string;
}

/** A table that spreadsheet programs open with Chinese intact (a byte order mark in front). */
export function billFile(entries: readonly BillEntry[], currency: Currency, words: BillWords): string {
  const rows = entries.map((entry) => [
    words.time(entry.atMs),
    words.kind(entry),
    words.other(entry),
    `${entry.amountMinor < 0 ? "-" : ""}${digitsOf(entry.amountMinor, currency).replaceAll(",", "")}`,
    words.state(entry),
  ]);
  return `\ufeff${[words.columns, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}
