import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchHands } from "./hands.ts";

let hands: ReturnType<typeof watchHands>;
let box: HTMLTextAreaElement;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
  box = document.body.appendChild(document.createElement("textarea"));
  hands = watchHands();
});

afterEach(() => {
  hands.stop();
  box.remove();
  vi.useRealTimers();
});

function does(...kinds: string[]): void {
  for (const kind of kinds) box.dispatchEvent(new Event(kind, { bubbles: true }));
}

test("nobody touched anything", () => {
  expect(hands.full()).toBe(false);
});

test("who types is left alone until she pauses", () => {
  does("keydown", "input");
  expect(hands.full()).toBe(true);
  vi.advanceTimersByTime(999);
  expect(hands.full()).toBe(true);
  vi.advanceTimersByTime(1);
  expect(hands.full()).toBe(false);
});

test("who chooses characters is left alone however long it takes", () => {
  does("compositionstart");
  vi.advanceTimersByTime(100_000);
  expect(hands.full()).toBe(true);
  does("compositionend");
  vi.advanceTimersByTime(1_000);
  expect(hands.full()).toBe(false);
});

test("a field that went away is not waited for", () => {
  does("compositionstart");
  box.remove();
  vi.advanceTimersByTime(1_000);
  expect(hands.full()).toBe(false);
});

test("who holds to talk is left alone until she lets go", () => {
  does("pointerdown");
  vi.advanceTimersByTime(59_000);
  expect(hands.full()).toBe(true);
  does("pointerup");
  vi.advanceTimersByTime(1_000);
  expect(hands.full()).toBe(false);
});

test("once it is stopped it hears nothing", () => {
  hands.stop();
  does("keydown");
  expect(hands.full()).toBe(false);
});
