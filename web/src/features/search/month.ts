/** The days of a month as a calendar shows them. Pure. */

import { fullMonth } from "../../i18n/time.ts";

export interface Day {
  readonly number: number;
  readonly startMs: number;
}

/** Days of a month in the reader's time zone, and where the next one begins. */
export function daysOf(year: number, month: number): { days: Day[]; endMs: number; firstWeekday: number } {
  const count = new Date(year, month + 1, 0).getDate();
  const days = Array.from({ length: count }, (_, place) => ({
    number: place + 1,
    startMs: new Date(year, month, place + 1).getTime(),
  }));
  return { days, endMs: new Date(year, month + 1, 1).getTime(), firstWeekday: new Date(year, month, 1).getDay() };
}

/** The short names of the days of a week, Sunday first. */
export function weekdays(language: string): string[] {
  const format = new Intl.DateTimeFormat(language, { weekday: "narrow", timeZone: "UTC" });
  return Array.from({ length: 7 }, (_, day) => format.format(Date.UTC(2026, 1, 1 + day)));
}

export function monthName(year: number, month: number, language: string): string {
  return fullMonth(new Date(year, month, 1).getTime(), language);
}
