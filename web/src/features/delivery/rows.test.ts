import { expect, test } from "vitest";
import type { Message } from "../../core/api.ts";
import { blocksOf, ORDERS_PER_BLOCK } from "./rows.ts";

const MINUTE = 60_000;

function message(order: number, atMs: number): Message {
  return {
    id: `m${order}`,
    chat: "d:2",
    kind: "text",
    sender: "2",
    senderName: "外婆",
    vouchedBy: null,
    mine: false,
    text: "",
    event: null,
    detail: null,
    quote: null,
    reactions: [],
    mentions: [],
    callsMe: false,
    edited: false,
    changeableUntilMs: null,
    expiresAtMs: null,
    atMs,
    state: null,
    order,
  };
}

test("a time stands above the first message and after five silent minutes", () => {
  const blocks = blocksOf([message(1, 0), message(2, 5 * MINUTE), message(3, 10 * MINUTE + 1)]);
  expect(blocks.flatMap(({ rows }) => rows.map(({ timed }) => timed))).toEqual([true, false, true]);
});

test("older and newer messages leave the blocks between them as they are", () => {
  const middle = Array.from({ length: 100 }, (_, place) => message(200 + place, place));
  const wider = [message(10, 0), ...middle, message(1000, 0)];
  const kept = blocksOf(middle).map(({ key }) => key);
  expect(blocksOf(wider).map(({ key }) => key)).toEqual([0, ...kept, Math.floor(1000 / ORDERS_PER_BLOCK)]);
});
