import { expect, it } from "vitest";
import { useTown } from "../world/town.ts";
import { policyAt } from "./intruding.ts";

/** Coming into a group by its code, and what the group tells who has come [GP8] [GP9]. */

const town = useTown();

it("a code lets a stranger of the inviter in, and tells her what the group is called before she asks [GP9]", async () => {
  const { lan } = town;
  const [mei, guest] = [await town.friend("mei"), await town.friend("guest")];
  const chat = await lan.call("createGroup", { people: [mei.id], name: "小区群" });
  await mei.group((c) => c.title === "小区群");
  await mei.call("setNickname", { chat, nickname: "三楼小梅" });
  await lan.until("group", { chat }, (g) => g?.members.some(({ nickname }) => nickname === "三楼小梅") === true);

  const { link } = await mei.call("groupCode", { chat });
  expect(link.length).toBeLessThan(600);
  const read = await guest.call("readLink", { text: link });
  expect(read).toMatchObject({ kind: "group", group: chat, name: "小区群", count: 2, expired: false });
  await guest.call("askToJoin", { link });
  await guest.until("chat", { chat }, (summary) => summary?.left === false, 30_000);
  expect((await guest.until("chat", { chat }, () => true))?.title).toBe("小区群");
  expect(policyAt(guest, chat)).toEqual(policyAt(lan, chat));
  await guest.say(chat, "大家好，我是新邻居");
  for (const person of [lan, mei]) await person.hears(chat, "大家好，我是新邻居");
  await guest.until("group", { chat }, (g) => g?.members.some(({ nickname }) => nickname === "三楼小梅") === true);
  for (const person of [mei, guest]) await person.stop();
});

it("with the inviter away another member lets her in; a damaged code opens nothing [GP9]", async () => {
  const { lan } = town;
  const [mei, bo, guest] = [await town.friend("mei2"), await town.friend("bo2"), await town.friend("guest2")];
  const chat = await lan.call("createGroup", { people: [mei.id, bo.id], name: "值班群" });
  await mei.group((c) => c.title === "值班群");
  await bo.group((c) => c.title === "值班群");
  const { link, expiresAtMs } = await bo.call("groupCode", { chat });
  expect(Math.round((expiresAtMs - Date.now()) / 86_400_000)).toBe(7);
  bo.platform.unplug();
  await guest.call("askToJoin", { link });
  await guest.until("chat", { chat }, (summary) => summary?.left === false, 40_000);
  await guest.say(chat, "进来了");
  await mei.hears(chat, "进来了");
  await expect(guest.call("askToJoin", { link: `${link.slice(0, -30)}` })).rejects.toMatchObject({
    code: "link_expired",
  });
  for (const person of [mei, bo, guest]) await person.stop();
});

it("where the group wants approval, owner and admins are asked, and only they can answer [GP9]", async () => {
  const { lan } = town;
  const [mei, bo, guest] = [await town.friend("mei3"), await town.friend("bo3"), await town.friend("guest3")];
  const chat = await lan.call("createGroup", { people: [mei.id, bo.id], name: "审批群" });
  await bo.group((c) => c.title === "审批群");
  await mei.group((c) => c.title === "审批群");
  await lan.call("setAdmin", { chat, person: mei.id, on: true });
  await lan.call("setGroupRule", { chat, adding: "approval" });
  await bo.until("group", { chat }, (g) => g?.rules.adding === "approval");
  await mei.until("group", { chat }, (g) => g?.myRole === "admin" && g.rules.adding === "approval");
  await expect(bo.call("addMembers", { chat, people: [lan.id] })).resolves.toBeUndefined();

  const { link } = await bo.call("groupCode", { chat });
  await guest.call("askToJoin", { link });
  for (const person of [lan, mei]) await person.until("group", { chat }, (g) => g?.waiting.length === 1);
  expect((await bo.until("group", { chat }, () => true))?.waiting).toEqual([]);
  await expect(bo.call("answerJoin", { chat, person: guest.id, accept: true })).rejects.toMatchObject({
    code: "link_expired",
  });
  expect((await guest.until("chats", undefined, () => true)).some(({ id }) => id === chat)).toBe(false);
  await mei.call("answerJoin", { chat, person: guest.id, accept: true });
  await guest.until("chat", { chat }, (summary) => summary?.left === false, 30_000);
  for (const person of [lan, mei]) await person.until("group", { chat }, (g) => g?.waiting.length === 0, 30_000);
  for (const person of [mei, bo, guest]) await person.stop();
});

it("an owner hands over, announces, and is followed by an admin when she goes [GP4] [GP7]", async () => {
  const { lan } = town;
  const [mei, bo] = [await town.friend("mei4"), await town.friend("bo4")];
  const chat = await lan.call("createGroup", { people: [mei.id, bo.id], name: "换届群" });
  for (const person of [mei, bo]) await person.group((c) => c.title === "换届群");
  await expect(bo.call("announce", { chat, text: "我来" })).rejects.toMatchObject({ code: "not_allowed" });
  await lan.call("announce", { chat, text: "周六大扫除" });
  const seen = await bo.until("group", { chat }, (g) => g?.announcement?.text === "周六大扫除");
  expect(seen?.announcement?.seen).toBe(false);
  await bo.call("announcementRead", { chat });
  expect((await bo.until("group", { chat }, () => true))?.announcement?.seen).toBe(true);

  await lan.call("handOver", { chat, person: mei.id });
  await mei.until("group", { chat }, (g) => g?.myRole === "owner");
  await mei.call("setAdmin", { chat, person: bo.id, on: true });
  await bo.until("group", { chat }, (g) => g?.myRole === "admin");
  await mei.call("leaveGroup", { chat });
  await bo.until("group", { chat }, (g) => g?.myRole === "owner" && g.members.length === 2, 40_000);
  await lan.until("group", { chat }, (g) => g?.members.length === 2, 40_000);
  expect(policyAt(lan, chat)).toEqual(policyAt(bo, chat));
  expect(lan.events(chat)).toEqual(["created", "announced", "owner_changed", "admins_made", "left", "owner_changed"]);
  for (const person of [mei, bo]) await person.stop();
});
