import type { Browser } from "playwright-core";
import { contextOptions } from "../../e2e/browser.ts";
import { CHINESE_PHONE } from "../../e2e/town.ts";
import { percentile } from "./percentile.ts";

const TIMES = 5;
const CPU_SLOWDOWN = 4;

/** Seconds from the navigation to the first screen painted, in a browser that has never been here; the median. */
export async function firstScreenS(browser: Browser, url: string): Promise<number> {
  return median(browser, url, "h1");
}

/** The same for a page with nothing on it but a heading: what this machine needs for any page at all. */
export async function emptyPageS(browser: Browser, url: string): Promise<number> {
  return median(browser, `${url}/empty-page-for-bench`, "h1", "<!doctype html><title>x</title><h1>x</h1>");
}

async function median(browser: Browser, url: string, selector: string, instead?: string): Promise<number> {
  const seconds: number[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    const context = await browser.newContext({ ...contextOptions(CHINESE_PHONE), serviceWorkers: "block" });
    const page = await context.newPage();
    if (instead !== undefined)
      await page.route(url, (route) => route.fulfill({ contentType: "text/html", body: instead }));
    const session = await context.newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: CPU_SLOWDOWN });
    await page.goto(url, { waitUntil: "commit" });
    seconds.push((await page.evaluate(paintedAt, selector)) / 1000);
    await context.close();
  }
  return percentile(seconds, 0.5);
}

/** Runs in the page: milliseconds since the navigation at the first frame after `selector` is there. */
async function paintedAt(selector: string): Promise<number> {
  while (document.querySelector(selector) === null) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now();
}
