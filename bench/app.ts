/**
 * What a person waits for in the app: `./dev bench app [--json]`.
 *
 * A real server, a real Chromium, both on this machine. Each figure stands beside the machine's own limit, taken
 * in the same run: an empty page at the same slowdown, and a round trip of a request that does nothing.
 */

import { launch } from "../e2e/browser.ts";
import { Town } from "../e2e/town.ts";
import { firstLoadKb } from "./app/first_load.ts";
import { emptyPageS, firstScreenS } from "./app/first_screen.ts";
import { openLongChatMs } from "./app/long_chat.ts";
import { requestMs, sendToShownMs } from "./app/send_to_shown.ts";

interface Figure {
  name: string;
  value: number;
  target: number | null;
}

export async function main(args: string[]): Promise<number> {
  const town = await Town.found({ profiles: true });
  const figures: Figure[] = [];
  const note = (name: string, value: number, target: number | null): void => {
    figures.push({ name, value: Math.round(value * 1000) / 1000, target });
    process.stderr.write(`· ${name} ${value.toFixed(3)}\n`);
  };
  try {
    note("first_load_kb_gzip", await firstLoadKb(town), 150);
    const slow = await launch();
    note("first_screen_s", await firstScreenS(slow, town.server.url), 1.5);
    note("limit_empty_page_s", await emptyPageS(slow, town.server.url), null);
    await slow.close();
    const lan = await town.owner("阿兰");
    const mei = await town.friendOf(lan, "小梅");
    const shown = await sendToShownMs(lan, mei);
    note("send_to_shown_p50_ms", shown.p50, 80);
    note("send_to_shown_p95_ms", shown.p95, null);
    note("limit_request_p50_ms", await requestMs(lan), null);
    note("open_10k_chat_ms", await openLongChatMs(lan, mei), 200);
  } finally {
    await town.ends();
  }
  if (args.includes("--json")) {
    process.stdout.write(`${JSON.stringify(Object.fromEntries(figures.map(({ name, value }) => [name, value])))}\n`);
  } else {
    for (const { name, value, target } of figures) {
      const wanted = target === null ? "" : `at most ${target}${value > target ? "  MISSED" : ""}`;
      process.stdout.write(`${name.padEnd(24)} ${String(value).padStart(10)}  ${wanted}\n`);
    }
  }
  return 0;
}
