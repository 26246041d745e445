import { describe, expect, it, vi } from "vitest";
import { Groups } from "../../src/core/groups/groups.ts";
import { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

const town = useTown();

/** A second device of `person`, let in by her first. */
async function secondDevice(person: Person, origin: string): Promise<Person> {
  const second = await Person.device(`${person.name}'s second`, origin);
  const { text } = await second.call("deviceLinkStart", undefined);
  expect(await person.call("readLink", { text })).toEqual({ kind: "device_link", deviceLinkText: text });
  await person.call("deviceLinkApprove", { text });
  await second.stage("ready");
  return second;
}

describe("a second device", () => {
  it("gets the history, joins every group, and keeps in step [DL2]", async () => {
    const { lan, server } = town;
    const [mei, bo] = [await town.friend("mei"), await town.friend("bo")];
    const toMei = await lan.chatWith(mei);
    const toLan = await mei.chatWith(lan);
    const group = await lan.call("createGroup", { people: [mei.id, bo.id], name: "亲友" });
    for (let i = 0; i < 40; i++) await lan.say(toMei, `旧消息${i}`);
    await mei.say(toLan, "旧回答");
    await bo.group((c) => c.title === "亲友");
    await bo.say(group, "群里的旧话");
    await lan.hears(toMei, "旧回答");
    await lan.hears(group, "群里的旧话");
    await lan.call("setRemark", { id: mei.id, remark: "女儿" });
    await lan.call("keepChat", { chat: group, pinned: true, markedUnread: true });
    await lan.settled();

    const phone = await secondDevice(lan, server.origin);
    await phone.hears(toMei, "旧回答", 60_000);
    await phone.hears(group, "群里的旧话", 60_000);
    await phone.until("messages", { chat: toMei, before: null, limit: 100 }, ({ total }) => total >= 42);
    expect(phone.texts(toMei)).toEqual(lan.texts(toMei));
    const kept = await phone.until("chat", { chat: group }, (chat) => chat?.markedUnread === true);
    expect(kept?.pinned).toBe(true);
    const known = await phone.until("person", { id: mei.id }, (person) => person?.remark === "女儿");
    expect(known?.verified).toBe(true);
    expect((await phone.until("chat", { chat: group }, (chat) => chat?.title === "亲友"))?.unread).toBe(0);

    await mei.say(toLan, "两台都看得到吗");
    await phone.hears(toMei, "两台都看得到吗", 60_000);
    await lan.hears(toMei, "两台都看得到吗");
    await phone.say(toMei, "从手机发的");
    const copy = await lan.hears(toMei, "从手机发的", 60_000);
    expect(copy.mine).toBe(true);
    await mei.hears(toLan, "从手机发的");
    await phone.say(group, "手机也在群里");
    await bo.hears(group, "手机也在群里");

    await lan.call("markRead", { chat: toMei });
    await phone.until("chat", { chat: toMei }, (chat) => chat?.unread === 0);
    const devices = await lan.until("devices", undefined, (all) => all.length === 2);
    const other = devices.find((device) => !device.isThis);
    expect(other?.label).toBe("测试设备");
    await lan.call("removeDevice", { id: other?.id ?? "" });
    expect(await phone.stage("signed_out")).toEqual({ stage: "signed_out", reason: "device_removed" });
    expect(phone.core.store.all("SELECT * FROM message")).toEqual([]);
    await mei.say(toLan, "只剩一台");
    await lan.hears(toMei, "只剩一台");
    await phone.stop();
    await mei.stop();
    await bo.stop();
  });

  it("joins her others also when it hears of them while it makes their group itself [DL2]", async () => {
    const { lan, server } = town;
    const wen = await Person.joined("wen-b", server.origin, (await lan.call("myCode", undefined)).link);
    await wen.call("setRemark", { id: lan.id, remark: "邻居" });
    await wen.settled();
    const { findMissing } = Groups.prototype;
    const heard = vi.spyOn(Groups.prototype, "findMissing").mockImplementationOnce(async () => {});
    heard.mockImplementation(findMissing);
    const phone = await secondDevice(wen, server.origin);
    await phone.until("person", { id: lan.id }, (person) => person?.remark === "邻居");
    heard.mockRestore();
    for (const person of [phone, wen]) await person.stop();
  });

  it("gets the history of an account that is seconds old, through a restart of the first [DL2]", async () => {
    const { lan, server } = town;
    const { link } = await lan.call("myCode", undefined);
    const wen = await Person.joined("wen", server.origin, link);
    const phone = await Person.device("wen's phone", server.origin);
    const { text } = await phone.call("deviceLinkStart", undefined);
    await wen.call("setRemark", { id: lan.id, remark: "邻居" });
    await wen.call("deviceLinkApprove", { text });
    await wen.restart();
    await phone.stage("ready");
    await phone.until("person", { id: lan.id }, (person) => person?.remark === "邻居", 30_000);
    for (const person of [phone, wen]) await person.stop();
  });

  it("is in a chat that was made before anybody could add it [DS16]", async () => {
    const { lan, server } = town;
    const [mei, bo] = [await town.friend("mei9"), await town.friend("bo9")];
    const phone = await Person.device("mei9's phone", server.origin);
    let handIn = () => {};
    const handedIn = new Promise<void>((done) => {
      handIn = done;
    });
    phone.platform.onRequest = async (url, init) => {
      if (url.endsWith("/key-packages") && init.method === "PUT") await handedIn;
      return fetch(url, init);
    };
    const { text } = await phone.call("deviceLinkStart", undefined);
    await mei.call("deviceLinkApprove", { text });
    await phone.stage("ready");
    await lan.say(await lan.chatWith(mei), "手机好了吗");
    await phone.hears(`d:${lan.id}`, "手机好了吗", 60_000); // it has looked for its groups and joined them
    await town.befriend(mei, bo);
    await bo.say(await bo.chatWith(mei), "两台都看得到吗");
    await mei.hears(`d:${bo.id}`, "两台都看得到吗");
    await phone.hears(`d:${bo.id}`, "两台都看得到吗", 60_000);
    handIn();
    for (const person of [phone, mei, bo]) await person.stop();
  });

  it("is let in by password, and talks on", async () => {
    const { lan, server } = town;
    const mei = await town.friend("mei2");
    const toMei = await lan.chatWith(mei);
    const toLan = await mei.chatWith(lan);
    await expect(mei.call("setPassword", { password: "short" })).rejects.toMatchObject({ code: "password_too_short" });
    await mei.call("setPassword", { password: "白日依山尽 2026" });
    await mei.say(toLan, "换手机之前");
    await lan.hears(toMei, "换手机之前");
    await mei.settled();
    await mei.stop();

    // Her store is gone: a new, empty device and the password are all she has.
    const again = await Person.device("mei2 again", server.origin);
    await expect(again.call("signInWithPassword", { name: "mei2", password: "wrong wrong" })).rejects.toMatchObject({
      code: "wrong_password",
    });
    await again.call("signInWithPassword", { name: "mei2", password: "白日依山尽 2026" });
    await again.chatWith(lan);
    await again.say(toLan, "我换手机了");
    await lan.hears(toMei, "我换手机了", 60_000);
    await lan.say(toMei, "收到");
    await again.hears(toLan, "收到", 60_000);
    await again.stop();
  });

  it("leaves nothing behind when the account is deleted", async () => {
    const { lan } = town;
    const bo = await town.friend("bo2");
    await bo.call("deleteAccount", { name: "bo2" });
    expect(await bo.stage("signed_out")).toEqual({ stage: "signed_out", reason: "account_deleted" });
    await lan.until("contacts", undefined, (people) => people.every((person) => person.name !== "bo2"));
    await bo.stop();
  });
});
