import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Message } from "../../src/core/api.ts";
import { bytesOf, file, gets, place } from "./world/files.ts";
import { SdkPlayer } from "./world/players.ts";
import { useTown } from "./world/town.ts";

/** What one client says, the other shows: the app's core and the Python SDK, kind by kind. */

const town = useTown();
let mei: SdkPlayer;
let folder: string;
let chat: string; // as lan has it
let chatOfMei: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hongyan-files-"));
  const { link } = await town.lan.call("myCode", undefined);
  mei = await SdkPlayer.joined("mei", link);
  const { lan } = town;
  const friends = await lan.until("contacts", undefined, (all) => all.some(({ name }) => name === "mei"));
  chat = `d:${friends.find(({ name }) => name === "mei")?.id}`;
  chatOfMei = String(await mei.ask("direct", { name: "lan" }));
});

afterAll(async () => {
  await mei.stop();
  await rm(folder, { recursive: true, force: true });
});

async function shows(text: string, wanted: (message: Message) => boolean): Promise<Message> {
  const { messages } = await town.lan.until("messages", { chat, before: null, limit: 50 }, (answer) =>
    answer.messages.some((message) => message.text === text && wanted(message)),
  );
  const found = messages.find((message) => message.text === text && wanted(message));
  if (found === undefined) throw new Error("shown and gone");
  return found;
}

it("quotes, reactions and edits, both ways [CO5]", async () => {
  await town.lan.say(chat, "晚上吃什么？");
  await mei.hears(chatOfMei, ["晚上吃什么？"]);
  await mei.ask("quotes", { chat: chatOfMei, text: "晚上吃什么？", with: "饺子" });
  const answer = await shows("饺子", ({ quote }) => quote !== null);
  expect(answer.quote?.text).toBe("晚上吃什么？");
  await mei.ask("reacts", { chat: chatOfMei, text: "晚上吃什么？", emoji: "🥟" });
  await shows("晚上吃什么？", ({ reactions }) => reactions.some(({ emoji }) => emoji === "🥟"));
  await mei.ask("edits", { chat: chatOfMei, text: "饺子", to: "三鲜饺子" });
  await shows("三鲜饺子", ({ edited }) => edited);
  await town.lan.call("react", { id: answer.id, emoji: "👍", on: true });
  expect(await mei.ask("reactions", { chat: chatOfMei, text: "三鲜饺子" })).toEqual(["👍"]);
});

it("shows its profile to friends [PR1]", async () => {
  await mei.ask("show", { status: "在线，随时回答" });
  await town.lan.until("profiles", undefined, (all) => all.some(({ status }) => status === "在线，随时回答"));
});

it("files, both ways [ME5] [ME6]", async () => {
  const picture = file(300_000, { name: "饺子.webp", width: 1600, height: 1200 });
  await town.lan.call("sendFiles", { chat, files: [picture] });
  const saved = String(await mei.ask("save_file", { chat: chatOfMei, name: "饺子.webp", path: folder }));
  expect((await readFile(saved)).equals(await bytesOf(picture.content))).toBe(true);
  const content = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (13 * i) % 256));
  await writeFile(join(folder, "账单.pdf"), content);
  await mei.ask("send_file", { chat: chatOfMei, path: join(folder, "账单.pdf") });
  const got = await gets(town.lan, chat, "账单.pdf");
  expect(got.detail).toMatchObject({ kind: "file", type: "application/pdf", bytes: 200_000 });
  expect((await bytesOf(await town.lan.call("media", { id: got.id }))).equals(content)).toBe(true);
  await place(town.lan, got.id, "here");
});

it("a group's code lets the one into the other's group [GP9]", async () => {
  const bo = await town.friend("bo");
  const group = await town.lan.call("createGroup", { people: [bo.id], name: "周末" });
  const { link } = await town.lan.call("groupCode", { chat: group });
  await mei.ask("join_group", { link });
  await mei.isIn(group);
  await town.lan.say(group, "欢迎");
  await mei.hears(group, ["欢迎"]);
  const wang = await town.friend("wang");
  const code = String(await mei.ask("group_code", { chat: group }));
  await wang.call("askToJoin", { link: code });
  await wang.group(({ title }) => title === "周末");
  const person = chat.slice(2);
  await town.lan.call("send", { chat: group, text: "@mei 看看", mentions: [person] });
  await town.lan.say(group, "大家好");
  await mei.hears(group, ["@mei 看看", "大家好"]);
  expect(await mei.ask("is_called", { chat: group, text: "@mei 看看" })).toBe(true);
  expect(await mei.ask("is_called", { chat: group, text: "大家好" })).toBe(false);
  await mei.say(group, "又来了一位");
  await wang.hears(group, "又来了一位");
});

it("each follows the rules of the other's groups [GP1] [GP2] [GP4] [GP8] [GH6]", async () => {
  const { lan } = town;
  const rules = async (chat: string, wanted: string[]) => {
    await expect.poll(() => mei.ask("rules", { chat }), { timeout: 20_000 }).toEqual(wanted);
  };
  const wen = await town.friend("wen");
  const made = String(await mei.ask("make_group", { names: ["lan"], name: "值日" }));
  const group = await lan.group(({ title }) => title === "值日");
  expect(group).toBe(made);
  await rules(made, ["值日", "everyone", "none"]);
  await lan.call("renameGroup", { chat: made, name: "值日表" });
  await rules(made, ["值日表", "everyone", "none"]);

  const hers = await lan.call("createGroup", { people: [wen.id, chat.slice(2)], name: "读书" });
  await mei.isIn(hers);
  await lan.call("setGroupRule", { chat: hers, history: "last", adding: "approval" });
  await rules(hers, ["读书", "approval", "last"]);

  await lan.call("setAdmin", { chat: hers, person: chat.slice(2), on: true });
  const { link } = await wen.call("groupCode", { chat: await wen.group(({ title }) => title === "读书") });
  const [zhao, qian] = [await town.friend("zhao"), await town.friend("qian")];
  await zhao.call("askToJoin", { link });
  await qian.call("askToJoin", { link });
  await mei.ask("asked", { name: "zhao" });
  await mei.ask("asked", { name: "qian" });
  expect(await mei.ask("keep_out", { name: "qian" })).toEqual(["zhao"]);
  await mei.ask("let_in", { name: "zhao" });
  await zhao.group(({ title }) => title === "读书");
  await zhao.say(hers, "谢谢让我进来");
  await mei.hears(hers, ["谢谢让我进来"]);
  await mei.ask("members", { chat: hers, names: ["lan", "wen", "zhao"] });
});
