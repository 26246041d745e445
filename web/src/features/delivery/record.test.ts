import { expect, test } from "vitest";
import type { Commands, Core, Detail } from "../../core/api.ts";
import { inFavourite, inMessage, recordAt } from "./record.ts";

const innermost: Detail = { kind: "record", title: "里面", items: [] };
const line = { sender: "梅", atMs: 0, text: "", detail: innermost, path: "0.1" };
const inner: Detail = { kind: "record", title: "中间", items: [{ ...line, detail: null, path: "0.0" }, line] };
const outer: Detail = { kind: "record", title: "外面", items: [{ ...line, detail: inner, path: "0" }] };

/** Notes what is asked of it. */
class Asked implements Core {
  readonly calls: [string, unknown][] = [];

  call<K extends keyof Commands>(command: K, argument: Commands[K][0]): Promise<Commands[K][1]> {
    this.calls.push([command, argument]);
    return new Promise(() => {});
  }

  watch(): () => void {
    return () => {};
  }
}

test("a record in a record in a record is found by its path, and nothing by another's", () => {
  expect(recordAt(outer, "")?.title).toBe("外面");
  expect(recordAt(outer, "0")?.title).toBe("中间");
  expect(recordAt(outer, "0.1")?.title).toBe("里面");
  for (const path of ["0.0", "1", "0.1.0", "x", "-1"]) expect(recordAt(outer, path)).toBeNull();
  expect(recordAt(null, "")).toBeNull();
});

test("lines of a favourite are asked for as a favourite's, and their records open among what is kept", () => {
  const core = new Asked();
  void inFavourite(core, "00ff").thumb("0.1");
  void inMessage(core, "7").thumb("0.1");
  void inFavourite(core, "00ff").content("0.1");
  void inMessage(core, "7").content("0.1");
  expect(core.calls).toEqual([
    ["favouriteThumbnail", { id: "00ff", path: "0.1" }],
    ["thumbnail", { id: "7", path: "0.1" }],
    ["favouriteContent", { id: "00ff", path: "0.1" }],
    ["media", { id: "7", path: "0.1" }],
  ]);
  expect(inFavourite(core, "00ff").page("0.1")).toBe("/me/favourite/00ff#0.1");
  expect(inMessage(core, "7").page("0.1")).toBe("/message/7/record#0.1");
});
