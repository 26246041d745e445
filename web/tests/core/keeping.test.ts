import { beforeAll, describe, expect, it } from "vitest";
import { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

/** How chats are kept: cleared, taken off the list, marked; and the own other devices in step [CO8]. */

const town = useTown();
let lan: Person;
let mei: Person;
let phone: Person;
let toMei: string;
let toLan: string;

beforeAll(async () => {
  ({ lan } = town);
  mei = await town.friend("mei");
  toMei = await lan.chatWith(mei);
  toLan = await mei.chatWith(lan);
  phone = await Person.device("lan's phone", town.server.origin);
  const { text } = await phone.call("deviceLinkStart", undefined);
  await lan.call("deviceLinkApprove", { text });
  await phone.stage("ready");
  await mei.say(toLan, "到齐了吗");
  await phone.hears(toMei, "到齐了吗", 60_000);
  await lan.hears(toMei, "到齐了吗");
  await phone.say(toMei, "手机也到了");
  await mei.hears(toLan, "手机也到了", 60_000);
  await lan.hears(toMei, "手机也到了");
}, 120_000);

function listed(person: Person): boolean {
  return (person.core.engine?.chats.summaries() ?? []).some(({ id }) => id === toMei);
}

describe("a chat", () => {
  it("is pinned, muted, folded and marked on every own device [CO8]", async () => {
    await lan.call("keepChat", { chat: toMei, pinned: true, muted: true, markedUnread: true, background: "bamboo" });
    const there = await phone.until("chat", { chat: toMei }, (chat) => chat?.markedUnread === true, 60_000);
    expect(there).toMatchObject({ pinned: true, muted: true, background: "bamboo" });
    await phone.call("markRead", { chat: toMei });
    await lan.until("chat", { chat: toMei }, (chat) => chat?.markedUnread === false, 60_000);
  });

  it("taken off the list loses nothing and comes back with the next message, everywhere [CO8]", async () => {
    await mei.say(toLan, "还没读的");
    await lan.hears(toMei, "还没读的");
    await phone.hears(toMei, "还没读的", 60_000);
    await lan.call("hideChat", { chat: toMei });
    await phone.until("chats", undefined, (chats) => chats.every(({ id }) => id !== toMei), 60_000);
    expect(listed(lan)).toBe(false);
    expect(lan.texts(toMei)).toContain("还没读的");
    expect(lan.core.engine?.chats.summary(toMei)?.unread).toBe(0);
    await mei.say(toLan, "又来了");
    await lan.until("chat", { chat: toMei }, (chat) => chat?.unread === 1);
    await phone.hears(toMei, "又来了", 60_000);
    expect([listed(lan), listed(phone)]).toEqual([true, true]);
    expect(phone.texts(toMei)).toContain("还没读的");
  });

  it("cleared stays on the list with nothing in it, on every own device, and the other side keeps all [CO8]", async () => {
    await lan.call("clearChat", { chat: toMei });
    await phone.until("messages", { chat: toMei, before: null, limit: 9 }, ({ total }) => total === 0, 60_000);
    for (const own of [lan, phone]) {
      expect(own.texts(toMei)).toEqual([]);
      expect(listed(own)).toBe(true);
      expect(own.core.engine?.chats.summary(toMei)).toMatchObject({ unread: 0, pinned: true, last: null });
    }
    expect(mei.texts(toLan)).toContain("又来了");
    await mei.say(toLan, "从头开始");
    await lan.hears(toMei, "从头开始");
    await phone.hears(toMei, "从头开始", 60_000);
    expect(lan.texts(toMei)).toEqual(["从头开始"]);
    expect(lan.core.engine?.chats.summary(toMei)?.unread).toBe(1);
  });

  it("cleared on one device keeps what came to the other after it [CO8]", async () => {
    const { chats } = phone.core.requireEngine();
    const old = chats.messages(toMei, null, 9).messages.at(-1)?.order ?? 0;
    await mei.say(toLan, "晚到的一句");
    await phone.hears(toMei, "晚到的一句", 60_000);
    phone.core.store.write((tx) =>
      phone.core.requireEngine().sync.takeIn(tx, [{ what: "cleared_chat", key: toMei, value: old }]),
    );
    expect(phone.texts(toMei)).toEqual(["晚到的一句"]);
    phone.core.store.write((tx) =>
      phone.core.requireEngine().sync.takeIn(tx, [{ what: "hidden_chat", key: toMei, value: old }]),
    );
    expect(listed(phone)).toBe(true);
    await phone.stop();
  });
});
