/**
 * Distinctive words, said in every way the app has, are looked for in all the server has: its folder, its
 * write-ahead log, what it printed, and every readable page of its memory (what a core dump would hold).
 */

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const town = useTown();
const canaries: string[] = [];
let lan: Person;
let mei: Person;
let bo: Person;

/** A text nobody else writes, in Chinese and Latin letters. */
function canary(what: string): string {
  const made = `金丝雀${what}-${randomBytes(8).toString("hex")}`;
  canaries.push(made);
  return made;
}

function look(secrets: string[]): string[] {
  const server = town().server;
  const printed = join(server.folder, "..", `${server.pid}.printed`);
  writeFileSync(printed, server.output);
  const python = join(ROOT, ".venv/bin/python");
  const asked = JSON.stringify({ pid: server.pid, paths: [server.folder, printed], secrets });
  const found: unknown = JSON.parse(
    execFileSync(python, ["-m", "tests.canary.look"], {
      cwd: ROOT,
      env: { ...process.env, PYTHONPATH: ROOT },
      input: asked,
      encoding: "utf8",
    }),
  );
  return found as string[];
}

it("people say things in every way", async () => {
  lan = await town().owner("阿兰", { size: "desktop" });
  mei = await town().friendOf(lan, "小梅");
  await lan.talksWith("小梅");
  await mei.talksWith("阿兰");
  const first = canary("消息");
  await lan.says(first);
  await mei.reads(first);
  const answer = canary("回复");
  await mei.says(`${answer}\n第二行`);
  await lan.reads(answer);
  const long = canary("长消息");
  await lan.says(`${long}${"很长的话。".repeat(600)}`);
  await mei.reads(long);
});

it("a greeting, a group's name, a draft and a password", async () => {
  bo = await town().arrives("阿波");
  await bo.joins(await lan.invites());
  const greeting = canary("问候");
  await bo.asksFriend("阿兰", greeting);
  await lan.accepts("阿波", greeting);
  const group = canary("群").slice(0, 20);
  canaries.push(group);
  await lan.makesGroup(group, ["小梅", "阿波"]);
  const inGroup = canary("群消息");
  await lan.says(inGroup);
  await bo.talksWith(group);
  await bo.reads(inGroup);
  await mei.talksWith(group);
  await mei.reads(inGroup);
  await mei.writing().fill(canary("草稿"));
  await mei.setsPassword(canary("密码"));
  await mei.isFriendOf("阿兰");
  await mei.page.getByRole("link", { name: "阿兰" }).filter({ visible: true }).first().click();
  await mei.button("person.remark").click();
  const remark = canary("备注").slice(0, 20);
  canaries.push(remark);
  await mei.answersLine(remark);
  await mei.sees(remark);
});

it("what is said while somebody is away waits unreadable, and is read later", async () => {
  await bo.losesNetwork();
  await lan.talksWith("阿波");
  const waiting = canary("离线");
  await lan.says(waiting);
  await lan.allSent();
  expect(look([waiting])).toEqual([]);
  await bo.findsNetwork();
  await bo.talksWith("阿兰");
  await bo.reads(waiting);
});

it("the server has none of it, on disk, in its log or in memory", () => {
  expect(canaries.length).toBeGreaterThan(9);
  expect(look(canaries)).toEqual([]);
  expect(look(["阿兰"]), "the looking glass is blind").not.toEqual([]);
});
