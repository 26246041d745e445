/**
 * Finding something among a million messages: `./dev bench search [MESSAGES] [--json]`.
 *
 * The app's own store and search, in a worker of a real Chromium with its files on disk; text made up from a seed.
 * Each question is asked once, after a start, and its whole first answer is waited for: people, groups and chats.
 */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { build } from "vite";
import { contextOptions, launchWithProfile } from "../e2e/browser.ts";
import { CHINESE_PHONE } from "../e2e/town.ts";
import type { Figures } from "./search/worker.ts";

const MESSAGES = 1_000_000;
const P95_TARGET_MS = 50;
const ROOT = new URL("./search/", import.meta.url).pathname;
const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

export async function main(args: string[]): Promise<number> {
  const messages = Number(args.find((one) => /^\d+$/.test(one)) ?? MESSAGES);
  const folder = await mkdtemp(join(tmpdir(), "hongyan-search-"));
  const site = join(folder, "site");
  await build({
    root: ROOT,
    configFile: false,
    logLevel: "warn",
    worker: { format: "es" },
    build: {
      outDir: site,
      target: "es2022",
      assetsInlineLimit: 0,
      rolldownOptions: { input: join(ROOT, "page.html") },
    },
  });
  const server = await serve(site);
  const { port } = server.address() as AddressInfo;
  const context = await launchWithProfile(join(folder, "profile"), contextOptions(CHINESE_PHONE));
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(0);
    await page.exposeFunction("told", (what: string) => process.stderr.write(`· ${what}\n`));
    await page.goto(`http://127.0.0.1:${port}/page.html`);
    const figures = await page.evaluate((count) => measureSearch(count), messages);
    show(figures, args.includes("--json"));
  } finally {
    await context.close();
    server.close();
    await rm(folder, { recursive: true, force: true });
  }
  return 0;
}

async function serve(site: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    readFile(join(site, path)).then(
      (bytes) => response.writeHead(200, { "content-type": TYPES[extname(path)] ?? "text/plain" }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return server;
}

function show(figures: Figures, asJson: boolean): void {
  const rounded = JSON.stringify(figures, (_, value: unknown) =>
    typeof value === "number" ? Math.round(value * 10_000) / 10_000 : value,
  );
  if (asJson) {
    process.stdout.write(`${rounded}\n`);
    return;
  }
  for (const [name, value] of Object.entries(JSON.parse(rounded) as Record<string, unknown>)) {
    const missed = name === "p95_ms" && figures.p95_ms > P95_TARGET_MS ? "  MISSED" : "";
    const wanted = name === "p95_ms" ? `  at most ${P95_TARGET_MS}${missed}` : name === "recall" ? "  exactly 1" : "";
    process.stdout.write(
      `${name.padEnd(16)} ${typeof value === "object" ? JSON.stringify(value) : String(value)}${wanted}\n`,
    );
  }
}
