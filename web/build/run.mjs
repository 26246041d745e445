// Runs one of our TypeScript programs: node run.mjs <path from the repository's root> [arguments]
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const root = fileURLToPath(new URL("../..", import.meta.url));
const [path, ...rest] = process.argv.slice(2);
const { module } = await runnerImport(`${root}/${path}`, { root, configFile: false });
process.exit((await module.main(rest)) ?? 0);
