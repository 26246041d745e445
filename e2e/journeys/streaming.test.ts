/** A video on a slow line: it plays before it is all there, goes on after a cut, and nothing is fetched twice. */

import type { Locator } from "playwright-core";
import { expect, it } from "vitest";
import { film } from "../made.ts";
import { useTown } from "./use-town.ts";

const SOON = { timeout: 60_000 };
const SLOW_BYTES_PER_S = 150_000;

const town = useTown({ installs: true });

const SEALED_CHUNK_BYTES = 65_552;

const timeOf = (video: Locator): Promise<number> => video.evaluate((one) => (one as HTMLVideoElement).currentTime);

it("plays while it is fetched, is cut and goes on, seeks, and opens offline once it is here [ME6]", async () => {
  const lan = await town().owner("阿兰");
  const mei = await town().friendOf(lan, "小梅");
  await mei.talksWith("阿兰");
  await lan.talksWith("小梅");
  await mei.page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  const type = "video/mp4;codecs=vp9";
  const made = await film(lan.page, "年夜饭.mp4", { ms: 6_000, large: true, type });
  const size = made.buffer.length;
  expect(size).toBeGreaterThan(1_000_000);
  await lan.picksPhotos([made]);
  await lan.button("chat.send").last().click();
  await lan.allSent();

  const tap = mei.page.getByRole("button", { name: /播放视频/ });
  await tap.waitFor();
  mei.network.slowTo(SLOW_BYTES_PER_S);
  const before = mei.network.broughtBytes;
  const brought = (): number => mei.network.broughtBytes - before;
  await tap.click();
  const video = mei.page.getByRole("dialog").locator("video");
  await video.waitFor();
  await expect.poll(() => timeOf(video), { ...SOON, interval: 50 }).toBeGreaterThan(0.1);
  expect(brought(), "it moves before all of it is here").toBeLessThan(size * 0.8);
  await mei.page.getByRole("progressbar").waitFor();
  expect(await video.getAttribute("src")).toMatch(/^\/media\/stream\/[0-9a-f]{32}$/);

  await mei.losesNetwork();
  await mei.page.waitForTimeout(1_000);
  await mei.findsNetwork();
  await expect.poll(() => mei.page.getByRole("progressbar").count(), SOON).toBe(0);
  expect(brought(), "nothing was fetched twice").toBeLessThan(size * 1.3);
  await expect.poll(() => timeOf(video), SOON).toBeGreaterThan(3);

  await mei.losesNetwork();
  await video.evaluate((one) => {
    (one as HTMLVideoElement).currentTime = 1;
    return (one as HTMLVideoElement).play();
  });
  await expect.poll(() => timeOf(video), SOON).toBeGreaterThan(1.5);
  expect(await mei.page.getByRole("alert").count()).toBe(0);
  await mei.findsNetwork();
  await mei.button("media.close").click();
});

it("stops with a sentence at a chunk that was tampered with, and plays when the server gives the right one [ME6]", async () => {
  const [lan, mei] = town().people;
  if (lan === undefined || mei === undefined) throw new Error("nobody has joined");
  const made = await film(lan.page, "元宵.webm", { ms: 4_000, large: true });
  await lan.picksPhotos([made]);
  await lan.button("chat.send").last().click();
  await lan.allSent();
  mei.network.slowTo(Number.POSITIVE_INFINITY);
  await mei.context.route("**/api/media/*", async (route) => {
    const answer = await route.fetch().catch(() => null);
    if (answer === null) return; // she looked at another place meanwhile
    const body = await answer.body();
    body[4 * SEALED_CHUNK_BYTES + 7] = ~(body[4 * SEALED_CHUNK_BYTES + 7] ?? 0);
    await route.fulfill({ response: answer, body });
  });
  const taps = mei.page.getByRole("button", { name: /播放视频/ });
  await expect.poll(() => taps.count(), SOON).toBe(2);
  await taps.last().click();
  await mei.seesWords("errors.media_broken");
  await mei.context.unroute("**/api/media/*");
  await mei.button("common.try_again").click();
  const video = mei.page.getByRole("dialog").locator("video");
  await expect.poll(() => timeOf(video), SOON).toBeGreaterThan(1);
});
