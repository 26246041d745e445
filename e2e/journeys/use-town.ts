import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { Person } from "../person.ts";
import { Town } from "../town.ts";

interface Choices {
  settings?: Record<string, string>;
  installs?: boolean;
}

/** A town for the tests of one file. After each test nothing forbidden may have happened in any browser. */
export function useTown(choices: Choices = {}): () => Town {
  let town: Town | null = null;
  beforeAll(async () => {
    town = await Town.found(choices);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state === "fail") await pictures(task.name, town?.people ?? []);
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

const PICTURES = new URL("../../test-results/", import.meta.url).pathname;

/** What everybody's screen shows when a test fails, and what the browser complained of. */
async function pictures(test: string, people: readonly Person[]): Promise<void> {
  for (const [place, person] of people.entries()) {
    const path = `${PICTURES}${test.replace(/\W+/g, "-").slice(0, 60)}-${place}-${person.name}.png`;
    await person.page.screenshot({ path, timeout: 5_000 }).catch(() => undefined); // a closed page has no picture
  }
}
