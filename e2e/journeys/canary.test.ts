/**
 * Distinctive words, said in every way the app has, and bytes of every picture and sound, are looked for in all the server has: its folder, its
 * write-ahead log, what it printed, and every readable page of its memory (what a core dump would hold).
 */

import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, it } from "vitest";
import { film, picture } from "../made.ts";
import type { Person } from "../person.ts";
import { keepsBlobs, samplesOfShown } from "../shown.ts";
import { confirms, withMoney } from "../wallet.ts";
import { useTown } from "./use-town.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const town = useTown();
const canaries: string[] = [];
let lan: Person;
let mei: Person;
let bo: Person;

/** What all of them begin with: where it is not found in any shape, none of them is. */
const SONG = "金丝雀金丝雀";

/** A text nobody else writes, in Chinese and Latin letters. */
function canary(what: string): string {
  const made = `${SONG}${what}-${randomBytes(6).toString("hex")}`;
  canaries.push(made);
  return made;
}

const SOON = { timeout: 40_000 };

function look(texts: string[], bytes: string[] = []): string[] {
  const secrets = [...new Set(texts.map((text) => (text.startsWith(SONG) ? SONG : text)))];
  const server = town().server;
  const printed = join(server.folder, "..", `${server.pid}.printed`);
  writeFileSync(printed, server.output);
  const python = join(ROOT, ".venv/bin/python");
  const asked = JSON.stringify({ pid: server.pid, paths: [server.folder, printed], secrets, bytes });
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

/** The sealed files of messages that the server has; backups lie beside them. */
function sealedFiles(): string[] {
  const folder = join(town().server.folder, "blobs", "media");
  const below = readdirSync(folder, { recursive: true, withFileTypes: true });
  return below.filter((one) => one.isFile()).map(({ name }) => name);
}

async function findsOnLine(person: Person, label: RegExp): Promise<void> {
  await person.bubbles().getByRole("button", { name: label }).last().click();
}

it("people say things in every way", async () => {
  lan = await town().owner("阿兰", { size: "desktop" });
  mei = await town().arrives("小梅");
  await keepsBlobs(mei);
  await mei.joins(await lan.showsCode());
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

let group: string;
/** What mei calls lan by now. */
let remark: string;

it("a greeting, a group's name, a draft and a password", async () => {
  bo = await town().arrives("阿波");
  await bo.joins(await lan.invites());
  const greeting = canary("问候");
  await bo.asksFriend("阿兰", greeting);
  await lan.accepts("阿波", greeting);
  const title = canary("群").slice(0, 20);
  canaries.push(title);
  await lan.makesGroup(title, ["小梅", "阿波"]);
  group = new URL(lan.page.url()).pathname;
  const inGroup = canary("群消息");
  await lan.says(inGroup);
  await bo.talksWith(title);
  await bo.reads(inGroup);
  await mei.talksWith(title);
  await mei.reads(inGroup);
  await mei.writing().fill(canary("草稿"));
  await mei.setsPassword(canary("密码"));
  await mei.isFriendOf("阿兰");
  await mei.page.getByRole("link", { name: "阿兰" }).filter({ visible: true }).first().click();
  await mei.button("person.remark").click();
  remark = canary("备注").slice(0, 20);
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

it("a file, a photo, a video, a voice message and a sticker; all are fetched, and no blob is left", async () => {
  await lan.context.grantPermissions(["microphone"]);
  await lan.talksWith("小梅");
  await mei.talksWith(remark);
  const name = `${canary("文件名")}.txt`;
  await lan.picksFiles([{ name, mimeType: "text/plain", buffer: Buffer.from(canary("文件").repeat(200)) }]);
  await lan.button("chat.send").last().click();
  await mei.page.getByRole("button", { name }).waitFor();
  expect(sealedFiles(), "it waits for mei there").not.toEqual([]);
  await Promise.all([mei.page.waitForEvent("download"), mei.page.getByRole("button", { name }).click()]);
  await lan.picksPhotos([await picture(lan.page, `${canary("图片名")}.jpg`, { width: 1200, height: 900 })]);
  await lan.page.getByLabel(lan.t("attach.original")).check({ force: true });
  await lan.button("chat.send").last().click();
  await mei.pictures().first().click();
  await mei.page.getByRole("dialog").locator("img[src^='blob:']").first().waitFor();
  await mei.button("media.close").click();
  await lan.picksPhotos([await film(lan.page, `${canary("视频名")}.webm`)]);
  await lan.page.getByRole("dialog").locator("video").waitFor();
  await lan.button("chat.send").last().click();
  await findsOnLine(mei, /播放视频/);
  await mei.page.getByRole("dialog").locator("video").waitFor();
  await mei.button("media.close").click();
  await lan.button("voice.switch").click();
  await lan.holdsToTalk(1_800);
  await findsOnLine(mei, /播放语音/);
  await lan.button("chat.keyboard").first().click();
  await lan.button("chat.emoji").click();
  await lan.page.getByRole("tab", { name: lan.t("sticker.goose") }).click();
  await lan.page.getByRole("button", { name: /加油/ }).click();
  await mei.page
    .getByRole("img", { name: mei.t("kind.sticker") })
    .locator("img")
    .waitFor();
  await lan.allSent();
  await expect.poll(sealedFiles, SOON).toEqual([]);
});

it("an answer, a reaction, a change, what is taken back, a nudge, a place, a card, a link and a record", async () => {
  const asked = canary("问");
  const answered = canary("答");
  const wrong = canary("错");
  const better = canary("对");
  const gone = canary("撤");
  await lan.says(asked);
  await mei.doesWith(asked, "action.quote");
  await mei.says(answered);
  await lan.reads(answered);
  await mei.reactsTo(asked, "👍");
  await lan.page.getByRole("button", { name: /👍\s*小梅/ }).waitFor();
  await lan.says(wrong);
  await lan.doesWith(wrong, "action.edit");
  await lan.writing().fill(better);
  await lan.button("common.done").click();
  await mei.reads(better);
  await lan.says(gone);
  await mei.reads(gone);
  await lan.doesWith(gone, "action.recall");
  await mei.seesWords("message.recalled_by", { name: remark });
  await lan.page.getByRole("link", { name: "小梅", exact: true }).first().dblclick();
  await mei.sees(mei.t("event.you_too"));
  const place = canary("地点");
  await lan.opensMore("more.place");
  await lan.field("place.name").fill(place);
  await lan.field("place.at").fill("25.03371, 121.56533");
  canaries.push("25.03371", "121.56533");
  await lan.button("chat.send").click();
  await mei.reads(place);
  await lan.opensMore("more.card");
  await lan.picks("阿波");
  await lan.button("chat.send").click();
  await lan.confirms("chat.send");
  await mei.reads("阿波");
  const host = `canary-${randomBytes(8).toString("hex")}.example`;
  canaries.push(host);
  await lan.writing().fill(`https://${host}/`);
  await lan.button("link.as_card").click();
  await lan.answersLine(canary("链接").slice(0, 40));
  await mei.reads(host);
  await lan.doesWith(asked, "action.select");
  await lan.bubble(place).click({ force: true });
  await lan.button("action.forward").click();
  await lan.page.getByRole("menuitem", { name: lan.t("forward.merged") }).click();
  await lan.picks("阿波");
  await lan.button("common.done").click();
  await lan.confirms("chat.send");
  await bo.talksWith("阿兰");
  await bo.page.getByRole("link", { name: /聊天记录/ }).click();
  await bo.sees(asked);
});

it("what was said and shown in a group before somebody came, handed over to her", async () => {
  await lan.goes(group);
  const earlier = canary("进群前");
  await lan.says(earlier);
  await lan.picksPhotos([await picture(lan.page, `${canary("旧图")}.jpg`, { width: 800, height: 600 })]);
  await lan.button("chat.send").last().click();
  await lan.allSent();
  const wang = await town().friendOf(lan, "老王");
  await lan.goes(`${group}/add`);
  await lan.page.getByRole("button", { name: lan.t("group.history") }).click();
  await lan.page.getByRole("menuitem", { name: lan.t("group.history_all") }).click();
  await lan.picks("老王");
  await lan.button("common.done").click();
  await wang.goes(group);
  await wang.reads(earlier);
  await wang.page
    .getByText(wang.t("message.vouched", { name: "阿兰" }))
    .first()
    .waitFor();
  await wang.pictures().last().click();
  await wang.page.getByRole("dialog").locator("img[src^='blob:']").first().waitFor();
  await expect.poll(sealedFiles, SOON).toEqual([]);
});

it("what a group says of itself, what she is called in it, and what she says of herself", async () => {
  await lan.goes(`${group}/announcement`);
  await lan.button("group.announcement_write").click();
  const announced = canary("公告");
  await lan.field("group.announcement_label").fill(announced);
  await lan.button("group.announcement_publish").click();
  await lan.confirms("group.announcement_publish");
  await mei.goes(group);
  await mei.sees(announced);
  await lan.goes(`${group}/info`);
  await lan.page.getByRole("button", { name: lan.t("group.nickname") }).click();
  const nickname = canary("群昵称").slice(0, 20);
  canaries.push(nickname);
  await lan.answersLine(nickname);
  await bo.goes(group);
  await bo.sees(nickname);
  await lan.goes("/me/profile");
  await lan.page.getByRole("button", { name: lan.t("profile.status") }).click();
  const status = canary("状态");
  await lan.answersLine(status);
  await mei.goes("/contacts");
  await mei.page.getByRole("link", { name: remark }).filter({ visible: true }).first().click();
  await mei.sees(status);
});

it("words that go with money: of a packet, a transfer, a collection and a receive code [GF3] [PY1] [PY4]", async () => {
  await withMoney(lan, [mei]);
  await lan.talksWith("小梅");
  const chat = new URL(lan.page.url()).pathname;
  const greeting = canary("祝福");
  await lan.opensMore("more.packet");
  await lan.page.getByLabel(lan.t("gift.amount")).fill("1");
  await lan.field("gift.greeting").fill(greeting);
  await lan.button("gift.put_in").click();
  await confirms(lan);
  await lan.sees(greeting);
  const words = canary("转账说明");
  await lan.opensMore("more.transfer");
  await lan.page.getByLabel(lan.t("wallet.amount")).fill("1");
  await lan.field("gift.words_label").fill(words);
  await lan.button("gift.transfer").click();
  await confirms(lan);
  await lan.sees(words);
  const purpose = canary("收款事由").slice(0, 40);
  canaries.push(purpose);
  await lan.goes(`${chat}/collect`);
  await lan.field("collect.title").fill(purpose);
  await lan.page.getByLabel(lan.t("wallet.amount")).fill("1");
  await lan.button("collect.start").click();
  await lan.sees(purpose);
  await mei.opensChats();
  await mei.talksWith(remark);
  for (const one of [greeting, purpose]) await mei.page.getByText(one).filter({ visible: true }).first().waitFor();
  await mei.goes("/wallet/receive");
  await mei.page.getByRole("button", { name: mei.t("pay.set_amount") }).click();
  await mei.answersLine("1");
  const told = canary("收款备注").slice(0, 30);
  canaries.push(told);
  await mei.answersLine(told);
  await mei.sees(told);
  expect(look([greeting, words, purpose, told])).toEqual([]);
});

it("the server has none of it, on disk, in its log or in memory", async () => {
  const shown = await samplesOfShown(mei);
  expect(canaries.length).toBeGreaterThan(25);
  const types = shown.map(({ type }) => type.split("/")[0]);
  expect(types, "of what she saw and heard").toEqual(expect.arrayContaining(["image", "video", "audio"]));
  expect(look(canaries, [...new Set(shown.map(({ sample }) => sample))])).toEqual([]);
  expect(look(["阿兰"]), "the looking glass is blind").not.toEqual([]);
});
