import { describe, expect, it } from "vitest";
import { MIDDLE, pulled, squareOf } from "./crop.ts";

describe("the square taken of a picture", () => {
  it("is the largest one in the middle at first", () => {
    expect(squareOf(MIDDLE, 400, 300)).toEqual({ side: 300, left: 50, top: 0 });
    expect(squareOf(MIDDLE, 300, 400)).toEqual({ side: 300, left: 0, top: 50 });
  });

  it("is smaller the closer one looks, and never leaves the picture", () => {
    expect(squareOf({ x: 0, y: 0, zoom: 2 }, 400, 400)).toEqual({ side: 200, left: 0, top: 0 });
    expect(squareOf({ x: 1, y: 1, zoom: 4 }, 400, 400)).toEqual({ side: 100, left: 300, top: 300 });
    expect(squareOf({ x: 0.5, y: 0.5, zoom: 99 }, 400, 400).side).toBe(100);
  });

  it("follows the finger, and stops at the edge", () => {
    const right = pulled(MIDDLE, -0.1, 0, 400, 300);
    expect(squareOf(right, 400, 300).left).toBeCloseTo(80);
    expect(squareOf(pulled(right, -9, -9, 400, 300), 400, 300)).toEqual({ side: 300, left: 100, top: 0 });
  });
});
