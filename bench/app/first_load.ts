import { statSync } from "node:fs";
import type { Town } from "../../e2e/town.ts";

const BUILT = new URL("../../src/hongyan/webapp", import.meta.url).pathname;

/** Compressed kB of all JavaScript and CSS that a new browser asks for before the first screen, workers' included. */
export async function firstLoadKb(town: Town): Promise<number> {
  const somebody = await town.arrives("somebody");
  const paths = new Set<string>();
  // The service worker fetches the rest for later, after the first screen: it is not waited for.
  somebody.context.on("request", (request) => {
    if (request.serviceWorker() === null) paths.add(new URL(request.url()).pathname);
  });
  await somebody.opens(somebody.url);
  await somebody.page.getByRole("heading", { level: 1 }).waitFor();
  const loaded = [...paths].filter((path) => /\.(js|css)$/.test(path) && !path.startsWith("/service-worker"));
  await somebody.context.close();
  return loaded.reduce((sum, path) => sum + compressedBytes(path), 0) / 1000;
}

function compressedBytes(path: string): number {
  const packed = statSync(`${BUILT}${path}.gz`, { throwIfNoEntry: false });
  return (packed ?? statSync(`${BUILT}${path}`)).size; // the smallest files are not worth compressing
}
