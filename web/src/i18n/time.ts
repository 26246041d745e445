/** Times as WeChat writes them: the clock today, 昨天, the weekday within a week, then the date. Pure. */

const DAY_MS = 86_400_000;

/** Whole calendar days between two moments in the reader's own time zone; 0 is the same day. */
export function calendarDaysBetween(earlierMs: number, laterMs: number): number {
  return Math.round((midnight(laterMs) - midnight(earlierMs)) / DAY_MS);
}

function midnight(ms: number): number {
  const day = new Date(ms);
  return Date.UTC(day.getFullYear(), day.getMonth(), day.getDate());
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(language: string, ms: number, options: Intl.DateTimeFormatOptions): string {
  const name = `${language} ${JSON.stringify(options)}`;
  let made = formats.get(name);
  if (made === undefined) {
    made = new Intl.DateTimeFormat(language, options);
    formats.set(name, made);
  }
  return made.format(ms);
}

export function clockTime(atMs: number, language: string): string {
  return format(language, atMs, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

function yesterday(language: string): string {
  const word = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-1, "day");
  return word.charAt(0).toLocaleUpperCase(language) + word.slice(1);
}

/** The day in the shortest words that are clear; null when it is today. */
function dayWords(atMs: number, nowMs: number, language: string, short: boolean): string | null {
  const days = calendarDaysBetween(atMs, nowMs);
  if (days <= 0) return null;
  if (days === 1) return yesterday(language);
  if (days < 7) return format(language, atMs, { weekday: "long" });
  if (new Date(atMs).getFullYear() === new Date(nowMs).getFullYear()) {
    return format(language, atMs, { month: language === "en" ? "short" : "long", day: "numeric" });
  }
  return short
    ? format(language, atMs, { year: "numeric", month: "numeric", day: "numeric" })
    : format(language, atMs, { year: "numeric", month: language === "en" ? "short" : "long", day: "numeric" });
}

/** At the right of a line in the chat list: "14:05", "昨天", "星期三", "11月2日", "2025/11/2". */
export function listTime(atMs: number, nowMs: number, language: string): string {
  return dayWords(atMs, nowMs, language, true) ?? clockTime(atMs, language);
}

/** Between two messages: the same day words, followed by the clock. */
export function separatorTime(atMs: number, nowMs: number, language: string): string {
  const day = dayWords(atMs, nowMs, language, false);
  return day === null ? clockTime(atMs, language) : `${day} ${clockTime(atMs, language)}`;
}

/** A moment to come: "14:05", "明天 14:05", "11月25日 14:05". */
export function comingTime(atMs: number, nowMs: number, language: string): string {
  const days = calendarDaysBetween(nowMs, atMs);
  const clock = clockTime(atMs, language);
  if (days <= 0) return clock;
  if (days === 1) return `${new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(1, "day")} ${clock}`;
  return `${format(language, atMs, { month: language === "en" ? "short" : "long", day: "numeric" })} ${clock}`;
}

/** A whole date, for things that are kept: "2026年11月22日". */
export function fullDate(atMs: number, language: string): string {
  return format(language, atMs, { year: "numeric", month: language === "en" ? "short" : "long", day: "numeric" });
}

/** "2026年11月". */
export function fullMonth(atMs: number, language: string): string {
  return format(language, atMs, { year: "numeric", month: "long" });
}

/** Messages further apart than this get a time between them. */
export const SEPARATOR_AFTER_MS = 5 * 60_000;
