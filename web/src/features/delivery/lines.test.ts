import { describe, expect, it } from "vitest";
import type { ChatSummary } from "../../core/api.ts";
import { countOf, unreadOf } from "../../ui/unread.ts";
import { isFolded, keyOf, linesOf } from "./lines.ts";

function chat(id: string, more: Partial<ChatSummary> = {}): ChatSummary {
  return {
    id,
    kind: id.startsWith("g") ? "group" : "direct",
    title: id,
    people: [],
    last: null,
    unread: 0,
    mentioned: false,
    draft: "",
    pinned: false,
    muted: false,
    folded: false,
    markedUnread: false,
    background: "",
    timerS: 0,
    typing: false,
    readUpToMs: 0,
    atMs: 0,
    left: false,
    imported: false,
    ...more,
  };
}

const FOLDED = { muted: true, folded: true };

describe("the lines of the list", () => {
  it("put all folded groups behind one entry, where the newest of them would stand", () => {
    const chats = [chat("d:1", { pinned: true }), chat("g:1"), chat("g:2", FOLDED), chat("d:2"), chat("g:3", FOLDED)];
    const lines = linesOf(chats);
    expect(lines.map(keyOf)).toEqual(["d:1", "g:1", "folded", "d:2"]);
    expect(lines[2]).toMatchObject({ folded: [{ id: "g:2" }, { id: "g:3" }] });
  });

  it.each([
    ["a muted group that she folded", chat("g:1", FOLDED), true],
    ["a group that is not muted any more", chat("g:1", { folded: true }), false],
    ["a pinned one", chat("g:1", { ...FOLDED, pinned: true }), false],
    ["a chat of two", chat("d:1", FOLDED), false],
  ])("%s", (_what, one, folded) => {
    expect(isFolded(one)).toBe(folded);
  });
});

describe("what is counted as unread", () => {
  it("a muted chat counts nothing; alone it leaves a dot", () => {
    const muted = chat("g:1", { muted: true, unread: 7 });
    expect(countOf(muted)).toBe(0);
    expect(unreadOf([muted])).toEqual({ count: 0, dot: true });
    expect(unreadOf([muted, chat("d:1", { unread: 2 })])).toEqual({ count: 2, dot: false });
  });

  it("a chat marked by hand counts as one, and not again when it has unread ones", () => {
    expect(unreadOf([chat("d:1", { markedUnread: true })])).toEqual({ count: 1, dot: false });
    expect(unreadOf([chat("d:1", { markedUnread: true, unread: 3 })])).toEqual({ count: 3, dot: false });
    expect(unreadOf([chat("d:1", { markedUnread: true, muted: true })])).toEqual({ count: 0, dot: true });
    expect(unreadOf([chat("d:1")])).toEqual({ count: 0, dot: false });
  });
});
