/** No network, a reload in the middle, two tabs, a server that dies: nothing is lost and nothing shows twice. */

import { expect, it } from "vitest";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

const town = useTown();
let lan: Person;
let mei: Person;

it("two friends talk", async () => {
  lan = await town().owner("阿兰");
  mei = await town().friendOf(lan, "小梅");
  await lan.talksWith("小梅");
  await mei.talksWith("阿兰");
  await lan.says("你在吗");
  await mei.reads("你在吗");
});

it("both go offline, both write, and all arrives once", async () => {
  await lan.losesNetwork();
  await mei.losesNetwork();
  await lan.says("山里没信号一");
  await lan.says("山里没信号二");
  await mei.says("我也没有");
  await lan.seesWords("banner.offline_waiting", { count: 2 });
  await lan.findsNetwork();
  await mei.findsNetwork();
  await mei.reads("山里没信号二");
  await lan.reads("我也没有");
  expect(await mei.bubble("山里没信号").count()).toBe(2);
  expect(await lan.bubble("我也没有").count()).toBe(1);
});

it("a reload between writing and sending loses nothing", async () => {
  await lan.losesNetwork();
  await lan.says("刷新之前写的");
  await lan.reads("刷新之前写的");
  await lan.findsNetwork();
  await lan.reloads();
  await lan.talksWith("小梅");
  await lan.reads("刷新之前写的");
  await mei.reads("刷新之前写的");
  await lan.allSent();
  expect(await lan.bubble("刷新之前写的").count()).toBe(1);
  expect(await mei.bubble("刷新之前写的").count()).toBe(1);
});

it("what was being written is still there after a reload", async () => {
  await lan.writing().fill("还没写完的");
  await lan.goes("/");
  await lan.sees("还没写完的");
  await lan.reloads();
  await lan.talksWith("小梅");
  expect(await lan.writing().inputValue()).toBe("还没写完的");
  await lan.writing().fill("");
});

it("the server dies and comes back: what was sent meanwhile arrives once [DS4]", async () => {
  await town().server.kill();
  await lan.says("服务器不在的时候");
  await town().server.run();
  await mei.reads("服务器不在的时候");
  await lan.allSent();
  expect(await mei.bubble("服务器不在的时候").count()).toBe(1);
});

it("a second tab offers to take over, and the first gives way", async () => {
  const first = lan.page;
  const second = await lan.context.newPage();
  await second.goto(lan.url);
  await second.getByText(lan.t("stage.elsewhere"), { exact: true }).waitFor();
  await second.getByRole("button", { name: lan.t("stage.take_over") }).click();
  await first.getByText(lan.t("stage.elsewhere"), { exact: true }).waitFor();
  await first.close();
  const there = Object.assign(Object.create(Object.getPrototypeOf(lan)) as Person, lan, { page: second });
  await there.isIn();
  await there.talksWith("小梅");
  await there.says("换了个标签页");
  await mei.reads("换了个标签页");
});
