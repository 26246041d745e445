/** A group with its rules: code, announcement, admins, approval, nickname, member search. */

import { expect, it } from "vitest";
import type { Person } from "../person.ts";
import { scan } from "../qr.ts";
import { useTown } from "./use-town.ts";

const town = useTown();
let lan: Person;
let mei: Person;
let bo: Person;
let chat: string;

const shows = async (person: Person, path: string): Promise<void> => {
  await person.goes("/");
  await person.goes(`/chat/${chat}${path}`);
};

async function switches(person: Person, name: string): Promise<void> {
  await person.page.getByRole("switch", { name, exact: false }).click();
}

it("lan makes a group and shows its code; bo scans it, reads what it is, asks and is in", async () => {
  lan = await town().owner("阿兰");
  mei = await town().friendOf(lan, "小梅");
  await lan.isFriendOf("小梅");
  await lan.makesGroup("小区群", ["小梅"]);
  chat = new URL(lan.page.url()).pathname.split("/")[2] ?? "";
  await lan.says("大家好");
  await mei.talksWith("小区群");
  await mei.reads("大家好");
  bo = await town().friendOf(mei, "阿波");
  await shows(mei, "/code");
  const link = await scan(mei.page.getByRole("img", { name: mei.t("group.code_label", { name: "小区群" }) }));
  await bo.goes(new URL(link).pathname + new URL(link).hash);
  await bo.sees("小区群");
  await bo.seesWords("group.join_count", { count: 2 });
  await bo.button("group.join").click();
  await bo.writing().waitFor();
  await bo.says("我是新来的");
  await lan.goes(`/chat/${chat}`);
  await lan.reads("我是新来的");
});

it("lan announces; the others see it once, on top of the chat", async () => {
  await shows(lan, "/announcement");
  await lan.button("group.announcement_write").click();
  await lan.field("group.announcement_label").fill("周六上午大扫除，请带手套。");
  await lan.button("group.announcement_publish").click();
  await lan.confirms("group.announcement_publish");
  await mei.goes(`/chat/${chat}`);
  await mei.sees("周六上午大扫除");
  await mei.button("group.announcement_seen").click();
  await mei.button("group.announcement_seen").waitFor({ state: "hidden" });
  await mei.sees(mei.t("event.announced", { actor: mei.t("event.person", { name: "阿兰" }) }));
});

it("lan makes mei an admin and wants approval; mei answers who asks, and passes on what was said before", async () => {
  await shows(lan, "/admins");
  await lan.page.getByRole("link", { name: lan.t("group.admin_add") }).click();
  await lan.picks("小梅");
  await lan.button("common.done").click();
  await lan.page.getByRole("button", { name: "小梅" }).waitFor();
  await shows(lan, "/manage");
  await switches(lan, lan.t("group.approval"));
  await mei.goes(`/chat/${chat}`);
  await mei.sees(mei.t("event.adding_approval", { actor: mei.t("event.person", { name: "阿兰" }) }));
  const wang = await town().friendOf(bo, "老王");
  await shows(bo, "/code");
  const link = await scan(bo.page.getByRole("img", { name: bo.t("group.code_label", { name: "小区群" }) }));
  await wang.goes(new URL(link).pathname + new URL(link).hash);
  await wang.button("group.join").click();
  await wang.seesWords("group.join_asked");
  await shows(mei, "/requests");
  await mei.sees("老王");
  await mei.page.getByRole("button", { name: mei.t("group.history") }).click();
  await mei.page.getByRole("menuitem", { name: mei.t("group.history_all") }).click();
  await mei.seesWords("group.history_text");
  await mei.button("group.request_accept").click();
  await wang.writing().waitFor();
  await wang.reads("我是新来的");
  await wang.sees(wang.t("message.vouched", { name: "小梅" }));
  const actor = wang.t("event.person", { name: "小梅" });
  await wang.sees(wang.t("event.history_received", { actor, count: 2 }));
});

it("a plain member finds nothing to manage; names in the group stand above messages; members are searched", async () => {
  await shows(bo, "/info");
  await bo.seesWords("group.nickname");
  expect(await bo.page.getByRole("link", { name: bo.t("group.manage") }).count()).toBe(0);
  expect(await bo.page.getByRole("link", { name: bo.t("group.remove"), exact: true }).count()).toBe(0);
  await bo.page.getByRole("button", { name: bo.t("group.nickname") }).click();
  await bo.answersLine("五楼阿波");
  await mei.goes(`/chat/${chat}`);
  await mei.sees("五楼阿波");
  await shows(mei, "/members");
  await mei.field("group.search").fill("五楼");
  await mei.sees("阿波");
  await expect.poll(() => mei.page.getByRole("link", { name: "老王" }).count()).toBe(0);
  await mei.field("group.search").fill("没有这个人");
  await mei.seesWords("group.search_none");
});

it("lan hands the group over and is told by the chat", async () => {
  await shows(lan, "/hand-over");
  await lan.page.getByRole("button", { name: "小梅" }).click();
  await lan.confirms("common.ok");
  await lan.seesWords("group.nickname");
  await lan.button("group.leave").waitFor();
  await lan.goes(`/chat/${chat}`);
  await lan.sees(lan.t("event.owner_changed", { people: lan.t("event.person", { name: "小梅" }) }));
});
