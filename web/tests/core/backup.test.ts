import { describe, expect, it } from "vitest";
import type { BackupState, GroupDetails } from "../../src/core/api.ts";
import { isEasyPin } from "../../src/core/backup/pin.ts";
import { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

const town = useTown();
const PIN = "730194";
const STICKER = new Blob([Uint8Array.of(1, 2, 3)], { type: "image/webp" });

function backup(person: Person, wanted: (state: BackupState) => boolean): Promise<BackupState | null> {
  return person.until("backup", undefined, (state) => state !== null && wanted(state), 60_000);
}

/** Mei with a chat, a group, a remark and a PIN; all of it backed up. */
async function mei(name: string): Promise<{ mei: Person; toLan: string; group: string }> {
  const { lan } = town;
  const person = await town.friend(name);
  const toMei = await lan.chatWith(person);
  const toLan = await person.chatWith(lan);
  await lan.say(toMei, "饭在锅里");
  await person.hears(toLan, "饭在锅里");
  for (let i = 0; i < 30; i++) await person.say(toLan, `第${i}句`);
  const group = await person.call("createGroup", { people: [lan.id], name: "亲友" });
  await person.say(group, "群里的话");
  await person.call("setRemark", { id: lan.id, remark: "妈妈" });
  await person.call("addSticker", { content: STICKER, width: 240, height: 240, thumb: Uint8Array.of(7) });
  await person.settled();
  await person.call("setPin", { pin: PIN });
  await person.call("backUpNow", undefined);
  return { mei: person, toLan, group };
}

describe("a backup", () => {
  it("brings her back by name and PIN when every device is lost [BK5]", async () => {
    const { lan, server } = town;
    const { mei: old, toLan, group } = await mei("mei");
    const made = await backup(old, ({ madeAtMs, checkedAtMs }) => madeAtMs !== null && checkedAtMs !== null);
    expect(made).toMatchObject({ on: true, madeHere: true, pin: "set", trouble: null, restoring: null });
    const texts = old.texts(toLan);
    await old.stop();

    const again = await Person.device("mei again", server.origin);
    const wrong = again.call("restoreWithPin", { name: "mei", pin: "730195" });
    await expect(wrong).rejects.toMatchObject({ code: "wrong_pin" });
    expect((await again.stage("new")).stage).toBe("new");
    await again.call("restoreWithPin", { name: "Mei", pin: PIN });
    await again.stage("ready");
    // What she needs is there at once, without waiting for any mail.
    expect(again.texts(toLan).at(-1)).toBe("第29句");
    expect(again.core.engine?.people.person(Number(lan.id))).toMatchObject({ remark: "妈妈", verified: true });
    await backup(again, ({ restoring }) => restoring === null);
    expect(again.texts(toLan)).toEqual(texts);
    const [sticker] = await again.until("stickers", undefined, (all) => all.length > 0);
    expect((await again.call("sticker", { id: sticker?.id ?? "" })).size).toBe(STICKER.size);
    expect((await again.until("chat", { chat: group }, (chat) => chat !== null))?.title).toBe("亲友");
    // And she talks on, in the chat and in the group, which are rejoined.
    await again.say(toLan, "我回来了");
    await lan.hears(await lan.chatWith(again), "我回来了", 60_000);
    await again.say(group, "大家好");
    await lan.hears(group, "大家好", 60_000);
    // The new device goes on with the backup at once.
    await again.call("backUpNow", undefined);
    await backup(again, ({ madeHere, trouble }) => madeHere && trouble === null);
    await again.stop();
  });

  it("brings back a group's rules and nicknames while everybody else is away [GP8]", async () => {
    const { lan, server } = town;
    const { mei: old, group } = await mei("mei_rules");
    await lan.call("setNickname", { chat: group, nickname: "兰妈" });
    await old.call("setNickname", { chat: group, nickname: "小梅子" });
    await old.call("setGroupRule", { chat: group, adding: "admins" });
    await old.call("setAdmin", { chat: group, person: lan.id, on: true });
    await old.call("announce", { chat: group, text: "周六聚餐" });
    const nicknames = (details: GroupDetails | null) => details?.members.map(({ nickname }) => nickname) ?? [];
    await old.until("group", { chat: group }, (details) => nicknames(details).includes("兰妈"));
    await old.call("backUpNow", undefined);
    await old.stop();
    lan.platform.unplug();
    const again = await Person.device("mei_rules again", server.origin);
    await again.call("restoreWithPin", { name: "mei_rules", pin: PIN });
    const details = await again.until("group", { chat: group }, (now) => now?.members.length === 2, 60_000);
    expect(details).toMatchObject({ myRole: "owner", rules: { adding: "admins" }, announcement: { text: "周六聚餐" } });
    expect(nicknames(details)).toEqual(["小梅子", "兰妈"]);
    expect(details?.members.map(({ role }) => role)).toEqual(["owner", "admin"]);
    lan.platform.plugIn();
    await again.say(group, "我还是群主");
    await lan.hears(group, "我还是群主", 60_000);
    await again.stop();
  });

  it("uploads only what changed, and leaves out what was deleted [BK3]", async () => {
    const { mei: person, toLan } = await mei("mei2");
    const { engine } = person.core;
    if (engine === null) throw new Error("no engine");
    const uploads: number[] = [];
    const put = engine.backups.server.putSegment.bind(engine.backups.server);
    engine.backups.server.putSegment = (id, content) => {
      uploads.push(content.length);
      return put(id, content);
    };
    await person.call("backUpNow", undefined);
    expect(uploads.length).toBe(0);
    await person.say(toLan, "又一句");
    await person.settled();
    await person.call("backUpNow", undefined);
    expect(uploads.length).toBe(2); // the range, and the front
    const { messages } = engine.chats.messages(toLan, null, 100);
    const deleted = messages.find(({ text }) => text === "第3句");
    await person.call("deleteForMe", { ids: [deleted?.id ?? ""] });
    await person.call("backUpNow", undefined);
    await person.stop();
    const again = await Person.device("mei2 again", town.server.origin);
    await again.call("restoreWithPin", { name: "mei2", pin: PIN });
    await backup(again, ({ restoring }) => restoring === null);
    expect(again.texts(toLan)).toContain("又一句");
    expect(again.texts(toLan)).not.toContain("第3句");
    await again.stop();
  });

  it("comes with the password too, and without any backup she is let in as before", async () => {
    const { mei: old, toLan } = await mei("mei3");
    await old.call("setPassword", { password: "白日依山尽 2026" });
    await old.stop();
    const again = await Person.device("mei3 again", town.server.origin);
    await again.call("signInWithPassword", { name: "mei3", password: "白日依山尽 2026" });
    await backup(again, ({ restoring }) => restoring === null);
    expect(again.texts(toLan)).toContain("第3句");
    await again.stop();
  });

  it("is restored on two devices at once; both have all, one goes on with the backup", async () => {
    const { mei: old, toLan } = await mei("mei4");
    const texts = old.texts(toLan);
    await old.stop();
    const both = await Promise.all(["one", "two"].map((name) => Person.device(`mei4 ${name}`, town.server.origin)));
    await Promise.all(both.map((device) => device.call("restoreWithPin", { name: "mei4", pin: PIN })));
    for (const device of both) {
      await backup(device, ({ restoring }) => restoring === null);
      expect(device.texts(toLan)).toEqual(texts);
    }
    await Promise.allSettled(both.map((device) => device.call("backUpNow", undefined)));
    for (const device of both) await device.call("backUpNow", undefined);
    const here = await Promise.all(both.map((device) => backup(device, ({ madeAtMs }) => madeAtMs !== null)));
    expect(here.filter((state) => state?.madeHere).length).toBe(1);
    for (const device of both) await device.stop();
  });

  it("goes on where it was cut, through a restart", async () => {
    const { mei: old, toLan } = await mei("mei5");
    await old.stop();
    const again = await Person.device("mei5 again", town.server.origin);
    await again.call("restoreWithPin", { name: "mei5", pin: PIN });
    again.platform.unplug();
    const left = again.core.store.all("SELECT * FROM restore_todo").length;
    await again.restart();
    await backup(again, ({ restoring }) => restoring === null);
    expect(left).toBeGreaterThanOrEqual(0);
    expect(again.texts(toLan)).toContain("第0句");
    await again.stop();
  });
});

it("refuses PINs that people try first [BK5]", () => {
  for (const easy of ["000000", "123456", "654321", "121212", "123123", "112233", "890504", "040589", "198805"]) {
    expect(isEasyPin(easy), easy).toBe(true);
  }
  for (const good of ["730194", "485960", "926471"]) expect(isEasyPin(good), good).toBe(false);
});
