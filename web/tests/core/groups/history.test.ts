import { describe, expect, it } from "vitest";
import type { Message } from "../../../src/core/api.ts";
import { base64, random } from "../../../src/core/bytes.ts";
import { PLAIN } from "../../../src/core/chats/chats.ts";
import type { OldMessage } from "../../../src/core/groups/bundle.ts";
import { blob } from "../../../src/core/store/store.ts";
import { bytesOf, file, gets, place } from "../world/files.ts";
import type { Person } from "../world/person.ts";
import { useTown } from "../world/town.ts";
import { groupIdOfChat } from "./intruding.ts";

/** What newcomers to a group are given of what was said before them [GH1] to [GH4]. */

const town = useTown();

async function messagesOf(who: Person, chat: string): Promise<Message[]> {
  return (await who.until("messages", { chat, before: null, limit: 500 }, () => true)).messages;
}

async function given(who: Person, chat: string): Promise<Message[]> {
  const { messages } = await who.until(
    "messages",
    { chat, before: null, limit: 500 },
    ({ messages: all }) => all.some(({ event }) => event?.what === "history_received"),
    40_000,
  );
  return messages;
}

/** How many of the group's devices the server still keeps a blob for. */
async function stillThere(who: Person, id: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${who.core.http.token}` };
  const answer = await fetch(`${who.platform.origin}/api/media/${id}`, { headers });
  await answer.arrayBuffer();
  return answer.status === 200;
}

async function until(holds: () => Promise<boolean> | boolean, patienceMs = 20_000): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error("in vain");
    await new Promise((done) => setTimeout(done, 50));
  }
}

function contentIdOf(who: Person, id: string): Uint8Array {
  return blob(who.core.store.one("SELECT content_id FROM message WHERE n = ?", [Number(id)]) ?? {}, "content_id");
}

/** What the inviter's client puts into the bundle in place of the truth. */
function forge(who: Person, messages: OldMessage[]): void {
  const handingOver = who.core.engine?.handingOver;
  if (handingOver === undefined) throw new Error("signed out");
  Object.assign(handingOver, { before: () => messages });
}

const said = (sender: Person, text: string, atMs = Date.now() - 60_000): OldMessage => ({
  contentId: random(32),
  sender: Number(sender.id),
  name: sender.name,
  atMs,
  text,
  carried: null,
  quote: null,
  edited: false,
  reactions: [],
  files: [],
});

describe("who brings somebody into a group", () => {
  it("gives her the last hundred messages, all, or nothing: she and the others are told by whom [GH1] [GH4]", async () => {
    const { lan } = town;
    const [mei, bo, grandma] = [await town.friend("mei"), await town.friend("bo"), await town.friend("grandma")];
    const chat = await lan.call("createGroup", { people: [mei.id], name: "一家人" });
    await mei.group((c) => c.title === "一家人");
    for (let i = 0; i < 104; i++) await lan.say(chat, `第 ${i} 句`);
    await mei.hears(chat, "第 103 句", 40_000);
    const quoted = await mei.say(chat, "晚上吃什么");
    await lan.hears(chat, "晚上吃什么");
    const detail = { kind: "location" as const, latitude: 31, longitude: 121, name: "外滩" };
    await lan.call("sendDetail", { chat, detail });
    await lan.call("setTimer", { chat, seconds: 3_600 });
    await lan.say(chat, "一小时后没有了");
    await lan.settled();

    await lan.call("addMembers", { chat, people: [bo.id], history: "last" });
    const received = await given(bo, chat);
    const talk = received.filter(({ kind }) => kind !== "event");
    expect(talk).toHaveLength(100);
    expect(talk.map(({ text }) => text).slice(0, 2)).toEqual(["第 6 句", "第 7 句"]);
    expect(talk.at(-1)).toMatchObject({ kind: "location", detail, vouchedBy: "lan", mine: false });
    expect(talk.at(-2)).toMatchObject({ text: "晚上吃什么", senderName: "mei", vouchedBy: "lan" });
    expect(received.find(({ event }) => event?.what === "history_received")?.event).toMatchObject({
      actor: "lan",
      name: "100",
    });
    expect((await bo.until("chat", { chat }, () => true))?.unread).toBe(0);
    for (const one of [lan, mei]) {
      await until(() => one.events(chat).includes("history_handed"));
      const told = (await messagesOf(one, chat)).find(({ event }) => event?.what === "history_handed");
      expect(told?.event).toMatchObject({ actor: "lan", people: ["bo"], name: "100" });
    }
    // She can answer what she was given, and the others see to what.
    const answered = talk.at(-2)?.id ?? "";
    await bo.call("send", { chat, text: "吃饺子", quote: answered });
    expect((await mei.hears(chat, "吃饺子")).quote?.id).toBe(quoted);
    const found = await bo.call("searchMessages", { text: "第 50", filter: { chat }, before: null, limit: 5 });
    expect(found.messages).toHaveLength(1);

    await lan.call("addMembers", { chat, people: [grandma.id] });
    await lan.say(chat, "外婆来了");
    await grandma.hears(chat, "外婆来了");
    expect(grandma.texts(chat)).toEqual(["外婆来了"]);
    expect(grandma.core.store.all("SELECT * FROM handing_in")).toEqual([]);
    for (const person of [mei, bo, grandma]) await person.stop();
  }, 120_000);

  it("may do so when she lets somebody in; she may be away when it comes, and nothing stays behind [GH2]", async () => {
    const { lan } = town;
    const [mei, guest] = [await town.friend("mei-code"), await town.friend("guest-code")];
    const chat = await lan.call("createGroup", { people: [mei.id], name: "审批" });
    await mei.group((c) => c.title === "审批");
    await lan.call("setGroupRule", { chat, adding: "approval" });
    await mei.until("group", { chat }, (g) => g?.rules.adding === "approval");
    await mei.say(chat, "进来的人先看这里");
    await lan.hears(chat, "进来的人先看这里");
    const { link } = await mei.call("groupCode", { chat });
    await guest.call("askToJoin", { link });
    await lan.until("group", { chat }, (g) => g?.waiting.length === 1);
    guest.platform.unplug();
    const answer = lan.call("answerJoin", { chat, person: guest.id, accept: true, history: "all" });
    let bundle = "";
    lan.platform.onRequest = (url, init) => {
      bundle = /\/api\/media\/([\w-]+)$/.exec(url)?.[1] ?? bundle;
      return fetch(url, init);
    };
    await until(() => lan.events(chat).includes("history_handed"));
    await answer;
    expect(await stillThere(lan, bundle)).toBe(true);
    guest.platform.plugIn();
    const talk = (await given(guest, chat)).filter(({ kind }) => kind === "text");
    expect(talk.map(({ text, vouchedBy }) => [text, vouchedBy])).toEqual([["进来的人先看这里", "lan"]]);
    await until(async () => !(await stillThere(lan, bundle)));
    for (const { core } of [lan, mei, guest]) {
      for (const table of ["handing", "handing_out", "handing_in WHERE done = 0 OR secret <> x''"]) {
        expect(core.store.all(`SELECT * FROM ${table}`)).toEqual([]);
      }
    }
    for (const person of [mei, guest]) await person.stop();
  }, 60_000);
});

describe("what is handed over of a message", () => {
  it("is its photo or voice as far as they fit, its reactions, and nothing that was taken back or disappears [GH7]", async () => {
    const { lan } = town;
    const [mei, bo] = [await town.friend("mei-m"), await town.friend("bo-m")];
    const chat = await lan.call("createGroup", { people: [mei.id], name: "照片" });
    await mei.group((c) => c.title === "照片");
    const picture = file(70_000, { name: "饺子.webp", thumb: Uint8Array.of(1, 2, 3) });
    const voice = file(9_000, { name: "", kind: "voice", type: "audio/ogg", ms: 3_000 });
    const film = file(9_000, { name: "烟花.mp4", kind: "video", type: "video/mp4" });
    await mei.call("sendFiles", { chat, files: [picture, film, voice] });
    const got = await gets(lan, chat, "饺子.webp");
    await gets(lan, chat, "");
    await until(() => lan.core.store.all("SELECT 1 FROM media WHERE state = 'here'").length === 2);
    await lan.call("react", { id: got.id, emoji: "👍", on: true });
    const wrong = await mei.say(chat, "说错了");
    await lan.hears(chat, "说错了");
    await mei.call("recall", { id: wrong });
    await until(() => !lan.texts(chat).includes("说错了"));
    const silent = await lan.say(chat, "只给自己删");
    await mei.hears(chat, "只给自己删");
    await lan.call("deleteForMe", { ids: [silent] });

    await lan.call("addMembers", { chat, people: [bo.id], history: "all" });
    const received = await given(bo, chat);
    // A video overtakes a picture, and is overtaken: it has its own lane.
    const kinds = received.filter(({ kind }) => kind !== "event").map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(["picture", "video", "voice"]);
    const [shown, left, heard] = ["picture", "video", "voice"].map((kind) => received.find((one) => one.kind === kind));
    expect(shown?.reactions).toEqual([{ emoji: "👍", people: ["lan"], mine: false }]);
    for (const [message, sent] of [
      [shown, picture],
      [heard, voice],
    ] as const) {
      const content = await bytesOf(await bo.call("media", { id: message?.id ?? "" }));
      expect(content.equals(await bytesOf(sent.content))).toBe(true);
    }
    expect(await bo.call("thumbnail", { id: shown?.id ?? "" })).toEqual(Uint8Array.of(1, 2, 3));
    await expect(bo.call("media", { id: left?.id ?? "" })).rejects.toMatchObject({ code: "media_left_behind" });
    expect((await place(bo, heard?.id ?? "", "here"))?.heard).toBe(true);
    await until(() => lan.core.store.one("SELECT 1 FROM handing_out") === undefined);
    // Both blobs go once bo has them and mei has said that they are not for her.
    await until(() =>
      [bo, mei].every(({ core }) => core.store.one("SELECT 1 FROM media WHERE tell IS NOT NULL") === undefined),
    );
    for (const person of [mei, bo]) await person.stop();
  }, 60_000);
});

describe("where another's commit brings her in first", () => {
  it("who chose to hand it over does so all the same, and once [GH5]", async () => {
    const { lan } = town;
    const [mei, bo] = [await town.friend("mei-late"), await town.friend("bo-late")];
    await town.befriend(mei, bo);
    const chat = await lan.call("createGroup", { people: [mei.id], name: "两个人一起拉" });
    await mei.group((c) => c.title === "两个人一起拉");
    for (const line of ["一", "二", "三"]) await lan.say(chat, line);
    await mei.hears(chat, "三");
    lan.platform.unplug();
    await lan.call("addMembers", { chat, people: [bo.id], history: "last" });
    await mei.call("addMembers", { chat, people: [bo.id] });
    await bo.group((c) => c.title === "两个人一起拉");
    await until(() => bo.events(chat).includes("history_none"));
    await bo.say(chat, "我来了");
    await mei.hears(chat, "我来了");
    lan.platform.plugIn();
    const received = await given(bo, chat);
    expect(received.filter(({ kind }) => kind === "text").map(({ text, vouchedBy }) => [text, vouchedBy])).toEqual([
      ["一", "lan"],
      ["二", "lan"],
      ["三", "lan"],
      ["我来了", null],
    ]);
    expect(bo.events(chat)).not.toContain("history_none");
    await until(() => mei.events(chat).includes("history_handed"));
    for (const person of [lan, mei]) {
      expect(person.events(chat).filter((what) => what === "history_handed")).toHaveLength(1);
      for (const table of ["handing", "handing_out"])
        expect(person.core.store.all(`SELECT * FROM ${table}`)).toEqual([]);
    }
    for (const person of [mei, bo]) await person.stop();
  }, 60_000);
});

describe("who joins by the group's code", () => {
  it("is given what the group's rule says by whoever lets her in, or told that nothing is shown [GH6]", async () => {
    const { lan } = town;
    const [mei, bo, guest] = [await town.friend("mei-r"), await town.friend("bo-r"), await town.friend("guest-r")];
    const chat = await lan.call("createGroup", { people: [mei.id], name: "扫码进群" });
    await mei.group((c) => c.title === "扫码进群");
    await mei.say(chat, "早就说过的话");
    await lan.hears(chat, "早就说过的话");
    const { link } = await mei.call("groupCode", { chat });
    await bo.call("askToJoin", { link });
    await bo.group((c) => c.title === "扫码进群");
    expect(bo.texts(chat)).toEqual([]);
    expect(bo.events(chat)).toEqual(["history_none", "joined_by"]);

    await expect(mei.call("setGroupRule", { chat, history: "all" })).rejects.toMatchObject({ code: "not_allowed" });
    await lan.call("setGroupRule", { chat, history: "all" });
    await mei.until("group", { chat }, (g) => g?.rules.history === "all");
    expect(mei.events(chat)).toContain("history_set");
    await guest.call("askToJoin", { link });
    const talk = (await given(guest, chat)).filter(({ kind }) => kind === "text");
    expect(talk.map(({ text, vouchedBy }) => [text, vouchedBy])).toEqual([["早就说过的话", "mei-r"]]);
    expect(guest.events(chat)).not.toContain("history_none");
    await until(() => lan.events(chat).includes("history_handed"));
    await lan.settled();
    for (const person of [lan, mei, bo]) {
      expect(person.events(chat).filter((what) => what === "history_handed")).toHaveLength(1);
      await until(() => person.core.store.one("SELECT 1 FROM handing") === undefined);
    }
    for (const person of [mei, bo, guest]) await person.stop();
  }, 60_000);
});

describe("an inviter with a modified client [GH4]", () => {
  it("speaks for nobody who is there, changes nothing, and is seen to be the source of all she adds", async () => {
    const { lan } = town;
    const [mei, bo, hostile] = [await town.friend("mei-h"), await town.friend("bo-h"), await town.friend("hostile-h")];
    const chat = await lan.call("createGroup", { people: [mei.id, bo.id, hostile.id], name: "谁说的" });
    for (const person of [mei, bo, hostile]) await person.group((c) => c.title === "谁说的");
    await town.befriend(hostile, bo);
    await mei.say(chat, "真话");
    const true_ = await bo.hears(chat, "真话");
    const kept = contentIdOf(bo, true_.id);
    await lan.call("removeMembers", { chat, people: [bo.id] });
    await bo.until("chat", { chat }, (summary) => summary?.left === true, 40_000);
    await hostile.until("group", { chat }, (g) => g?.members.length === 3, 40_000);

    const file = { kind: "picture", blob: "bm90aGluZw", key: base64(random(32)), nonce: base64(random(7)) } as const;
    const picture = { ...file, hash: base64(random(32)), expiresS: 2 ** 40, bytes: 9, type: "image/png", name: "x" };
    const genuine = random(32);
    const liked = (who: Person) => ({ account: Number(who.id), emoji: "👍", contentId: random(32), atMs: 1 });
    forge(hostile, [
      { ...said(mei, "假话"), contentId: kept },
      said(bo, "我欠她一万块"),
      said(mei, "将来的话", Date.now() + 86_400_000),
      { ...said(mei, ""), carried: { detail: { ...picture, width: 1, height: 1, ms: 0, wave: [] }, thumb: null } },
      { ...said({ id: "77", name: "" } as Person, "不认识的人"), name: "陌生人" },
      { ...said(mei, "不是这样说的"), contentId: genuine, reactions: [liked(mei), liked(bo)] },
    ]);
    await hostile.call("addMembers", { chat, people: [bo.id], history: "all" });
    const received = await given(bo, chat);
    expect(received.find(({ id }) => id === true_.id)).toMatchObject({ text: "真话", vouchedBy: null });
    expect(bo.texts(chat)).not.toContain("假话");
    expect(bo.texts(chat)).not.toContain("我欠她一万块");
    expect(bo.texts(chat)).not.toContain("将来的话");
    const added = received.filter(({ vouchedBy }) => vouchedBy !== null);
    expect(added.map(({ vouchedBy, senderName }) => [vouchedBy, senderName])).toEqual([
      ["hostile-h", "mei-h"],
      ["hostile-h", "陌生人"],
      ["hostile-h", "mei-h"],
    ]);
    // Nothing is fetched for her.
    const files = bo.core.store.all("SELECT blob, state, problem FROM media WHERE message IS NOT NULL");
    expect(files).toEqual([{ blob: "", state: "gone", problem: "media_left_behind" }]);
    expect(received.find(({ event }) => event?.what === "history_received")?.event?.name).toBe("3");

    // Nor does anybody react for her. What was vouched for makes way for the message itself, reactions and all.
    expect(received.find(({ text }) => text === "不是这样说的")?.reactions).toEqual([
      { emoji: "👍", people: ["mei-h"], mine: false },
    ]);
    const chats = bo.core.engine?.chats;
    const words = {
      ...PLAIN,
      chat,
      contentId: genuine,
      kind: "text" as const,
      sender: Number(mei.id),
      text: "是这样说的",
    };
    bo.core.store.write((tx) => chats?.add(tx, { ...words, atMs: Date.now(), state: null, unread: true }));
    expect(bo.texts(chat).filter((text) => text.endsWith("这样说的"))).toEqual(["是这样说的"]);
    expect(bo.core.store.all("SELECT * FROM reaction")).toEqual([]);
    for (const person of [mei, bo, hostile]) await person.stop();
  }, 90_000);

  it("hands over late once and soon after she came, to whom it is sealed, and as her own word [GH5]", async () => {
    const { lan } = town;
    const [mei, bo, wang] = [await town.friend("mei-f"), await town.friend("bo-f"), await town.friend("wang-f")];
    for (const one of [mei, wang]) await town.befriend(one, bo);
    const chat = await lan.call("createGroup", { people: [mei.id, bo.id, wang.id], name: "补发" });
    for (const person of [mei, bo, wang]) await person.group((c) => c.title === "补发");
    const groupId = groupIdOfChat(chat);
    const handed = (who: Person) => who.events(chat).filter((what) => what === "history_handed").length;
    const handLate = async (who: Person, text: string) => {
      const before = handed(who);
      who.core.store.write((tx) => {
        tx.run("INSERT INTO handing (group_id, account, secret, amount, came_ms, late) VALUES (?, ?, ?, 9, ?, 1)", [
          groupId,
          Number(bo.id),
          random(32),
          Date.now(),
        ]);
      });
      forge(who, [said(lan, text)]);
      who.core.engine?.tending.soon();
      await until(() => handed(who) > before);
      await who.settled();
      await bo.settled();
    };
    await handLate(mei, "编的");
    const [received] = (await given(bo, chat)).filter(({ kind }) => kind === "text");
    expect(received).toMatchObject({ text: "编的", vouchedBy: "mei-f", senderName: "lan" });
    // Whom it is not sealed to has nothing of it.
    for (const other of [lan, wang]) expect(other.texts(chat)).toEqual([]);
    await handLate(mei, "又编的");
    await until(() => handed(bo) === 1 && handed(wang) === 2);
    bo.core.store.write((tx) => tx.run("UPDATE membership SET from_ms = ?", [Date.now() - 8 * 86_400_000]));
    await handLate(wang, "也编的");
    await until(() => handed(bo) === 2);
    expect(bo.texts(chat)).toEqual(["编的"]);
    for (const person of [mei, bo, wang]) await person.stop();
  }, 60_000);

  it("is not listened to when she may not add, or did not", async () => {
    const { lan } = town;
    const [mei, bo] = [await town.friend("mei-n"), await town.friend("bo-n")];
    const chat = await lan.call("createGroup", { people: [mei.id, bo.id], name: "没有资格" });
    for (const person of [mei, bo]) await person.group((c) => c.title === "没有资格");
    const groupId = groupIdOfChat(chat);
    const secret = random(32);
    const promise = (inviter: Person) =>
      bo.core.store.write((tx) =>
        bo.core.engine?.takingOver.promised(tx, groupId, Number(inviter.id), secret, Date.now()),
      );
    const hand = (who: Person) => {
      who.core.store.write((tx) => {
        tx.run("INSERT INTO handing (group_id, account, secret, amount, came_ms) VALUES (?, ?, ?, 100, ?)", [
          groupId,
          Number(bo.id),
          secret,
          Date.now(),
        ]);
      });
      forge(who, [said(lan, `${who.name} 编的`)]);
      who.core.engine?.tending.soon();
    };
    // Mei did not bring bo in: she does not have what lan promised, and lan's promise is not hers to keep.
    promise(lan);
    hand(mei);
    await until(() => bo.events(chat).includes("history_handed"));
    await bo.settled();
    expect(bo.texts(chat)).toEqual([]);
    // Where only admins bring people in, she is not even heard.
    await lan.call("setGroupRule", { chat, adding: "admins" });
    await bo.until("group", { chat }, (g) => g?.rules.adding === "admins");
    promise(mei);
    hand(mei);
    await until(() => mei.events(chat).filter((what) => what === "history_handed").length === 2);
    await mei.say(chat, "看到了吗");
    await bo.hears(chat, "看到了吗");
    expect(bo.texts(chat)).toEqual(["看到了吗"]);
    expect(bo.events(chat).filter((what) => what === "history_handed")).toHaveLength(1);
    for (const person of [mei, bo]) await person.stop();
  }, 60_000);
});
