import type { Person } from "../../e2e/person.ts";
import { percentile } from "./percentile.ts";

const MESSAGES = 10_000;
const AT_ONCE = 250;
const TIMES = 7;

/** Milliseconds from the tap on a chat of 10,000 messages to the newest of them painted; the median. */
export async function openLongChatMs(from: Person, to: Person): Promise<number> {
  await from.talksWith(to.name);
  await to.goes("/");
  for (let done = 0; done < MESSAGES; done += AT_ONCE) {
    await from.saysAll(Array.from({ length: AT_ONCE }, (_, place) => words(done + place)));
    await to
      .row(from.name)
      .getByText(words(done + AT_ONCE - 1))
      .waitFor({ timeout: 300_000 });
    process.stderr.write(`\r  ${done + AT_ONCE} of ${MESSAGES} messages`);
  }
  process.stderr.write("\n");
  await to.reloads();
  const times: number[] = [];
  for (let time = 0; time < TIMES; time += 1) {
    await to.row(from.name).waitFor();
    times.push(await to.row(from.name).evaluate(tap, words(MESSAGES - 1)));
    await to.goes("/");
  }
  return percentile(times, 0.5);
}

function words(number: number): string {
  return `长聊第${number}条`;
}

/** Runs in the page: taps the line and waits for the frame that shows `newest`. */
async function tap(line: Element, newest: string): Promise<number> {
  const startedAt = performance.now();
  if (line instanceof HTMLElement) line.click();
  const isThere = (): boolean => {
    const all = document.querySelectorAll("[data-message]");
    return all[all.length - 1]?.textContent?.includes(newest) === true;
  };
  while (!isThere()) await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  return performance.now() - startedAt;
}
