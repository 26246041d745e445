import { readFileSync } from "node:fs";
import type { Person } from "../../e2e/person.ts";

const SETTLE_MS = 2_000;

/**
 * What the person's page and its worker hold of the machine's memory, in megabytes: the proportional share (PSS) of the
 * renderer that has most, after its garbage was collected. She has a browser of her own. `short`: after the browser was
 * told that memory is short, and let go of the decoded pictures it keeps while there is room (up to half a gigabyte).
 */
export async function memoryMb(person: Person, short = false): Promise<number> {
  const page = await person.context.newCDPSession(person.page);
  await page.send("HeapProfiler.collectGarbage");
  if (short) await page.send("Memory.simulatePressureNotification", { level: "critical" });
  await page.detach();
  await person.page.waitForTimeout(SETTLE_MS);
  const browser = await person.context.browser()?.newBrowserCDPSession();
  if (browser === undefined) throw new Error("the person's browser was not found");
  const { processInfo } = await browser.send("SystemInfo.getProcessInfo");
  await browser.detach();
  return Math.max(...processInfo.filter(({ type }) => type === "renderer").map(({ id }) => shareKb(id))) / 1000;
}

function shareKb(pid: number): number {
  return Number(/^Pss:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0);
}
