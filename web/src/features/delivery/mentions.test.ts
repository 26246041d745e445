import { expect, test } from "vitest";
import { calledIn, fits, queryAt, TOKEN_END, tokenBefore, tokenOf } from "./mentions.ts";

const mei = { id: "4", name: "小梅", shown: "小梅", pinyin: "xiaomei" };
const grandma = { id: "2", name: "王秀英", shown: "外婆", pinyin: "waipo" };

test.each([
  ["@", 1, ""],
  ["你好 @xm", 6, "xm"],
  ["@小梅", 3, "小梅"],
  ["mei@example", 11, null],
  ["@小梅 在吗", 6, null],
  [`@小梅${TOKEN_END}`, 4, null],
  ["没有", 2, null],
])("after %s somebody is being called", (text, caret, query) => {
  expect(queryAt(text, caret)).toBe(query);
});

test("people are found by name, remark, pinyin and initials", () => {
  for (const query of ["小", "梅", "xiao", "xm", "xiao'mei", ""]) expect(fits(mei, query), query).toBe(true);
  for (const query of ["外婆", "秀英", "wp"]) expect(fits(grandma, query), query).toBe(true);
  expect(fits(mei, "wang")).toBe(false);
  expect(fits(mei, "mei")).toBe(false); // initials begin at the beginning
});

test("only who still stands in the text is called, and each once", () => {
  const called = [mei, grandma, mei];
  expect(calledIn(`${tokenOf("小梅")}来吗`, called)).toEqual(["4"]);
  expect(calledIn("来吗", called)).toEqual([]);
});

test("a name called is erased as one", () => {
  const text = `喂${tokenOf("小梅")}`;
  expect(tokenBefore(text, text.length, [mei])).toBe(4);
  expect(tokenBefore(text, 2, [mei])).toBe(0);
});
