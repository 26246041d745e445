import { beforeAll, describe, expect, it } from "vitest";
import type { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

/** What two friends see of each other besides what they say, and what they do not [CO7]. */

const town = useTown();
let lan: Person;
let mei: Person;
let toMei: string;
let toLan: string;

beforeAll(async () => {
  ({ lan } = town);
  mei = await town.friend("mei");
  toMei = await lan.chatWith(mei);
  toLan = await mei.chatWith(lan);
});

function kept(person: Person): number {
  return Number(person.core.store.one("SELECT count(*) AS n FROM message")?.["n"]);
}

describe("writing", () => {
  it("is not told to a friend who said nothing just now [CO7]", async () => {
    const before = Number(lan.core.store.one("SELECT value FROM meta WHERE key = 'next_no'")?.["value"]);
    await lan.call("typing", { chat: toMei });
    expect(Number(lan.core.store.one("SELECT value FROM meta WHERE key = 'next_no'")?.["value"])).toBe(before);
  });

  it("is seen while they talk, once in a while, and leaves nothing behind [CO7]", async () => {
    await mei.say(toLan, "在吗");
    await lan.hears(toMei, "在吗");
    const messages = kept(mei);
    const queued = Number(lan.core.store.one("SELECT count(*) AS n FROM sent")?.["n"]);
    await lan.call("typing", { chat: toMei });
    await mei.until("chat", { chat: toLan }, (chat) => chat?.typing === true);
    const number = Number(lan.core.store.one("SELECT value FROM meta WHERE key = 'next_no'")?.["value"]);
    for (let key = 0; key < 20; key++) await lan.call("typing", { chat: toMei });
    expect(Number(lan.core.store.one("SELECT value FROM meta WHERE key = 'next_no'")?.["value"])).toBe(number);
    await lan.say(toMei, "在的");
    await mei.until("chat", { chat: toLan }, (chat) => chat?.typing === false);
    await mei.hears(toLan, "在的");
    expect(kept(mei)).toBe(messages + 1);
    // What is not counted is not missed: no gap is asked for.
    expect(mei.core.store.all("SELECT * FROM gap")).toEqual([]);
    expect(Number(lan.core.store.one("SELECT count(*) AS n FROM sent")?.["n"])).toBe(queued + 1);
  });

  it("is neither told nor seen by whoever turned it off", async () => {
    await mei.call("setPrivacy", { typing: false });
    lan.platform.clockOffMs += 6_000;
    await lan.call("typing", { chat: toMei });
    await lan.say(toMei, "还在吗");
    await mei.hears(toLan, "还在吗");
    expect((await mei.until("chat", { chat: toLan }, () => true))?.typing).toBe(false);
    await mei.call("setPrivacy", { typing: true });
  });
});

describe("reading", () => {
  it("is told only when both want it told [CO7]", async () => {
    await lan.say(toMei, "看到了吗");
    await mei.hears(toLan, "看到了吗");
    await mei.call("markRead", { chat: toLan });
    await mei.say(toLan, "嗯");
    await lan.hears(toMei, "嗯");
    expect((await lan.until("chat", { chat: toMei }, () => true))?.readUpToMs).toBe(0);

    await mei.call("setPrivacy", { receipts: true });
    const id = await lan.say(toMei, "现在呢");
    await mei.hears(toLan, "现在呢");
    await mei.call("markRead", { chat: toLan });
    const heard = () => Number(lan.core.store.one("SELECT read_by_ms FROM chat WHERE id = ?", [toMei])?.["read_by_ms"]);
    await expect.poll(heard, { timeout: 20_000 }).toBeGreaterThan(0);
    expect((await lan.until("chat", { chat: toMei }, () => true))?.readUpToMs).toBe(0); // lan does not tell, so she does not see

    await lan.call("setPrivacy", { receipts: true });
    const told = await lan.until("chat", { chat: toMei }, (chat) => (chat?.readUpToMs ?? 0) > 0);
    const said = lan.core.store.one("SELECT at_ms FROM message WHERE n = ?", [Number(id)]);
    expect(told?.readUpToMs).toBeGreaterThanOrEqual(Number(said?.["at_ms"]));
    expect(lan.core.store.all("SELECT * FROM message WHERE kind = 'unknown'")).toEqual([]);
  });

  it("cannot be told of another's chat, nor of the future", () => {
    const { signs, session, conversations } = lan.core.requireEngine();
    const conversation = conversations.ofChat(toMei);
    if (conversation === null) throw new Error("no chat");
    const content = { salt: new Uint8Array(16), counter: 1, sentAtMs: 1, type: null, body: new Uint8Array() };
    const relation = { replaces: null, inReplyTo: null, mentions: [], expiresAfterS: null, isReaction: false };
    const at = { atMs: 1, receivedAtMs: 1, late: false, contentId: new Uint8Array(32), senderKey: new Uint8Array(32) };
    const incoming = { conversation, sender: session.accountId, content: { ...content, ...relation }, ...at };
    const before = lan.core.store.one("SELECT read_by_ms FROM chat WHERE id = ?", [toMei]);
    lan.core.store.write((tx) => {
      signs.seenRead(tx, incoming, { message: null, atMs: session.clock.now() });
      signs.seenRead(
        tx,
        { ...incoming, sender: conversation.person ?? 0 },
        { message: null, atMs: session.clock.now() + 86_400_000 },
      );
    });
    expect(lan.core.store.one("SELECT read_by_ms FROM chat WHERE id = ?", [toMei])).toEqual(before);
  });
});
