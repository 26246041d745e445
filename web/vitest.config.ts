import { availableParallelism } from "node:os";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

/** The core is tested in Node as it stands; components are tested in a DOM. */
export default defineConfig({
  test: {
    // The core's tests wait for servers and for pauses to end: two files more than there are cores.
    maxWorkers: availableParallelism() + 2,
    projects: [
      {
        test: {
          name: "core",
          environment: "node",
          include: ["{src,tests}/core/**/*.test.ts", "build/**/*.test.ts"],
          // Node 20 has the browser's WebSocket behind this switch.
          execArgv: ["--experimental-websocket"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Long histories on real MLS stacks: `vitest run --project soak`; SOAK_LONG=1 for the long form.
        test: {
          name: "soak",
          environment: "node",
          include: ["tests/soak/**/*.test.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        plugins: [svelte()],
        resolve: { conditions: ["browser"] },
        test: {
          name: "app",
          environment: "jsdom",
          css: true, // contrast is computed from the sheets themselves
          include: ["src/{app,features,ui,i18n}/**/*.test.ts"],
        },
      },
    ],
  },
});
