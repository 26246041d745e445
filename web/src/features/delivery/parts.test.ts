import { expect, test } from "vitest";
import { beginningOf, partsOf } from "./parts.ts";

const mei = { id: "4", name: "小梅" };
const all = { id: "0", name: "" };

test("a text is split at addresses and at the names it calls", () => {
  expect(partsOf("@小梅\u2005看 https://example.org/x 吧", [mei])).toEqual([
    { kind: "name", text: "@小梅" },
    { kind: "words", text: "\u2005看 " },
    { kind: "address", text: "https://example.org/x" },
    { kind: "words", text: " 吧" },
  ]);
});

test("a name that is not called, or is the beginning of another, stays plain", () => {
  expect(partsOf("@小梅梅 在吗", [mei])).toEqual([{ kind: "words", text: "@小梅梅 在吗" }]);
  expect(partsOf("@小梅 在吗", [])).toEqual([{ kind: "words", text: "@小梅 在吗" }]);
});

test("everybody can be called in each language, and a name with signs of its own breaks nothing", () => {
  expect(partsOf("@所有人 开会", [all])[0]).toEqual({ kind: "name", text: "@所有人" });
  expect(partsOf("@everyone hi", [all])[0]).toEqual({ kind: "name", text: "@everyone" });
  expect(partsOf("@a.(b ok", [{ id: "5", name: "a.(b" }])[0]).toEqual({ kind: "name", text: "@a.(b" });
});

test("a long text is cut between whole characters, an emoji of thirty code points included", () => {
  const long = "👨‍👩‍👧‍👦".repeat(50);
  const cut = beginningOf(long, 30);
  expect(long.startsWith(cut)).toBe(true);
  expect(cut.length % "👨‍👩‍👧‍👦".length).toBe(0);
  expect(beginningOf("短", 30)).toBe("短");
});
