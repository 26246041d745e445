import { expect, test } from "vitest";
import type { Message } from "../../core/api.ts";
import { BLOCK_MESSAGES, Blocks } from "./rows.ts";

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

function some(first: number, count: number): Message[] {
  return Array.from({ length: count }, (_, place) => message(first + place, place));
}

test("a time stands above the first message and after five silent minutes", () => {
  const blocks = new Blocks().of([message(1, 0), message(2, 5 * MINUTE), message(3, 10 * MINUTE + 1)]);
  expect(blocks.flatMap(({ rows }) => rows.map(({ timed }) => timed))).toEqual([true, false, true]);
});

test("older and newer messages leave the blocks between them, and their rows, as they are", () => {
  const blocks = new Blocks();
  const middle = some(200, 4 * BLOCK_MESSAGES);
  const before = blocks.of(middle);
  expect(before).toHaveLength(4);
  const after = blocks.of([...some(100, BLOCK_MESSAGES + 1), ...middle, ...some(300, BLOCK_MESSAGES + 1)]);
  const full = Array<number>(6).fill(BLOCK_MESSAGES);
  expect(after.map(({ rows }) => rows.length)).toEqual([1, ...full, 1]);
  expect(after.map(({ above }) => above)).toEqual([true, true, false, false, false, false, false, false]);
  expect(after.slice(3, 6)).toEqual(before.slice(1));
  for (const [place, { rows }] of after.slice(3, 6).entries()) {
    for (const [line, row] of rows.entries()) expect(row).toBe(before[place + 1]?.rows[line]);
  }
  expect(new Set(after.map(({ key }) => key)).size).toBe(after.length);
});

test("what arrives between known messages, or is deleted, moves nothing to another block", () => {
  const blocks = new Blocks();
  const known = some(200, 2 * BLOCK_MESSAGES);
  const [first, second] = blocks.of(known).map(({ key }) => key);
  const late = { ...message(201, 1), id: "late" };
  const after = blocks.of([...known.slice(0, 2), late, ...known.slice(3)]);
  expect(after.map(({ key }) => key)).toEqual([first, second]);
  expect(after.map(({ rows }) => rows.length)).toEqual([BLOCK_MESSAGES, BLOCK_MESSAGES]);
});

test("another part of the chat has blocks of its own", () => {
  const blocks = new Blocks();
  const before = blocks.of(some(200, 20)).map(({ key }) => key);
  const after = blocks.of(some(900, 20));
  expect(after.some(({ key }) => before.includes(key))).toBe(false);
  expect(after.every(({ above }) => !above)).toBe(true);
});
