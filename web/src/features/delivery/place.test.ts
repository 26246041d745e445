import { expect, test } from "vitest";
import { coordinates, degreesAndMinutes, gridLines, readCoordinates } from "./place.ts";

test.each([
  ["25.033, 121.565", { latitude: 25.033, longitude: 121.565 }],
  ["25.033，121.565", { latitude: 25.033, longitude: 121.565 }],
  ["-33.86 151.21", { latitude: -33.86, longitude: 151.21 }],
  ["25.03300°N 121.56500°E", { latitude: 25.033, longitude: 121.565 }],
  ["33.86S, 70.65W", { latitude: -33.86, longitude: -70.65 }],
  ["91, 10", null],
  ["10, 181", null],
  ["台北", null],
])("%s is read as a place, or as none", (text, place) => {
  expect(readCoordinates(text)).toEqual(place);
});

test("what is written can be read again, on each side of the equator", () => {
  expect(coordinates(-33.86, 151.21)).toBe("33.86000°S 151.21000°E");
  expect(readCoordinates(coordinates(-33.86, -70.65))).toEqual({ latitude: -33.86, longitude: -70.65 });
});

test("the grid has whole minutes around the pin", () => {
  const lines = gridLines(25.033);
  expect(lines).toHaveLength(7);
  expect(lines.map(({ degrees }) => degreesAndMinutes(degrees))).toContain("25°02′");
  for (const { away } of lines) expect(Math.abs(away)).toBeLessThanOrEqual(3.5);
});
