import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** What the service worker's source says where the list goes. */
const PLACE = /["'`]__PRECACHE__["'`]/;

/**
 * Puts `{ version, files }` into the service worker: every built file, and a version that changes with any of them.
 *
 * Fails the build when the place for it is missing, so that an app that cannot open offline is never shipped.
 */
export function precache(entry: string): Plugin {
  let publicFolder = "";
  return {
    name: "hongyan-precache",
    enforce: "post",
    apply: "build",
    configResolved(config) {
      publicFolder = config.publicDir;
    },
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const worker = bundle[`${entry}.js`];
        if (worker?.type !== "chunk" || !PLACE.test(worker.code)) {
          this.error(`${entry}.js has no "__PRECACHE__" to fill`);
        }
        const hash = createHash("sha256").update(worker.code);
        const files: string[] = [];
        for (const [name, output] of Object.entries(bundle).sort(([a], [b]) => (a < b ? -1 : 1))) {
          if (output === worker) continue;
          files.push(name === "index.html" ? "/" : `/${name}`);
          hash.update(name).update(output.type === "chunk" ? output.code : output.source);
        }
        for (const name of publicFiles(publicFolder)) {
          files.push(`/${name}`);
          hash.update(name).update(readFileSync(join(publicFolder, name)));
        }
        const list = { version: hash.digest("hex").slice(0, 16), files };
        worker.code = worker.code.replace(PLACE, () => JSON.stringify(list));
      },
    },
  };
}

function publicFiles(folder: string): string[] {
  if (folder === "") return [];
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
      .sort();
  } catch {
    return []; // no public folder: nothing to add
  }
}
