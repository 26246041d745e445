import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Plugin } from "vite";

const COMPRESSIBLE = /\.(js|css|html|svg|wasm|json|webmanifest)$/;
const SMALLEST_BYTES = 512;

/** Writes `name.gz` beside each built file worth it, so that the server never compresses at run time. */
export function precompressed(): Plugin {
  let folder = "";
  return {
    name: "hongyan-precompressed",
    apply: "build",
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    async writeBundle() {
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !COMPRESSIBLE.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const bytes = await readFile(path);
        if (bytes.length < SMALLEST_BYTES) continue;
        const packed = await promisify(gzip)(bytes, { level: 9 });
        if (packed.length < bytes.length) await writeFile(`${path}.gz`, packed);
      }
    },
  };
}
