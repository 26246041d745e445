import type { CDPSession, Page } from "playwright-core";
import type { Person } from "../../e2e/person.ts";

const PIXELS_PER_S = 4_000;
const GESTURE_PX = 12_000;
/** Photos that are still being fetched would be measured with the scrolling. */
const SETTLE_MS = 5_000;
const GESTURES_MAX = 200;

export interface Frames {
  worstMs: number;
  over50: number;
  count: number;
}

/** Scrolls from the newest photo to the first, by long even gestures; every frame on the way counts. */
export async function scrollThrough(person: Person, title: string): Promise<Frames> {
  await person.talksWith(title);
  await person.pictures().last().waitFor();
  await person.page.waitForTimeout(SETTLE_MS);
  return whileScrolling(person.page);
}

/** The same gestures over a page of as many boxes and nothing else: what this machine can do. */
export async function longestFrameOfBoxes(person: Person, boxes: number): Promise<number> {
  const page = await person.context.newPage();
  await page.setContent(
    `<body style="margin:0"><div data-scroller style="height:100vh;overflow-y:auto;display:flex;flex-direction:column-reverse"><div>${Array.from(
      { length: boxes },
      (_, i) => `<div style="height:200px;background:hsl(${(i * 15) % 360} 60% 60%)"></div>`,
    ).join("")}</div></div>`,
  );
  await page.waitForTimeout(SETTLE_MS);
  const { worstMs } = await whileScrolling(page);
  await page.close();
  return worstMs;
}

/** Gestures upwards until the first line; the time between frames is taken in the page. */
async function whileScrolling(page: Page): Promise<Frames> {
  const session = await page.context().newCDPSession(page);
  await page.evaluate(beginCounting);
  for (let gesture = 0; !(await page.evaluate(isAtTop)); gesture++) {
    if (gesture === GESTURES_MAX) throw new Error("the first line was not reached");
    await swipe(session);
  }
  const frames = await page.evaluate(endCounting);
  await session.detach();
  return {
    worstMs: Math.max(...frames),
    over50: frames.filter((ms) => ms > 50).length,
    count: frames.length,
  };
}

async function swipe(session: CDPSession): Promise<void> {
  await session.send("Input.synthesizeScrollGesture", {
    x: 195,
    y: 400,
    yDistance: GESTURE_PX,
    speed: PIXELS_PER_S,
    gestureSourceType: "mouse",
  });
}

/** Runs in the page. */
function beginCounting(): void {
  const frames: number[] = [];
  let last = performance.now();
  const count = (now: number): void => {
    frames.push(now - last);
    last = now;
    Reflect.set(globalThis, "frameRequest", requestAnimationFrame(count));
  };
  requestAnimationFrame((now) => {
    last = now;
    requestAnimationFrame(count);
  });
  Reflect.set(globalThis, "framesCounted", frames);
}

/** Runs in the page. */
function endCounting(): number[] {
  cancelAnimationFrame(Reflect.get(globalThis, "frameRequest") as number);
  return Reflect.get(globalThis, "framesCounted") as number[];
}

/** Runs in the page: a list that grows from its bottom has its first line at the lowest scrollTop. */
function isAtTop(): boolean {
  const scroller = document.querySelector<HTMLElement>("[data-scroller], .scroller");
  if (scroller === null) throw new Error("there is nothing to scroll");
  const isAll = document.querySelector(".loading") === null;
  return isAll && scroller.scrollHeight - scroller.clientHeight + scroller.scrollTop < 2;
}
