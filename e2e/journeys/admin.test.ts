/** The owner looks after her community; who is suspended reads why, loses nothing, and comes back by herself. */

import { expect, it } from "vitest";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

const town = useTown();
let lan: Person;
let mei: Person;

const COMMUNITY = "/me/settings/community";

it("the owner sees who is here, and a member does not see the page [AD1]", async () => {
  lan = await town().owner("阿兰");
  mei = await town().friendOf(lan, "小梅");
  await mei.talksWith("阿兰");
  await mei.says("昨天说好的，别忘了");
  await mei.allSent();

  await lan.goes("/me/settings");
  await lan.page.getByRole("link", { name: lan.t("admin.title") }).click();
  await lan.page.getByRole("link", { name: lan.t("admin.members") }).click();
  await lan.sees("小梅");
  await lan.field("admin.search").fill("梅");
  await expect.poll(() => lan.page.getByRole("main").getByRole("link", { name: "阿兰" }).count()).toBe(0);
  await lan.page.getByRole("link", { name: "小梅" }).click();
  await lan.seesWords("admin.last_seen");
  await expect.poll(() => lan.page.getByText("昨天说好的").filter({ visible: true }).count()).toBe(0);

  await mei.goes("/me/settings");
  await mei.seesWords("settings.language");
  expect(await mei.page.getByRole("link", { name: mei.t("admin.title") }).count()).toBe(0);
  await mei.goes(`${COMMUNITY}/members`);
  await mei.seesWords("errors.owner_only");
});

it("who is suspended reads why, and goes on where she was when she is restored [AD2]", async () => {
  await lan.button("admin.suspend_do").click();
  await lan.confirms("admin.suspend_do");
  await lan.seesWords("admin.restore_note");
  await mei.seesWords("stage.suspended");
  await mei.seesWords("stage.suspended_text");
  await mei.page.reload();
  await mei.seesWords("stage.suspended");

  await lan.talksWith("小梅");
  await lan.says("等你回来再看");
  await lan.allSent();
  await lan.goes(`${COMMUNITY}/members`);
  await lan.page.getByRole("switch", { name: lan.t("admin.suspended_only") }).click();
  await lan.page.getByRole("link", { name: "小梅" }).click();
  await lan.button("admin.restore_do").click();
  await lan.seesWords("admin.suspend_note");

  await mei.button("stage.look_again").click();
  await mei.isIn();
  await mei.talksWith("阿兰");
  await mei.reads("昨天说好的，别忘了");
  await mei.reads("等你回来再看");
});

it("an invitation that is withdrawn admits nobody [AD5]", async () => {
  const link = await lan.invites();
  await lan.goes(`${COMMUNITY}/invitations`);
  const line = lan.page.getByRole("button", { name: lan.t("admin.invitation_member", { name: "阿兰" }) });
  await line.click();
  await lan.confirms("admin.withdraw");
  await line.waitFor({ state: "detached" });
  const bo = await town().arrives("小波");
  await bo.opens(link);
  await bo.seesWords("join.used");
});

it("storage, health and the record are there [AD4]", async () => {
  await lan.goes(`${COMMUNITY}/storage`);
  await lan.seesWords("admin.storage_free");
  await lan.goes(`${COMMUNITY}/health`);
  await lan.sees("SQLite");
  await lan.seesWords("admin.clock_green");
  await lan.goes(`${COMMUNITY}/record`);
  for (const act of ["suspended", "restored"] as const) await lan.seesWords(`admin.act_${act}`, { name: "小梅" });
  await lan.seesWords("admin.act_invitation_withdrawn");
});
