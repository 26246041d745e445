import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Library } from "./tsPeer";

const WEB = resolve(import.meta.dirname, "../..");

export interface Published {
  library: Library;
  erase: () => void;
}

/** ts-mls as it was published: a copy of the installed package with our patch taken back. */
export async function publishedLibrary(): Promise<Published> {
  const folder = mkdtempSync(join(tmpdir(), "ts-mls-published-"));
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  cpSync(join(WEB, "node_modules/ts-mls"), join(modules, "ts-mls"), { recursive: true });
  for (const needed of ["@hpke", "@noble"]) symlinkSync(join(WEB, "node_modules", needed), join(modules, needed));
  cpSync(join(WEB, "patches"), join(folder, "patches"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"name":"published","version":"0.0.0"}');
  writeFileSync(join(folder, "package-lock.json"), '{"lockfileVersion":3,"packages":{}}');
  execFileSync(process.execPath, [join(WEB, "node_modules/patch-package/index.js"), "--reverse"], { cwd: folder });
  const library = (await import(pathToFileURL(join(modules, "ts-mls/dist/src/index.js")).href)) as Library;
  return { library, erase: () => rmSync(folder, { recursive: true, force: true }) };
}
