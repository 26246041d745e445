/** What a person can do wrong is answered with a sentence that says what to do next. */

import { expect, it } from "vitest";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

const town = useTown();
let lan: Person;
let used: string;

it("an invitation that was used says so", async () => {
  lan = await town().owner("阿兰");
  used = await lan.invites();
  const mei = await town().arrives("小梅");
  await mei.joins(used);
  const late = await town().arrives("来晚了");
  await late.opens(used);
  await late.seesWords("join.used");
  await late.seesWords("join.ask_again");
});

it("the owner's link works once", async () => {
  const late = await town().arrives("想当主人");
  await late.opens(town().server.ownerLink);
  await late.seesWords("join.used");
});

it("a link that is none is not understood, and says so", async () => {
  const lost = await town().arrives("迷路");
  await lost.opens(`${lost.url}/i#${"x".repeat(43)}`);
  await lost.seesWords("join.ask_again");
});

it("a taken name asks for another, and what was typed stays", async () => {
  const other = await town().arrives("阿兰");
  await other.opens(await lan.invites());
  await other.field("join.name").fill("阿兰");
  await other.button("join.join").click();
  await other.seesWords("errors.name_taken");
  expect(await other.field("join.name").inputValue()).toBe("阿兰");
  await other.field("join.name").fill("阿兰二号");
  await other.button("join.join").click();
  await other.arrivesAtChats();
});

it("a name that cannot be one is refused", async () => {
  const strange = await town().arrives("x");
  await strange.opens(await lan.invites());
  await strange.field("join.name").fill("a b<c>");
  await strange.button("join.join").click();
  await strange.seesWords("errors.name_malformed");
});

it("nobody of that name", async () => {
  await lan.goes("/contacts/add");
  await lan.field("add.label").fill("查无此人");
  await lan.button("add.find").click();
  await lan.seesWords("errors.person_unknown");
});

it("a password that is too short, or typed in two ways", async () => {
  await lan.goes("/me/security/password");
  await lan.field("password.new").fill("短");
  await lan.field("password.again").fill("短");
  await lan.button("common.done").click();
  await lan.seesWords("errors.password_too_short");
  await lan.field("password.new").fill("够长的密码一二三");
  await lan.button("common.done").click();
  await lan.seesWords("password.differ");
});

it("no camera: the code can be pasted", async () => {
  await lan.goes("/scan");
  await lan.page.getByText(new RegExp(`${lan.t("scan.no_camera")}|${lan.t("scan.denied")}`)).waitFor();
  await lan.field("scan.paste").fill("https://example.org/nothing");
  await lan.button("scan.open").click();
  await lan.seesWords("scan.unknown");
});
