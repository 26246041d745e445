import type { Person } from "../../e2e/person.ts";
import { percentile } from "./percentile.ts";

const MESSAGES = 40;
const WARM_UP = 5;
const REQUESTS = 40;

/** Milliseconds from the press of "send" in one browser to the painted bubble in the other. */
export async function sendToShownMs(from: Person, to: Person): Promise<{ p50: number; p95: number }> {
  await from.talksWith(to.name);
  await to.talksWith(from.name);
  const times: number[] = [];
  for (let number = 0; number < MESSAGES + WARM_UP; number += 1) {
    const text = `第${number}条，计时用`;
    const shown = to.page.evaluate(paintedAt, text);
    await from.writing().fill(text);
    const sentAt = await from.page.evaluate(pressSend, from.t("chat.send"));
    const elapsed = (await shown) - sentAt;
    if (number >= WARM_UP) times.push(elapsed);
  }
  return { p50: percentile(times, 0.5), p95: percentile(times, 0.95) };
}

/** A round trip to the server and back that does nothing: less is not possible on this machine. */
export async function requestMs(person: Person): Promise<number> {
  const times = await person.page.evaluate(async (count) => {
    const found: number[] = [];
    for (let number = 0; number < count; number += 1) {
      const startedAt = performance.now();
      await (await fetch("/api/server", { cache: "no-store" })).text();
      found.push(performance.now() - startedAt);
    }
    return found;
  }, REQUESTS);
  return percentile(times, 0.5);
}

/** Runs in the page. Both browsers' clocks are this machine's. */
function pressSend(label: string): number {
  const button = [...document.querySelectorAll("button")].find((one) => one.textContent?.trim() === label);
  if (button === undefined) throw new Error("there is no send button");
  const at = performance.timeOrigin + performance.now();
  button.click();
  return at;
}

/** Runs in the page: when the frame after the bubble's appearance began. */
async function paintedAt(text: string): Promise<number> {
  const isThere = (): boolean =>
    [...document.querySelectorAll("[data-message]")].some((one) => one.textContent?.includes(text));
  if (!isThere()) {
    await new Promise<void>((resolve) => {
      const watcher = new MutationObserver(() => {
        if (!isThere()) return;
        watcher.disconnect();
        resolve();
      });
      watcher.observe(document.body, { childList: true, subtree: true, characterData: true });
    });
  }
  await new Promise(requestAnimationFrame);
  return performance.timeOrigin + performance.now();
}
