import { describe, expect, it } from "vitest";
import type { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

const town = useTown();

async function group(lan: Person, ...people: Person[]): Promise<string> {
  const chat = await lan.call("createGroup", { people: people.map(({ id }) => id), name: "健康" });
  for (const person of people) await person.group((c) => c.title === "健康");
  return chat;
}

/** Drops the next envelopes of the server on their way to this device, and acknowledges them. */
function dropMail(person: Person, count: number): void {
  const intake = person.core.engine?.intake;
  if (intake === undefined) throw new Error("no engine");
  const push = intake.push.bind(intake);
  let left = count;
  intake.push = (envelopes) => {
    const kept = envelopes.filter((envelope) => envelope.kind !== 1 || left-- <= 0);
    if (kept.length > 0) push(kept);
  };
}

describe("it heals by itself", () => {
  it("when a device was away for 20 epochs", async () => {
    const { lan } = town;
    const [mei, bo, wang] = [await town.friend("mei"), await town.friend("bo"), await town.friend("wang")];
    const chat = await group(lan, mei, bo);
    await mei.settled();
    mei.platform.unplug();
    for (let i = 0; i < 10; i++) {
      await lan.call("addMembers", { chat, people: [wang.id] });
      await lan.say(chat, `加了${i}`);
      await lan.call("removeMembers", { chat, people: [wang.id] });
    }
    mei.platform.plugIn();
    await mei.hears(chat, "加了9", 60_000);
    expect(mei.texts(chat)).toEqual(Array.from({ length: 10 }, (_, i) => `加了${i}`));
    await mei.say(chat, "我回来了");
    await lan.hears(chat, "我回来了");
    await bo.hears(chat, "我回来了");
    for (const person of [mei, bo, wang]) await person.stop();
  });

  it("when a device comes back from an old copy [HL3]", async () => {
    const { lan } = town;
    const [mei, bo] = [await town.friend("mei1"), await town.friend("bo1")];
    const chat = await group(lan, mei, bo);
    const toLan = await mei.chatWith(lan);
    const toMei = await lan.chatWith(mei);
    await mei.say(toLan, "备份之前");
    await lan.hears(toMei, "备份之前");
    await mei.settled();
    const old = mei.image();
    await mei.say(toLan, "备份之后");
    await lan.say(toMei, "要再收到的");
    await bo.say(chat, "群里也是");
    await mei.hears(toLan, "要再收到的");
    await mei.hears(chat, "群里也是");
    await mei.settled();
    await mei.restart(old);
    expect(mei.texts(toLan)).not.toContain("要再收到的");
    await mei.hears(toLan, "要再收到的", 60_000);
    await mei.hears(chat, "群里也是", 60_000);
    await mei.say(toLan, "又能说话了");
    await lan.hears(toMei, "又能说话了", 60_000);
    await lan.say(toMei, "听得见");
    await mei.hears(toLan, "听得见");
    await mei.say(chat, "群里也能");
    await bo.hears(chat, "群里也能", 60_000);
    expect(lan.texts(toMei).filter((text) => text === "备份之后").length).toBe(1);
    expect(new Set(mei.texts(toLan)).size).toBe(mei.texts(toLan).length);
    await mei.stop();
    await bo.stop();
  });

  it("when a device lost its MLS state [HL2]", async () => {
    const { lan } = town;
    const mei = await town.friend("mei4");
    const toLan = await mei.chatWith(lan);
    const toMei = await lan.chatWith(mei);
    await mei.say(toLan, "一");
    await lan.hears(toMei, "一");
    await mei.settled();
    mei.core.store.execute("DELETE FROM mls_group; DELETE FROM mls_epoch; DELETE FROM mls_ratchet;");
    await mei.restart();
    await lan.say(toMei, "二");
    await mei.hears(toLan, "二", 60_000);
    await mei.say(toLan, "三");
    await lan.hears(toMei, "三", 60_000);
    await mei.stop();
  });

  it("when a message was dropped on the way: asked for, sent again, shown once [HL4] [HL5]", async () => {
    const { lan } = town;
    const [mei, bo] = [await town.friend("mei5"), await town.friend("bo5")];
    const chat = await group(lan, mei, bo);
    await lan.say(chat, "第一句");
    await mei.hears(chat, "第一句");
    dropMail(mei, 1);
    await lan.say(chat, "丢了的一句");
    await lan.say(chat, "第三句");
    await mei.hears(chat, "第三句");
    expect(mei.texts(chat)).toEqual(["第一句", "第三句"]);
    // A minute passes on her clock, and the gap is asked for.
    mei.core.clock.offsetMs += 61_000;
    mei.core.engine?.tending.soon();
    await mei.hears(chat, "丢了的一句", 60_000);
    expect(mei.texts(chat)).toEqual(["第一句", "丢了的一句", "第三句"]);
    await bo.settled();
    expect(bo.texts(chat)).toEqual(["第一句", "丢了的一句", "第三句"]);
    await mei.stop();
    await bo.stop();
  });

  it("when a message can never come: one quiet line, once [HL4]", async () => {
    const { lan } = town;
    const mei = await town.friend("mei6");
    const toLan = await mei.chatWith(lan);
    const toMei = await lan.chatWith(mei);
    await lan.say(toMei, "一");
    await mei.hears(toLan, "一");
    dropMail(mei, 1);
    await lan.say(toMei, "丢了");
    await lan.say(toMei, "三");
    await mei.hears(toLan, "三");
    await lan.settled();
    lan.core.store.execute("DELETE FROM sent");
    const gaps = () => mei.core.store.all("SELECT asked_ms FROM gap");
    mei.core.clock.offsetMs += 61_000;
    mei.core.engine?.tending.soon();
    await expect.poll(() => gaps()[0]?.["asked_ms"], { timeout: 20_000 }).toBeTypeOf("number");
    await mei.settled();
    mei.core.clock.offsetMs += 86_400_000;
    await lan.say(toMei, "第二天");
    await mei.hears(toLan, "第二天");
    mei.core.engine?.tending.soon();
    const isTold = ({ messages }: { messages: { event: { what: string } | null }[] }) =>
      messages.some(({ event }) => event?.what === "may_be_missing");
    await mei.until("messages", { chat: toLan, before: null, limit: 50 }, isTold);
    expect(mei.events(toLan).filter((what) => what === "may_be_missing").length).toBe(1);
    expect(gaps()).toEqual([]);
    await mei.stop();
  });
});
