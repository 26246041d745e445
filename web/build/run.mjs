// Runs one of our TypeScript programs: node run.mjs <path from the repository's root> [arguments]
import { fileURLToPath } from "node:url";
import { createServer, createServerModuleRunner } from "vite";

const root = fileURLToPath(new URL("../..", import.meta.url));
const [path, ...rest] = process.argv.slice(2);
// The runner stays open while the program runs: parts of the core are imported when they are first needed.
const server = await createServer({
  root,
  configFile: false,
  logLevel: "error",
  appType: "custom",
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
const { main } = await createServerModuleRunner(server.environments.ssr, { hmr: false }).import(`${root}/${path}`);
process.exit((await main(rest)) ?? 0);
