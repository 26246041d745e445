import { describe, expect, it, vi } from "vitest";
import { base64 } from "../../src/core/bytes.ts";
import { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

const town = useTown();

describe("two people", () => {
  it("join by a friend's code, are friends at once, verified, and talk both ways", async () => {
    const { lan } = town;
    const mei = await town.friend("mei");
    const toMei = await lan.chatWith(mei);
    const toLan = await mei.chatWith(lan);
    await mei.say(toLan, "妈，我到家了");
    const heard = await lan.hears(toMei, "妈，我到家了");
    expect(heard.senderName).toBe("mei");
    await lan.say(toMei, "好，吃饭了吗？");
    await mei.hears(toLan, "好，吃饭了吗？");
    await mei.settled();
    await lan.settled();
    expect(mei.texts(toLan)).toEqual(lan.texts(toMei));
    expect((await lan.until("person", { id: mei.id }, (p) => p?.verified === true))?.friend).toBe(true);
    expect((await mei.until("person", { id: lan.id }, (p) => p?.verified === true))?.friend).toBe(true);
    expect(lan.events(toMei)).toEqual(["became_friends"]);
    expect(mei.events(toLan)).toEqual(["became_friends"]);
  });

  it("become friends by name and greeting, and the accepting side can be written to at once [CT1]", async () => {
    const { lan, server } = town;
    const { link } = await lan.call("createInvitation", { uses: 1, days: 1, careMode: false });
    const bo = await Person.joined("bo", server.origin, link);
    const found = await bo.call("findPerson", { name: "lan" });
    expect(await bo.call("requestFriend", { id: found.id, greeting: "我是隔壁的波" })).toBe("requested");
    const requests = await lan.until("requests", undefined, (all) => all.some((r) => r.greeting === "我是隔壁的波"));
    expect(requests[0]?.direction).toBe("in");
    const toBo = await lan.call("acceptFriend", { id: bo.id });
    await lan.say(toBo, "你好，邻居");
    await bo.hears(await bo.chatWith(lan), "你好，邻居");
    expect(lan.core.engine?.people.person(Number(bo.id))?.verified).toBe(false);
    const mine = await lan.call("safetyNumber", { id: bo.id });
    const theirs = await bo.call("safetyNumber", { id: lan.id });
    expect(mine.digits).toBe(theirs.digits);
    expect(await bo.call("readLink", { text: mine.qrText })).toEqual({
      kind: "safety",
      personId: lan.id,
      matches: true,
    });
    await bo.stop();
  });

  it("check who they know once, and not with each change of their contacts", async () => {
    const { lan } = town;
    await town.friend("wen");
    const { contacts, session } = lan.core.requireEngine();
    await contacts.refresh();
    const signed = (await session.http.contacts()).contacts.map(({ box_signature }) => box_signature);
    expect(signed).not.toEqual([]);
    const verify = vi.spyOn(crypto.subtle, "verify");
    await contacts.refresh();
    const verified = verify.mock.calls.map(([, , signature]) => base64(signature as Uint8Array));
    verify.mockRestore();
    expect(verified.filter((one) => signed.includes(one))).toEqual([]);
  });

  it("lose nothing and double nothing when a tab dies at any moment", async () => {
    const { lan } = town;
    const mei = await town.friend("mei2");
    const toMei = await lan.chatWith(mei);
    const toLan = await mei.chatWith(lan);
    let said: Promise<unknown> = Promise.resolve();
    for (let i = 0; i < 12; i++) {
      const both = [lan.say(toMei, `第${i}句`), mei.say(toLan, `回${i}`)];
      said = Promise.all(both.map((one) => one.catch(() => undefined)));
      await new Promise((done) => setTimeout(done, 40 * Math.random()));
      if (i % 3 === 1) await lan.restart();
      if (i % 4 === 2) await mei.restart();
    }
    await said; // no tab died after the last ones: they are written before anything is counted
    await lan.until("connection", undefined, ({ state, waiting }) => state === "online" && waiting === 0);
    await mei.until("connection", undefined, ({ state, waiting }) => state === "online" && waiting === 0);
    const both = (person: Person, chat: string) => person.texts(chat).sort();
    const written = both(lan, toMei).length;
    await mei.until("messages", { chat: toLan, before: null, limit: 100 }, ({ total }) => total >= written);
    await lan.until(
      "messages",
      { chat: toMei, before: null, limit: 100 },
      ({ total }) => total >= both(mei, toLan).length,
    );
    expect(both(mei, toLan)).toEqual(both(lan, toMei));
    expect(new Set(both(mei, toLan)).size).toBe(both(mei, toLan).length);
    await mei.stop();
  });

  it("queue what is written offline, and a clock an hour off matters to nobody", async () => {
    const { lan } = town;
    const mei = await town.friend("mei3");
    mei.platform.clockOffMs = 3_600_000;
    await mei.restart();
    mei.platform.clockOffMs = 3_600_000;
    const toMei = await lan.chatWith(mei);
    const toLan = await mei.chatWith(lan);
    await mei.until("connection", undefined, ({ state }) => state === "online");
    mei.platform.unplug();
    await mei.until("connection", undefined, ({ state }) => state !== "online");
    await mei.say(toLan, "在地铁里");
    await mei.say(toLan, "没有信号");
    expect((await mei.until("connection", undefined, ({ waiting }) => waiting === 2)).waiting).toBe(2);
    await lan.say(toMei, "你在哪儿？");
    mei.platform.plugIn();
    await lan.hears(toMei, "没有信号");
    await mei.hears(toLan, "你在哪儿？");
    const heard = await lan.hears(toMei, "在地铁里");
    expect(Math.abs(heard.atMs - Date.now())).toBeLessThan(600_000);
    await mei.stop();
  });

  it("go on talking after kill -9 of the server", async () => {
    const { lan, server } = town;
    const mei = await town.friend("mei4");
    const toMei = await lan.chatWith(mei);
    const toLan = await mei.chatWith(lan);
    await mei.say(toLan, "停电之前");
    await lan.hears(toMei, "停电之前");
    const crashed = server.crash();
    await mei.say(toLan, "停电的时候");
    await crashed;
    await lan.hears(toMei, "停电的时候", 60_000);
    expect(lan.texts(toMei)).toEqual(["停电之前", "停电的时候"]);
    await mei.stop();
  });

  it("say nothing to each other any more once one blocks the other", async () => {
    const { lan } = town;
    const mei = await town.friend("mei5");
    const toLan = await mei.chatWith(lan);
    await mei.settled();
    await lan.call("block", { id: mei.id, blocked: true });
    const id = await mei.say(toLan, "为什么？");
    const { messages } = await mei.until("messages", { chat: toLan, before: null, limit: 10 }, ({ messages: all }) =>
      all.some((message) => message.id === id && message.state === "failed"),
    );
    expect(messages.at(-1)?.text).toBe("为什么？");
    await lan.call("block", { id: mei.id, blocked: false });
    await mei.call("retry", { id });
    await lan.hears(await lan.chatWith(mei), "为什么？");
    await mei.stop();
  });

  it("are told when the other refuses while a message waits for its turn, and may try again", async () => {
    const { lan } = town;
    const mei = await town.friend("mei7");
    const toLan = await mei.chatWith(lan);
    await mei.say(toLan, "在吗");
    await lan.hears(await lan.chatWith(mei), "在吗");
    let refuse = () => {};
    const refused = new Promise<void>((done) => {
      refuse = done;
    });
    const turn = mei.core.engine?.session.turn.run(async () => {
      await refused;
      mei.core.store.write((tx) => tx.run("UPDATE conversation SET status = 'gone' WHERE kind = 'direct'"));
    });
    const saying = mei.say(toLan, "为什么？");
    refuse();
    await turn;
    const id = await saying;
    await mei.until("messages", { chat: toLan, before: null, limit: 10 }, ({ messages: all }) =>
      all.some((message) => message.id === id && message.state === "failed"),
    );
    await mei.call("retry", { id });
    await lan.hears(await lan.chatWith(mei), "为什么？");
    await mei.stop();
  });

  it("say in the chat, once, that something was never collected [DS7]", async () => {
    const { lan } = town;
    const mei = await town.friend("mei6");
    const toLan = await mei.chatWith(lan);
    await mei.say(toLan, "收到了吗");
    await mei.settled();
    const { intake, conversations } = mei.core.engine ?? {};
    const groupId = conversations?.ofChat(toLan)?.groupId;
    if (intake === undefined || groupId === undefined) throw new Error("no chat");
    const word = (receivedAtMs: number) => {
      const body = Uint8Array.of(0x91, 1); // MessagePack [1]
      intake.push([{ seq: intake.cursor + 1, kind: 4, groupId, sender: 0, no: 0, receivedAtMs, body }]);
    };
    const told = (count: number) =>
      mei.until("messages", { chat: toLan, before: null, limit: 20 }, ({ messages }) => {
        return messages.filter(({ event }) => event?.what === "undelivered").length === count;
      });
    const now = Date.now();
    word(now);
    await told(1);
    word(now + 86_400_000);
    await mei.settled();
    await told(1);
    word(now + 31 * 86_400_000);
    await told(2);
    expect((await mei.until("chat", { chat: toLan }, () => true))?.last?.event?.what).toBe("undelivered");
    await mei.stop();
  });
});
