import { describe, expect, it } from "vitest";
import { type Known, newsIn, readSince } from "./news.ts";

function chat(id: string, unread: number, more: Partial<Known> = {}): Known {
  return { id, kind: "direct", title: id, unread, mentioned: false, muted: false, last: null, ...more };
}

describe("what is news", () => {
  it("is a chat in which more is unread than before, and a chat that was not there", () => {
    const before = [chat("外婆", 1), chat("小梅", 2), chat("读过", 3)];
    const after = [chat("外婆", 2), chat("小梅", 2), chat("读过", 0), chat("新来的", 1)];
    expect(newsIn(before, after, null).map(({ id }) => id)).toEqual(["外婆", "新来的"]);
  });

  it("is not the chat she looks at", () => {
    expect(newsIn([chat("外婆", 0)], [chat("外婆", 1)], "外婆")).toEqual([]);
    expect(newsIn([chat("外婆", 0)], [chat("外婆", 1)], "小梅")).toHaveLength(1);
  });

  it("is not a muted chat, unless it calls her, and then once", () => {
    const muted = { muted: true };
    const called = { muted: true, mentioned: true };
    expect(newsIn([chat("楼里", 1, muted)], [chat("楼里", 2, muted)], null)).toEqual([]);
    expect(newsIn([chat("楼里", 2, muted)], [chat("楼里", 3, called)], null)).toHaveLength(1);
    expect(newsIn([chat("楼里", 3, called)], [chat("楼里", 4, called)], null)).toEqual([]);
  });
});

it("knows what was read since, here or on another device", () => {
  const before = [chat("外婆", 1), chat("小梅", 2), chat("删了", 1)];
  expect(readSince(before, [chat("外婆", 0), chat("小梅", 1)]).map(({ id }) => id)).toEqual(["外婆", "删了"]);
});
