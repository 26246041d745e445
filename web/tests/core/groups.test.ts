import { describe, expect, it } from "vitest";
import { useTown } from "./world/town.ts";

const town = useTown();

describe("a group", () => {
  it("is made, named, talks, loses one who then reads nothing new, and is left", async () => {
    const { lan } = town;
    const [mei, bo] = [await town.friend("mei"), await town.friend("bo")];
    const chat = await lan.call("createGroup", { people: [mei.id, bo.id], name: "一家人" });
    const [atMei, atBo] = [await mei.group((c) => c.title === "一家人"), await bo.group((c) => c.title === "一家人")];
    expect([atMei, atBo]).toEqual([chat, chat]);
    await lan.say(chat, "周末来吃饭");
    await mei.hears(chat, "周末来吃饭");
    await bo.hears(chat, "周末来吃饭");
    await bo.say(chat, "我带酒");
    await lan.hears(chat, "我带酒");
    await mei.hears(chat, "我带酒");
    const group = await mei.until("group", { chat }, (details) => details?.members.length === 3);
    expect(group?.members.map(({ name }) => name).sort()).toEqual(["bo", "lan", "mei"]);

    await mei.call("renameGroup", { chat, name: "吃饭群" });
    await bo.group((c) => c.title === "吃饭群");

    await lan.call("removeMembers", { chat, people: [bo.id] });
    await bo.until("chat", { chat }, (summary) => summary?.left === true);
    await lan.say(chat, "bo 不在了");
    await mei.hears(chat, "bo 不在了");
    await bo.settled();
    expect(bo.texts(chat)).toEqual(["周末来吃饭", "我带酒"]);
    await expect(bo.say(chat, "我还在吗")).rejects.toMatchObject({ code: "not_a_member" });

    await lan.call("addMembers", { chat, people: [bo.id] });
    await bo.until("chat", { chat }, (summary) => summary?.left === false);
    await bo.say(chat, "我回来了");
    await mei.hears(chat, "我回来了");

    await bo.call("leaveGroup", { chat });
    await lan.until("group", { chat }, (details) => details?.members.length === 2, 40_000);
    await mei.until("group", { chat }, (details) => details?.members.length === 2, 40_000);
    expect(lan.events(chat)).toEqual(["created", "renamed", "removed_by", "joined_by", "left"]);
    await mei.say(chat, "只剩我们了");
    await lan.hears(chat, "只剩我们了");
    expect(bo.texts(chat)).not.toContain("只剩我们了");
    await mei.stop();
    await bo.stop();
  });

  it("survives two members changing it at once [HL1]", async () => {
    const { lan } = town;
    const people = [await town.friend("a"), await town.friend("b"), await town.friend("c"), await town.friend("d")];
    const [a, b, c, d] = people;
    if (a === undefined || b === undefined || c === undefined || d === undefined) throw new Error("nobody");
    await town.befriend(a, d);
    const chat = await lan.call("createGroup", { people: [a.id, b.id], name: "" });
    await a.group(() => true);
    await b.group(() => true);
    await Promise.all([
      lan.call("addMembers", { chat, people: [c.id] }),
      a.call("addMembers", { chat, people: [d.id] }),
      b.say(chat, "我也在说话"),
      lan.say(chat, "一起说"),
    ]);
    for (const person of [lan, a, b, c, d]) {
      await person.until("group", { chat }, (details) => details?.members.length === 5, 40_000);
    }
    await d.say(chat, "都听见了吗");
    for (const person of [lan, a, b, c]) await person.hears(chat, "都听见了吗");
    for (const person of [lan, a]) await person.hears(chat, "我也在说话");
    for (const person of people) await person.stop();
  });
});
