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

    const chosen = await lan.until("messages", { chat: toMei, before: null, limit: 5 }, ({ messages }) =>
      messages.some((message) => message.text === "位置在这里"),
    );
    const kept = chosen.messages.find((message) => message.text === "位置在这里")?.id ?? "";
    await lan.call("favour", { ids: [kept] });
    for (const text of ["位置", "wz", "位置 小梅"]) {
      const { favourites } = await lan.call("search", { text, only: "favourites", limit: 3 });
      expect(
        favourites.map(({ words, source }) => [words.text, source.text]),
        text,
      ).toEqual([["位置在这里", "小梅"]]);
    }
    expect((await lan.call("search", { text: "没有这句", only: null, limit: 3 })).favourites).toEqual([]);

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

  it("says how often in each chat, up to 99, when something was said everywhere", async () => {
    const lan = await town.friend("小岚");
    const { store } = lan.core;
    let position = 1;
    const say = (chat: string, text: string, times: number): void =>
      store.write((tx) => {
        tx.run(
          `INSERT OR IGNORE INTO chat (id, group_id, kind, person, name, at_ms, listed)
           VALUES (?, ?, 'group', NULL, ?, 1, 1)`,
          [chat, new TextEncoder().encode(chat), `群${chat}`],
        );
        for (let time = 0; time < times; time += 1) {
          tx.run(
            "INSERT INTO message (chat, position, kind, sender, mine, text, at_ms) VALUES (?, ?, 'text', 1, 0, ?, ?)",
            [chat, position, text, position],
          );
          position += 1;
        }
      });
    say("g:old", "哎，好的", 2);
    say("g:no", "不好", 300);
    say("g:much", "哎，好的好的", 500);
    say("g:some", "哎，好的", 99);
    say("g:few", "哎，好的呀", 3);
    await lan.core.requireEngine().searchIndex.catchUp();
    say("g:few", "哎，好的，刚说", 1); // not in the index yet
    const ask = async (text: string, limit: number) => {
      const { chats, more } = await lan.call("search", { text, only: "messages", limit });
      return [chats.map(({ chat, count, countedAll }) => [chat, count, countedAll]), more.chats];
    };
    for (const text of ["好的", "，好", "哎，好的", "haode", "hd"]) {
      const all = [
        ["g:few", 4, true],
        ["g:some", 99, true],
        ["g:much", 99, false],
        ["g:old", 2, true],
      ];
      expect(await ask(text, 9), text).toEqual([all, false]);
      expect(await ask(text, 2), text).toEqual([all.slice(0, 2), true]);
    }
  });
});
