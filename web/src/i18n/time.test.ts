import { expect, test } from "vitest";
import { calendarDaysBetween, clockTime, comingTime, listTime, separatorTime } from "./time.ts";

const NOW = new Date(2026, 10, 22, 15, 30).getTime(); // a Sunday

const LINES: [string, Date, Record<string, string>][] = [
  ["this minute", new Date(2026, 10, 22, 15, 30), { "zh-Hans": "15:30", "zh-Hant": "15:30", en: "15:30" }],
  ["just after midnight", new Date(2026, 10, 22, 0, 5), { "zh-Hans": "00:05", "zh-Hant": "00:05", en: "00:05" }],
  [
    "a minute before midnight",
    new Date(2026, 10, 21, 23, 59),
    { "zh-Hans": "昨天", "zh-Hant": "昨天", en: "Yesterday" },
  ],
  ["six days ago", new Date(2026, 10, 16, 9, 0), { "zh-Hans": "星期一", "zh-Hant": "星期一", en: "Monday" }],
  ["seven days ago", new Date(2026, 10, 15, 9, 0), { "zh-Hans": "11月15日", "zh-Hant": "11月15日", en: "Nov 15" }],
  ["last year", new Date(2025, 11, 31, 9, 0), { "zh-Hans": "2025/12/31", "zh-Hant": "2025/12/31", en: "12/31/2025" }],
  ["a clock that runs ahead", new Date(2026, 10, 22, 18, 0), { "zh-Hans": "18:00", "zh-Hant": "18:00", en: "18:00" }],
];

test.each(LINES)("the chat list writes %s as WeChat does", (_name, at, words) => {
  for (const [language, expected] of Object.entries(words))
    expect(listTime(at.getTime(), NOW, language)).toBe(expected);
});

test("between messages the clock follows the day", () => {
  expect(separatorTime(new Date(2026, 10, 22, 8, 1).getTime(), NOW, "zh-Hans")).toBe("08:01");
  expect(separatorTime(new Date(2026, 10, 21, 8, 1).getTime(), NOW, "zh-Hans")).toBe("昨天 08:01");
  expect(separatorTime(new Date(2026, 10, 18, 8, 1).getTime(), NOW, "zh-Hant")).toBe("星期三 08:01");
  expect(separatorTime(new Date(2026, 0, 2, 8, 1).getTime(), NOW, "zh-Hans")).toBe("1月2日 08:01");
  expect(separatorTime(new Date(2024, 0, 2, 8, 1).getTime(), NOW, "zh-Hans")).toBe("2024年1月2日 08:01");
});

test("days are counted by the calendar, not by hours", () => {
  expect(calendarDaysBetween(new Date(2026, 10, 21, 23, 59).getTime(), new Date(2026, 10, 22, 0, 1).getTime())).toBe(1);
  expect(calendarDaysBetween(new Date(2026, 10, 22, 0, 0).getTime(), new Date(2026, 10, 22, 23, 59).getTime())).toBe(0);
});

test("midnight is 00, never 24", () => {
  expect(clockTime(new Date(2026, 10, 22, 0, 0).getTime(), "en")).toBe("00:00");
});

test("what comes tomorrow is not told as if it came today", () => {
  expect(comingTime(new Date(2026, 10, 22, 18, 0).getTime(), NOW, "en")).toBe("18:00");
  expect(comingTime(new Date(2026, 10, 23, 15, 30).getTime(), NOW, "zh-Hans")).toBe("明天 15:30");
  expect(comingTime(new Date(2026, 10, 23, 0, 5).getTime(), NOW, "zh-Hant")).toBe("明天 00:05");
  expect(comingTime(new Date(2026, 10, 23, 15, 30).getTime(), NOW, "en")).toBe("tomorrow 15:30");
  expect(comingTime(new Date(2026, 10, 25, 8, 1).getTime(), NOW, "zh-Hans")).toBe("11月25日 08:01");
});
