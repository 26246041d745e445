import { describe, expect, it } from "vitest";
import { after, piecesOf } from "./pieces.ts";

describe("a marked text", () => {
  it.each([
    ["我的位置", [[2, 4]], ["我的", "*位置"]],
    ["位置", [[0, 2]], ["*位置"]],
    ["ab", [], ["ab"]],
    [
      "好你好",
      [
        [0, 1],
        [2, 3],
      ],
      ["*好", "你", "*好"],
    ],
  ] as [string, [number, number][], string[]][])("%s", (text, marks, pieces) => {
    expect(piecesOf({ text, marks }).map((piece) => (piece.found ? "*" : "") + piece.text)).toEqual(pieces);
  });

  it("keeps its marks behind something else", () => {
    expect(piecesOf(after("[文件] ", { text: "合同.pdf", marks: [[0, 2]] })).map(({ text }) => text)).toEqual([
      "[文件] ",
      "合同",
      ".pdf",
    ]);
  });
});
