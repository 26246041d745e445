import { describe, expect, it } from "vitest";
import { useTown } from "./world/town.ts";

const town = useTown();

describe("searching on a device", () => {
  it("finds people, groups and what was said, by writing and by sound, and leads to the place", async () => {
    const { lan } = town;
    const mei = await town.friend("小梅");
    const bo = await town.friend("王大波");
    const toMei = await lan.chatWith(mei);
    await mei.chatWith(lan);
    for (let place = 0; place < 130; place += 1) await lan.say(toMei, `第${place}句话`);
    await lan.say(toMei, "發個位置給我");
    await mei.hears(`d:${lan.id}`, "發個位置給我");
    await mei.say(`d:${lan.id}`, "位置在这里");
    await lan.hears(toMei, "位置在这里");
    const group = await lan.call("createGroup", { people: [mei.id, bo.id], name: "周末爬山" });
    await lan.say(group, "山脚的位置发一下");
    await lan.core.engine?.searchIndex.catchUp();

    for (const text of ["位置", "weizhi", "wz", "發 位置", "发"]) {
      const { chats, whole } = await lan.call("search", { text, only: null, limit: 3 });
      expect(whole).toBe(true);
      expect(
        chats.map(({ chat }) => chat),
        text,
      ).toContain(toMei);
    }
    const all = await lan.call("search", { text: "位置", only: null, limit: 3 });
    expect(all.chats.map(({ chat, count }) => [chat, count])).toEqual([
      [group, 1],
      [toMei, 2],
    ]);
    expect(all.chats[1]?.newest).toMatchObject({ senderName: "小梅", words: { text: "位置在这里", marks: [[0, 2]] } });

    const people = async (text: string) =>
      (await lan.call("search", { text, only: "people", limit: 3 })).people.map(({ person }) => person.name);
    for (const text of ["小", "xm", "xiaomei", "xiao", "x", "mei", "me", "梅"])
      expect(await people(text), text).toEqual(["小梅"]);
    expect(await people("wdb")).toEqual(["王大波"]);
    await lan.call("setRemark", { id: bo.id, remark: "隔壁老王" });
    expect(await people("gb")).toEqual(["王大波"]);
    expect(await people("wangdabo")).toEqual(["王大波"]);

    const groups = async (text: string) =>
      (await lan.call("search", { text, only: "groups", limit: 3 })).groups.map(({ title, member }) => [
        title.text,
        member?.text,
      ]);
    expect(await groups("爬山")).toEqual([["周末爬山", undefined]]);
    expect(await groups("zmps")).toEqual([["周末爬山", undefined]]);
    expect(await groups("小梅")).toEqual([["周末爬山", "小梅"]]);

    const first = await lan.call("searchMessages", { text: "第3", filter: { chat: toMei }, before: null, limit: 5 });
    expect(first.messages.map(({ words }) => words.text)).toEqual([
      "第39句话",
      "第38句话",
      "第37句话",
      "第36句话",
      "第35句话",
    ]);
    const next = await lan.call("searchMessages", {
      text: "第3",
      filter: { chat: toMei },
      before: first.messages.at(-1)?.order ?? null,
      limit: 50,
    });
    expect(next.messages.map(({ words }) => words.text)).toEqual([
      "第34句话",
      "第33句话",
      "第32句话",
      "第31句话",
      "第30句话",
      "第3句话",
    ]);
    expect(next.more).toBe(false);
    const hers = await lan.call("searchMessages", {
      text: "",
      filter: { chat: toMei, person: mei.id },
      before: null,
      limit: 9,
    });
    expect(hers.messages.map(({ words }) => words.text)).toEqual(["位置在这里"]);

    const order = next.messages.at(-1)?.order ?? 0;
    const around = await lan.until("messagesAround", { chat: toMei, order, older: 2, newer: 3 }, () => true);
    expect(around.messages.map(({ text }) => text)).toEqual(["第1句话", "第2句话", "第3句话", "第4句话", "第5句话"]);
    expect([around.moreOlder, around.moreNewer]).toEqual([true, true]);
    expect(await lan.call("placeOf", { id: around.messages[2]?.id ?? "" })).toBe(order);
    const atMs = around.messages[2]?.atMs ?? 0;
    expect(await lan.call("spansWithMessages", { chat: toMei, atMs: [0, atMs, atMs + 1, 9e12] })).toEqual([
      true,
      true,
      true,
    ]);

    await lan.call("deleteForMe", { ids: [around.messages[2]?.id ?? ""] });
    const after = await lan.call("searchMessages", { text: "第3句", filter: { chat: toMei }, before: null, limit: 9 });
    expect(after.messages).toEqual([]);
    const mine = await lan.say(toMei, "说错了的话");
    await lan.settled();
    await lan.call("recall", { id: mine });
    expect((await lan.call("search", { text: "说错", only: null, limit: 3 })).chats).toEqual([]);
    await lan.call("removeChat", { chat: toMei });
    const left = await lan.call("search", { text: "位置", only: null, limit: 3 });
    expect(left.chats.map(({ chat }) => chat)).toEqual([group]);
  });
});
