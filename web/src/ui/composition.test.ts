import { expect, test } from "vitest";
import { Composition, type KeyPress } from "./composition.ts";

function enter(timeStamp: number, more: Partial<KeyPress> = {}): KeyPress {
  return { isComposing: false, keyCode: 13, timeStamp, ...more };
}

test("a plain Enter is meant", () => {
  expect(new Composition().owns(enter(1000))).toBe(false);
});

test("Chrome and Firefox: Enter while composing belongs to the input method", () => {
  const composition = new Composition();
  composition.started();
  expect(composition.owns(enter(1000, { isComposing: true, keyCode: 229 }))).toBe(true);
  composition.ended(1001);
  composition.keyUp();
  expect(composition.owns(enter(1200))).toBe(false);
});

test("Safari: the composition ends before the key that ended it is reported", () => {
  const composition = new Composition();
  composition.started();
  composition.ended(1000);
  expect(composition.owns(enter(1004, { keyCode: 229 }))).toBe(true);
  expect(composition.owns(enter(1004))).toBe(true); // older ones report the plain key code
  composition.keyUp();
  expect(composition.owns(enter(1030))).toBe(false);
});

test("a candidate taken with the mouse does not swallow the next Enter", () => {
  const composition = new Composition();
  composition.started();
  composition.ended(1000); // no key is involved, so none comes up
  expect(composition.owns(enter(2000))).toBe(false);
});

test("a key the input method has taken counts even when nothing says that it composes", () => {
  expect(new Composition().owns(enter(1000, { keyCode: 229 }))).toBe(true);
});
