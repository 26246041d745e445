/**
 * A chat full of photos on a telephone: `./dev bench chat [PHOTOS] [--json]`.
 *
 * A real server and real Chromium with its files on disk. 阿兰 is the core alone, so that a thousand photos are sent
 * in a minute; 小梅 and 阿波 have browsers. `worst_frame_ms`: the longest time between two frames while 小梅 scrolls from
 * the newest photo to the first, beside `limit_worst_frame_ms`: the same over as many plain boxes. `photo_5mb_s`: from
 * the tap on "send" of a 5 MB original until 阿波 sees it whole. `memory_mb`: what the page and its worker have of the
 * machine's memory after an hour's use, one action after the other without the pauses; most of it are decoded pictures
 * that the browser keeps while there is room. `memory_held_mb`: what is left when memory is short.
 */

import { loadavg } from "node:os";
import { Town } from "../e2e/town.ts";
import { Person } from "../web/tests/core/world/person.ts";
import { fillWithPhotos } from "./chat/fill.ts";
import { memoryMb } from "./chat/memory.ts";
import { longestFrameOfBoxes, scrollThrough } from "./chat/scrolling.ts";
import { photoShownS } from "./chat/sending.ts";
import { ACTIONS, useForAnHour } from "./chat/using.ts";

const PHOTOS = 1_000;
const TARGETS: Record<string, number> = { worst_frame_ms: 50 };

export async function main(args: string[]): Promise<number> {
  const photos = Number(args.find((one) => /^\d+$/.test(one)) ?? PHOTOS);
  const town = await Town.found({ profiles: true });
  const figures: Record<string, number> = {};
  const note = (name: string, value: number): void => {
    figures[name] = Math.round(value * 100) / 100;
    process.stderr.write(`· ${name} ${figures[name]}\n`);
  };
  try {
    note("load_at_start", loadavg()[0] ?? 0);
    const lan = await Person.joined("阿兰", town.server.url, town.server.ownerLink);
    const mei = await town.arrives("小梅");
    await mei.joins((await lan.call("myCode", undefined)).link);
    const bo = await town.friendOf(mei, "阿波");
    note("photo_5mb_s", await photoShownS(mei, bo));
    await bo.page.close();
    await fillWithPhotos(lan, mei, photos);
    note("photos", photos);
    note("limit_worst_frame_ms", await longestFrameOfBoxes(mei, photos));
    const frames = await scrollThrough(mei, lan.name);
    note("worst_frame_ms", frames.worstMs);
    note("frames_over_50ms", frames.over50);
    note("frames", frames.count);
    note("memory_held_at_first_mb", await memoryMb(mei, true));
    note("actions", ACTIONS);
    await useForAnHour(mei, lan);
    note("memory_mb", await memoryMb(mei));
    note("memory_held_mb", await memoryMb(mei, true));
    note("load_at_end", loadavg()[0] ?? 0);
    await lan.stop();
  } finally {
    await town.ends();
  }
  show(figures, args.includes("--json"));
  return 0;
}

function show(figures: Record<string, number>, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    return;
  }
  for (const [name, value] of Object.entries(figures)) {
    const target = TARGETS[name];
    const wanted = target === undefined ? "" : `at most ${target}${value > target ? "  MISSED" : ""}`;
    process.stdout.write(`${name.padEnd(22)} ${String(value).padStart(10)}  ${wanted}\n`);
  }
}
