import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** A long story that begins last would keep one core waiting; the length of a file does not tell these. */
const LONGEST = ["canary", "barriers-care", "barriers-telephone", "barriers-desktop", "talk"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = LONGEST.indexOf(basename(moduleId, ".test.ts"));
      return found < 0 ? LONGEST.length : found;
    };
    return (await super.sort(files)).sort((one, other) => place(one) - place(other));
  }
}

/**
 * Each file has its own server and browser, and files that follow each other in one process share what they load. As
 * people wait for each other in every story, three are told at a time on two cores.
 */
export default defineConfig({
  test: {
    include: ["journeys/**/*.test.ts"],
    environment: "node",
    pool: "forks",
    maxWorkers: availableParallelism() + 1,
    isolate: false,
    sequence: { sequencer: LongestFirst },
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
