import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";
import { precache } from "./build/precache.ts";
import { precompressed } from "./build/precompressed.ts";

const server = process.env["DEV_SERVER"] ?? "http://127.0.0.1:8420";

/** The app is built into the Python package, which serves it: no second server, no second port. */
export default defineConfig({
  plugins: [svelte(), precache("service-worker"), precompressed()],
  worker: { format: "es" },
  optimizeDeps: { exclude: ["@sqlite.org/sqlite-wasm"] },
  build: {
    outDir: "../src/hongyan/webapp",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      input: { index: "index.html", "service-worker": "src/app/service-worker.ts" },
      output: {
        // What every page needs comes in one piece: twenty small files cost more than they save.
        codeSplitting: {
          groups: [
            {
              name: "frame",
              test: /node_modules\/(svelte|esm-env|clsx)\/|src\/(app\/(main|App|Starting|early|trusted|update)|core\/(api|client|door)|i18n\/(language|message)|ui\/(?!QrCode|PhoneBook|LetterStrip|ShareLink|Windowed|people|save-file))/,
            },
          ],
        },
        entryFileNames: (chunk) => (chunk.name === "service-worker" ? "[name].js" : "assets/[name]-[hash].js"),
      },
    },
  },
  server: {
    proxy: { "/api": server, "/realtime": { target: server, ws: true } },
  },
});
