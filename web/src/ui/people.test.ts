import { expect, test } from "vitest";
import type { Person } from "../core/api.ts";
import { byLetter } from "./people.ts";
import { COLOURS, colourOf, letterOf } from "./picture.ts";

function person(shown: string, pinyin: string): Person {
  return { id: shown, name: shown, remark: "", shown, pinyin, friend: true, blocked: false, verified: false };
}

test("a phone book goes by pinyin, with everybody else at the end", () => {
  const letters = byLetter(
    [
      person("张伟", "zhangwei"),
      person("🐼", "#"),
      person("Bob", "bob"),
      person("包子", "baozi"),
      person("阿强", "aqiang"),
    ],
    "zh-Hans",
  );
  expect(letters.map(({ letter }) => letter)).toEqual(["A", "B", "Z", "#"]);
  expect(letters[1]?.people.map(({ shown }) => shown)).toEqual(["包子", "Bob"]);
});

test.each([
  ["陈美兰", "兰"],
  ["外婆", "婆"],
  ["Mei Chen", "M"],
  ["bob", "B"],
  ["👨‍👩‍👧‍👦家", "家"],
  ["👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"],
  ["", ""],
])("the picture of %s shows %s", (name, letter) => {
  expect(letterOf(name)).toBe(letter);
});

test("a person keeps her colour, and all colours occur", () => {
  expect(colourOf("123")).toBe(colourOf("123"));
  const seen = new Set(Array.from({ length: 500 }, (_, id) => colourOf(String(id))));
  expect(seen.size).toBe(COLOURS);
});
