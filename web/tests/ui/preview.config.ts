/** The app with the scripted core, to look at: `npx vite --config tests/ui/preview.config.ts`. Never the product. */
import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

const stand = fileURLToPath(new URL("./preview-client.ts", import.meta.url));

export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  plugins: [
    {
      name: "scripted-core",
      enforce: "pre",
      resolveId: (id) => (id.endsWith("core/client.ts") ? stand : null),
    },
    svelte(),
  ],
  build: {
    outDir: process.env["PREVIEW_OUT"] ?? "/tmp/hongyan-preview",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
