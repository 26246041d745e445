import { describe, expect, it } from "vitest";
import type { Person } from "../world/person.ts";
import { useTown } from "../world/town.ts";
import { groupIdOfChat, misbehave, policyAt } from "./intruding.ts";

/** A member with a modified client tries to break each rule; everybody else's holds it, and the group goes on. */

const town = useTown();

const namesAt = (who: Person, chat: string) =>
  who.core.engine?.details
    .of(chat)
    ?.members.map(({ name }) => name)
    .sort();

const treeAt = (who: Person, chat: string): number[] => {
  const { engine } = who.core;
  const state = engine?.states.get(groupIdOfChat(chat));
  if (!engine || !state) return [];
  return engine.standings.leaves(state.ratchetTree).flatMap(({ account }) => account ?? []);
};

/** What the chat tells about somebody. */
function eventsAbout(who: Person, chat: string, about: Person): string[] {
  const { messages } = who.core.engine?.chats.messages(chat, null, 1_000) ?? { messages: [] };
  return messages.flatMap(({ event }) => (event?.people.includes(about.name) ? [event.what] : []));
}

async function until(holds: () => boolean, patienceMs = 30_000): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!holds()) {
    if (Date.now() > end) throw new Error("in vain");
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** lan owns the group, mei and bo are members, hostile is one with a modified client. */
async function home(name: string, adding: "everyone" | "approval" | "admins" = "admins") {
  const { lan } = town;
  const [mei, bo, hostile] = [
    await town.friend(`mei-${name}`),
    await town.friend(`bo-${name}`),
    await town.friend(`lan_hostile-${name}`),
  ];
  const chat = await lan.call("createGroup", { people: [mei.id, bo.id, hostile.id], name });
  for (const person of [mei, bo, hostile]) await person.group((c) => c.title === name);
  await lan.call("setGroupRule", { chat, adding });
  const honest = [lan, mei, bo];
  await until(() => [...honest, hostile].every((person) => policyAt(person, chat).adding === adding));
  return { lan, mei, bo, hostile, chat, honest, stop: () => Promise.all([mei, bo, hostile].map((one) => one.stop())) };
}

describe("a member with a modified client", () => {
  it("is put out by anybody at the third time [GP6]", async () => {
    const { lan, mei, bo, hostile, chat, honest, stop } = await home("事不过三");
    for (const [i, target] of [bo, mei, lan].entries()) {
      await misbehave(hostile, chat, { remove: [target] });
      await until(() => honest.every((one) => eventsAbout(one, chat, target).includes("void_removed")));
      const others = honest.filter((one) => one !== target);
      if (i < 2) await until(() => others.every((one) => treeAt(one, chat).includes(Number(target.id))), 60_000);
    }
    await until(() => honest.every((one) => !treeAt(one, chat).includes(Number(hostile.id))), 60_000);
    await until(() => honest.every((one) => treeAt(one, chat).length === 3), 60_000);
    for (const [i, person] of honest.entries()) await person.say(chat, `清静了 ${i}`);
    for (const person of honest) for (let i = 0; i < 3; i++) await person.hears(chat, `清静了 ${i}`);
    await stop();
  }, 240_000);

  it("adds somebody without right: she is never spoken to, never heard, and put out by the others [GP6]", async () => {
    const { mei, bo, lan, hostile, chat, honest, stop } = await home("不许拉人");
    const guest = await town.friend("guest");
    await town.befriend(hostile, guest);
    await misbehave(hostile, chat, { add: [guest] });
    await until(() => guest.events(chat).length > 0);
    await guest.say(chat, "我进来了").catch(() => undefined);
    await mei.say(chat, "有人吗");
    for (const person of [bo, lan]) await person.hears(chat, "有人吗", 40_000);
    await until(() => honest.every((person) => eventsAbout(person, chat, guest).length > 0));
    await until(() => honest.every((person) => !treeAt(person, chat).includes(Number(guest.id))));
    for (const person of honest) {
      expect(person.texts(chat)).toEqual(["有人吗"]);
      expect(namesAt(person, chat)).toHaveLength(4);
      expect(eventsAbout(person, chat, guest)).toEqual(["void_added"]);
    }
    await guest.settled();
    expect(guest.texts(chat)).not.toContain("有人吗");
    await guest.stop();
    await stop();
  });

  it("removes the owner, who comes back by herself with all her rights [GP6]", async () => {
    const { lan, mei, bo, hostile, chat, stop } = await home("不许踢群主");
    await misbehave(hostile, chat, { remove: [lan] });
    await lan.say(chat, "谁把我踢了");
    await until(() => [mei, bo, lan].every((one) => eventsAbout(one, chat, lan).includes("void_removed")));
    await lan.until("chat", { chat }, (summary) => summary?.left === false, 40_000);
    await lan.say(chat, "我还在");
    for (const person of [mei, bo]) for (const text of ["谁把我踢了", "我还在"]) await person.hears(chat, text);
    for (const person of [lan, mei, bo]) {
      expect(policyAt(person, chat).owner).toBe(Number(lan.id));
      expect(namesAt(person, chat)).toHaveLength(4);
      expect(eventsAbout(person, chat, lan)).not.toContain("removed_by");
    }
    // And she may still put out whom she wants.
    await lan.call("removeMembers", { chat, people: [hostile.id] });
    await mei.until("group", { chat }, (details) => details?.members.length === 3);
    await stop();
  });

  it("makes herself admin or owner, renames, announces, opens the group, and plays old versions again [GP4]", async () => {
    const { lan, mei, bo, hostile, chat, honest, stop } = await home("不许改群规");
    await lan.call("setGroupRule", { chat, naming: "admins" });
    await until(() => [...honest, hostile].every((one) => policyAt(one, chat).naming === "admins"));
    const me = Number(hostile.id);
    const standing = hostile.core.engine?.standings.find(groupIdOfChat(chat));
    const old = standing?.trail.at(-2) ?? standing?.trail.at(-1);
    if (old === undefined) throw new Error("no trail");
    const before = policyAt(lan, chat);
    await misbehave(hostile, chat, { policy: { admins: [me] } });
    await misbehave(hostile, chat, { policy: { owner: me } });
    await misbehave(hostile, chat, { policy: { name: "坏人的群" } });
    await misbehave(hostile, chat, { policy: { announcement: { text: "转账给我", by: me, atMs: 1 } } });
    await misbehave(hostile, chat, { policy: { adding: "everyone" } });
    await misbehave(hostile, chat, { policy: { history: "all" } });
    await misbehave(hostile, chat, { replay: old });
    await mei.say(chat, "群名没变");
    for (const person of [lan, bo]) await person.hears(chat, "群名没变");
    for (const person of honest) {
      expect(policyAt(person, chat)).toEqual(before);
      expect((await person.until("chat", { chat }, () => true))?.title).toBe("不许改群规");
      expect(person.events(chat).filter((what) => what === "void_policy")).toHaveLength(7);
    }
    await stop();
  });

  it("calls everybody: nobody is called [GP10]", async () => {
    const { lan, mei, hostile, chat, stop } = await home("不许艾特所有人");
    await hostile.call("send", { chat, text: "@所有人 快来", mentions: ["0"] });
    await mei.hears(chat, "@所有人 快来");
    expect((await mei.until("chat", { chat }, () => true))?.mentioned).toBe(false);
    await lan.call("send", { chat, text: "@所有人 开饭", mentions: ["0"] });
    await mei.hears(chat, "@所有人 开饭");
    expect((await mei.until("chat", { chat }, () => true))?.mentioned).toBe(true);
    await stop();
  });
});
