/** The app is on the device: it opens without any network, with what was said. */

import { expect, it } from "vitest";
import { useTown } from "./use-town.ts";

const town = useTown({ installs: true });

it("opens offline, shows the chats and takes a message", async () => {
  const lan = await town().owner("阿兰");
  const mei = await town().friendOf(lan, "小梅");
  await mei.talksWith("阿兰");
  await lan.talksWith("小梅");
  await lan.says("离线也要看得到");
  await mei.reads("离线也要看得到");
  await mei.page.waitForFunction(async () => (await navigator.serviceWorker.ready).active?.state === "activated");
  await mei.losesNetwork();
  await mei.reloads();
  await mei.talksWith("阿兰");
  await mei.reads("离线也要看得到");
  await mei.says("等有网再发");
  await mei.findsNetwork();
  await lan.reads("等有网再发");
});

it("can be installed: a manifest with a name and icons", async () => {
  const lan = town().people[0];
  const address = await lan?.page.locator("link[rel=manifest]").getAttribute("href");
  const answer = await fetch(new URL(address ?? "", lan?.url));
  const manifest: unknown = await answer.json();
  expect(manifest).toMatchObject({ display: "standalone", start_url: "/" });
});

it("answers with a policy that allows no other host", async () => {
  const answer = await fetch(town().server.url);
  const policy = answer.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/https?:\/\/(?!localhost)/);
  expect(policy).not.toContain("unsafe-inline");
});
