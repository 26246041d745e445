import { defineConfig } from "vitest/config";

/** Each file has its own server and browser; two files run at a time, which is what two cores carry. */
export default defineConfig({
  test: {
    include: ["journeys/**/*.test.ts"],
    environment: "node",
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
