import { beforeAll, describe, expect, it } from "vitest";
import type { Message, MessageId } from "../../src/core/api.ts";
import { encodeContent, UNRELATED } from "../../src/core/content/content.ts";
import { NOTHING, textBody } from "../../src/core/content/kinds.ts";
import type { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

/** What people do with messages that are there, between real devices. */

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

function all(person: Person, chat: string): Message[] {
  return person.core.engine?.chats.messages(chat, null, 1_000).messages ?? [];
}

async function sees(person: Person, chat: string, which: (message: Message) => boolean): Promise<Message> {
  const found = await person.until("messages", { chat, before: null, limit: 1_000 }, ({ messages }) =>
    messages.some(which),
  );
  const message = found.messages.find(which);
  if (message === undefined) throw new Error("not seen");
  return message;
}

async function said(text: string): Promise<{ id: MessageId; theirs: Message }> {
  const id = await lan.say(toMei, text);
  return { id, theirs: await mei.hears(toLan, text) };
}

describe("a message that was said", () => {
  it("is answered with a quote that follows the first to its place [CO5]", async () => {
    const { theirs } = await said("周日来吃饺子吗？");
    await mei.call("send", { chat: toLan, text: "来！", quote: theirs.id });
    const answer = await lan.hears(toMei, "来！");
    expect(answer.quote).toMatchObject({ sender: "lan", kind: "text", text: "周日来吃饺子吗？" });
  });

  it("is changed on both sides, and says so [CO5]", async () => {
    const { id } = await said("五点到");
    await lan.call("edit", { id, text: "六点到" });
    const changed = await mei.hears(toLan, "六点到");
    expect(changed.edited).toBe(true);
    expect(all(mei, toLan).some(({ text }) => text === "五点到")).toBe(false);
  });

  it("is taken back on both sides; her own words stay with her to write them anew [CO5]", async () => {
    const { id, theirs } = await said("发错了");
    await lan.call("recall", { id });
    const left = await sees(mei, toLan, (one) => one.id === theirs.id && one.kind === "recalled");
    expect(left.text).toBe("");
    expect(all(lan, toMei).find((one) => one.id === id)).toMatchObject({ kind: "recalled", text: "发错了" });
  });

  it("is neither changed nor taken back after two minutes, nor by anybody else [CO5]", async () => {
    const { id, theirs } = await said("早就说了");
    const old = Date.now() - 10 * 60_000;
    lan.core.store.write((tx) => tx.run("UPDATE message SET at_ms = ? WHERE n = ?", [old, Number(id)]));
    await expect(lan.call("recall", { id })).rejects.toMatchObject({ code: "too_late" });
    await expect(mei.call("recall", { id: theirs.id })).rejects.toMatchObject({ code: "too_late" });
    // A changed client says it all the same.
    const row = lan.core.store.one("SELECT content_id FROM message WHERE n = ?", [Number(id)]);
    const replaces = row?.["content_id"] as Uint8Array;
    mei.core.store.write((tx) => tx.run("UPDATE message SET at_ms = ? WHERE n = ?", [old, Number(theirs.id)]));
    const { sending } = lan.core.requireEngine();
    await sending.tell(toMei, textBody("改了"), { replaces }, () => undefined);
    await sending.tell(toMei, NOTHING, { replaces }, () => undefined);
    const forged = mei.core.requireEngine().sending;
    await forged.tell(toLan, NOTHING, { replaces }, () => undefined);
    await said("之后");
    await mei.say(toLan, "也之后");
    await lan.hears(toMei, "也之后");
    expect(all(mei, toLan).find((one) => one.id === theirs.id)).toMatchObject({ kind: "text", text: "早就说了" });
    expect(all(lan, toMei).find((one) => one.id === id)).toMatchObject({ kind: "text", text: "早就说了" });
  });

  it("carries reactions, each person's once, and they can be taken back [CO5]", async () => {
    const { id, theirs } = await said("毕业啦");
    await mei.call("react", { id: theirs.id, emoji: "🎉", on: true });
    await mei.call("react", { id: theirs.id, emoji: "🎉", on: true });
    await lan.call("react", { id, emoji: "🎉", on: true });
    await sees(lan, toMei, (one) => one.id === id && one.reactions[0]?.people.length === 2);
    await sees(mei, toLan, (one) => one.id === theirs.id && one.reactions[0]?.people.length === 2);
    await mei.call("react", { id: theirs.id, emoji: "🎉", on: false });
    const left = await sees(lan, toMei, (one) => one.id === id && one.reactions[0]?.people.length === 1);
    expect(left.reactions).toEqual([{ emoji: "🎉", people: ["lan"], mine: true }]);
    await expect(mei.call("react", { id: theirs.id, emoji: "不是表情", on: true })).rejects.toThrow();
  });

  it("is found changed when the change came before it [CO5]", () => {
    const { chats, session } = mei.core.requireEngine();
    const target = new Uint8Array(32).fill(7);
    const account = Number(lan.id);
    mei.core.store.write((tx) => {
      chats.amend.replace(tx, { target, account, text: "后来的话", atMs: session.clock.now() });
      chats.add(tx, {
        chat: toLan,
        contentId: target,
        kind: "text",
        sender: account,
        text: "先前的话",
        event: null,
        carried: null,
        quote: null,
        mentions: [],
        vouched: null,
        named: null,
        expiresAtMs: null,
        atMs: session.clock.now(),
        state: null,
        unread: false,
        late: false,
      });
    });
    const texts = mei.texts(toLan);
    expect(texts).toContain("后来的话");
    expect(texts).not.toContain("先前的话");
  });

  it("disappears for both after the time that was set, and a copy sent again does not bring it back [CO7]", async () => {
    await lan.call("setTimer", { chat: toMei, seconds: 1 });
    await sees(mei, toLan, (one) => one.event?.what === "timer_set");
    const { id } = await said("看完就忘");
    const gone = ({ messages }: { messages: Message[] }) => !messages.some(({ text }) => text === "看完就忘");
    await mei.until("messages", { chat: toLan, before: null, limit: 1_000 }, gone);
    await lan.until("messages", { chat: toMei, before: null, limit: 1_000 }, gone);
    expect(all(lan, toMei).some((one) => one.id === id)).toBe(false);
    await lan.call("setTimer", { chat: toMei, seconds: 0 });
    await sees(mei, toLan, (one) => one.event?.what === "timer_set" && one.event.name === "0");
  });
});

describe("other things said", () => {
  it("a nudge is told by name", async () => {
    await mei.call("nudge", { chat: toLan, person: lan.id });
    const told = await sees(lan, toMei, (one) => one.event?.what === "nudged");
    expect(told.event).toMatchObject({ actor: "mei", people: ["lan"] });
  });

  it("a place, a card and a link arrive as what they are [CO6]", async () => {
    const place = { kind: "location", latitude: 25.033, longitude: 121.565, name: "台北101" } as const;
    await lan.call("sendDetail", { chat: toMei, detail: place });
    expect((await sees(mei, toLan, (one) => one.kind === "location")).detail).toEqual(place);
    await lan.call("sendDetail", { chat: toMei, detail: { kind: "card", person: mei.id } });
    expect((await sees(mei, toLan, (one) => one.kind === "card")).detail).toMatchObject({
      person: mei.id,
      name: "mei",
    });
    const link = { kind: "link", url: "https://example.org/饺子", title: "怎么包饺子", summary: "" } as const;
    await lan.call("sendDetail", { chat: toMei, detail: link });
    expect((await sees(mei, toLan, (one) => one.kind === "link")).detail).toMatchObject(link);
    const script = { ...link, url: "javascript:alert(1)" };
    await expect(lan.call("sendDetail", { chat: toMei, detail: script })).rejects.toThrow();
  });

  it("several messages are passed on one by one, or as one record, and a record in a record stays readable", async () => {
    const bo = await town.friend("bo");
    const toBo = await lan.chatWith(bo);
    const ofBo = await bo.chatWith(lan);
    const [first, second] = [await lan.say(toMei, "第一句话"), await lan.say(toMei, "第二句话")];
    await lan.call("forward", { ids: [second, first], chats: [toBo], mergedAs: null });
    await bo.hears(ofBo, "第二句话");
    expect(bo.texts(ofBo).slice(-2)).toEqual(["第一句话", "第二句话"]);
    await lan.call("forward", { ids: [first, second], chats: [toBo], mergedAs: "lan和mei的聊天记录" });
    const record = await sees(bo, ofBo, (one) => one.kind === "record");
    expect(record.detail).toMatchObject({ title: "lan和mei的聊天记录" });
    let last: Message = await sees(lan, toBo, (one) => one.kind === "record");
    for (let depth = 0; depth < 8; depth++) {
      await lan.call("forward", { ids: [last.id], chats: [toBo], mergedAs: `第${depth}层` });
      const title = `第${depth}层`;
      last = await sees(lan, toBo, (one) => one.detail?.kind === "record" && one.detail.title === title);
    }
    const deep = await sees(bo, ofBo, (one) => one.detail?.kind === "record" && one.detail.title === "第7层");
    expect(JSON.stringify(deep.detail).length).toBeLessThan(20_000);
  });

  it("who is called by name in a group sees it in the list until she has read it", async () => {
    const chat = await lan.call("createGroup", { people: [mei.id], name: "点名群" });
    await mei.group((one) => one.title === "点名群");
    await lan.call("send", { chat, text: "@mei 在吗", mentions: [mei.id] });
    await mei.until("chat", { chat }, (one) => one?.mentioned === true);
    await mei.call("markRead", { chat });
    await mei.until("chat", { chat }, (one) => one?.mentioned === false);
  });

  it("what cannot be understood is shown as such and breaks nothing [CO2]", async () => {
    const { sending } = lan.core.requireEngine();
    const odd = { type: "application/hongyan.attachment", body: new Uint8Array([1, 2, 3]) };
    await sending.tell(toMei, odd, {}, () => undefined);
    await sees(mei, toLan, (one) => one.kind === "unknown");
    const bytes = encodeContent({ ...UNRELATED, ...NOTHING, salt: new Uint8Array(16), counter: 1, sentAtMs: 1 });
    expect(bytes.length).toBeGreaterThan(0);
    await said("还在");
  });
});

it("how a chat is kept is told to her other devices", async () => {
  await lan.call("keepChat", { chat: toMei, pinned: true, muted: true, background: "dawn" });
  const kept = await lan.until("chat", { chat: toMei }, (one) => one?.pinned === true);
  expect(kept).toMatchObject({ muted: true, background: "dawn", folded: false });
  expect((await lan.until("chats", undefined, (chats) => chats[0]?.id === toMei))[0]?.pinned).toBe(true);
});
