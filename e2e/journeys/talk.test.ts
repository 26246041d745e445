/** The main job: people join, become friends, talk in pairs and in a group, and one is removed. */

import { describe, it } from "vitest";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

const STORIES = [
  { language: "zh-Hans", lan: "阿兰", mei: "小梅", bo: "阿波", group: "周末爬山", size: "phone" },
  { language: "en", lan: "Lan", mei: "Mei", bo: "Bo", group: "Weekend hike", size: "desktop" },
] as const;

describe.each(STORIES)("in $language", ({ language, lan: lanName, mei: meiName, bo: boName, group, size }) => {
  const town = useTown();
  let lan: Person;
  let mei: Person;
  let bo: Person;

  it("the owner joins by the printed link", async () => {
    lan = await town().owner(lanName, { language, size });
    await lan.seesWords("chats.empty");
  });

  it("a friend joins by her QR code, and they are friends at once [CT2]", async () => {
    mei = await town().friendOf(lan, meiName, { language, size });
    await mei.talksWith(lanName);
    await lan.talksWith(meiName);
  });

  it("they talk both ways, in lines, emoji and both scripts", async () => {
    await lan.says("小梅，今晚七点吃饭？🥟");
    await mei.reads("小梅，今晚七点吃饭？🥟");
    await mei.says("好呀！\n我带龍井。");
    await lan.reads("我带龍井。");
    await lan.says("see you 👋");
    await mei.reads("see you 👋");
    await lan.allSent();
  });

  it("a third person is invited by the owner and asks to become a friend [CT1]", async () => {
    bo = await town().arrives(boName, { language, size });
    await bo.joins(await lan.invites());
    await bo.asksFriend(lanName, "我是阿波，隔壁的");
    await lan.accepts(boName, "我是阿波，隔壁的");
    await lan.says("你好阿波");
    await bo.talksWith(lanName);
    await bo.reads("你好阿波");
  });

  it("three talk in a group", async () => {
    await lan.makesGroup(group, [meiName, boName]);
    await lan.says("周六八点山脚见");
    await mei.talksWith(group);
    await mei.reads("周六八点山脚见");
    await bo.talksWith(group);
    await bo.reads("周六八点山脚见");
    await bo.says("带不带伞？");
    await mei.reads("带不带伞？");
    await mei.says("带！");
    await lan.reads("带！");
    await bo.reads("带！");
  });

  it("who is removed reads nothing new [DS3]", async () => {
    await lan.removesFromGroup(boName);
    await bo.seesWords("chat.left");
    await lan.talksWith(group);
    await lan.says("改成九点");
    await mei.reads("改成九点");
    await mei.says("收到，九点");
    await lan.reads("收到，九点");
    // Mail comes in order [DS6]: once this one is there, the two above would be too.
    await lan.talksWith(boName);
    await lan.says("阿波，下次一起");
    await bo.talksWith(lanName);
    await bo.reads("阿波，下次一起");
    await bo.goes("/");
    await bo.row(group).click();
    await bo.reads("带不带伞？");
    await bo.bubble("九点").first().waitFor({ state: "detached", timeout: 2_000 });
  });
});
