import { expect, test } from "vitest";
import type { BillEntry } from "../../core/api.ts";
import { billFile, monthOf, monthTitle, otherMonth } from "./bill.ts";

test("months follow each other over the turn of the year", () => {
  expect(otherMonth("2026-12", 1)).toBe("2027-01");
  expect(otherMonth("2026-01", -1)).toBe("2025-12");
  expect(monthOf(new Date(2026, 10, 30, 23, 59).getTime())).toBe("2026-11");
  expect(monthTitle("2026-11", "zh-Hans")).toBe("2026年11月");
  expect(monthTitle("2026-11", "en")).toBe("November 2026");
});

test("the file opens in a spreadsheet, and a name that is a formula stays a name", () => {
  const entry = (name: string, amountMinor: number): BillEntry => ({
    seq: 1,
    id: "a",
    atMs: 0,
    code: "transfer",
    amountMinor,
    originalMinor: amountMinor,
    state: "posted",
    other: { id: "2", name },
  });
  const file = billFile(
    [entry('=HYPERLINK("x")', -123456), entry("小梅, 阿兰", 5)],
    { symbol: "¥", exponent: 2 },
    {
      columns: ["时间", "类型", "对方", "金额", "状态"],
      kind: () => "转账",
      other: (one) => one.other?.name ?? "",
      state: () => "已完成",
      time: () => "11月23日",
    },
  );
  expect(file).toBe(
    `\ufeff时间,类型,对方,金额,状态\r\n11月23日,转账,"'=HYPERLINK(""x"")",-1234.56,已完成\r\n11月23日,转账,"小梅, 阿兰",0.05,已完成\r\n`,
  );
});
