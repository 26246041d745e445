import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { Town } from "../town.ts";

/** A town for the tests of one file. After each test nothing forbidden may have happened in any browser. */
export function useTown(): () => Town {
  let town: Town | null = null;
  beforeAll(async () => {
    town = await Town.found();
  });
  afterEach(() => {
    for (const person of town?.people ?? []) {
      expect(person.trouble.seen, `what ${person.name}'s browser must never do`).toEqual([]);
    }
  });
  afterAll(async () => {
    await town?.ends();
  });
  return () => {
    if (town === null) throw new Error("the town is not founded yet");
    return town;
  };
}
