/** 外婆 uses care mode: large, plain, and read aloud. Her browser has a Chinese voice, or none. */

import { expect, it } from "vitest";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";
import { hasVoices, heard } from "./voices.ts";

const town = useTown();
let lan: Person;
let mei: Person;
let grandma: Person;

it("the invitation brings care mode along, and the first page has four large buttons", async () => {
  lan = await town().owner("阿兰");
  grandma = await town().arrives("外婆");
  await hasVoices(grandma.page, ["zh-CN", "en-US"]);
  await grandma.joins(await lan.invites(1, true));
  expect(await grandma.page.evaluate(() => document.documentElement.dataset["care"])).toBe("on");
  const main = grandma.page.getByRole("list", { name: grandma.t("care.main") }).getByRole("link");
  await expect.poll(() => main.count()).toBe(4);
  for (const box of await main.evaluateAll((all) => all.map((one) => one.getBoundingClientRect().toJSON()))) {
    expect(Math.min(box.width, box.height)).toBeGreaterThanOrEqual(96);
  }
});

it("a friend request is on the first page", async () => {
  await lan.asksFriend("外婆", "外婆，我是兰兰");
  await grandma.page.getByRole("link", { name: grandma.t("care.asking", { count: 1 }) }).click();
  await grandma.page.getByRole("button", { name: grandma.t("requests.accept") }).click();
  await grandma.writing().waitFor();
  mei = await town().friendOf(grandma, "小梅");
  await grandma.goes("/");
  await grandma.page.getByRole("button", { name: "小梅" }).waitFor();
});

it("what is new is read aloud with a voice of the device, and is read then", async () => {
  await lan.talksWith("外婆");
  await lan.says("晚上来吃饺子。七点好吗？");
  await mei.talksWith("外婆");
  await mei.says("See you soon!");
  await grandma.page.getByText(grandma.t("aloud.read_all", { count: 2 })).click();
  await expect.poll(() => heard(grandma)).toContain("zh-CN: 七点好吗？");
  await expect.poll(async () => (await heard(grandma)).length).toBe(3);
  expect((await heard(grandma)).sort()).toEqual([
    "zh-CN: 七点好吗？",
    "zh-CN: 小梅说：See you soon!",
    "zh-CN: 阿兰说：晚上来吃饺子。",
  ]);
  await expect.poll(() => grandma.page.locator(".main .badge").count()).toBe(0);
});

it("one message is read aloud from its own button, in its own language", async () => {
  await grandma.page.getByRole("button", { name: "小梅" }).click();
  await grandma.page
    .getByRole("button", { name: grandma.t("aloud.read"), exact: true })
    .last()
    .click();
  await expect.poll(() => heard(grandma)).toContain("en-US: See you soon!");
});

it("new messages are read together when the chat is opened", async () => {
  await grandma.goes("/");
  await mei.says("我到楼下了");
  await mei.says("带了草莓");
  await grandma.page.getByText(grandma.t("aloud.read_all", { count: 2 })).waitFor();
  await grandma.page.getByRole("button", { name: "小梅" }).click();
  await grandma.button("aloud.read_all", { count: 2 }).click();
  await expect.poll(() => heard(grandma)).toContain("zh-CN: 小梅说：带了草莓");
});

it("nothing needs a gesture: messages and chats have their menus in sight", async () => {
  await grandma.page
    .getByRole("button", { name: grandma.t("chat.message_menu") })
    .last()
    .click();
  await grandma.page.getByRole("menuitem", { name: grandma.t("common.delete") }).waitFor();
  await grandma.page.keyboard.press("Escape");
  await grandma.opensChats();
  await grandma.page.getByRole("button", { name: grandma.t("chats.more_of", { name: "小梅" }) }).click();
  await grandma.page.getByRole("menuitem", { name: grandma.t("chats.pin") }).click();
  await expect.poll(() => grandma.rows().first().locator(".title").innerText()).toBe("小梅");
});

it("the text grows and shrinks from the first page", async () => {
  await grandma.goes("/");
  const size = (): Promise<number> =>
    grandma.page.evaluate(() => Number.parseFloat(getComputedStyle(document.documentElement).fontSize));
  const before = await size();
  await grandma.page.getByRole("button", { name: grandma.t("care.larger") }).click();
  await expect.poll(size).toBeGreaterThan(before);
  await grandma.page.getByRole("button", { name: grandma.t("care.smaller") }).click();
  await expect.poll(size).toBe(before);
});

it("a device without a voice says so, and what to do", async () => {
  const bo = await town().arrives("阿波", { care: true });
  await hasVoices(bo.page, []);
  await bo.joins(await lan.showsCode());
  await lan.talksWith("阿波");
  await lan.says("听得见吗");
  await bo.page.getByText(bo.t("aloud.read_all", { count: 1 })).click();
  await bo.seesWords("aloud.no_voice");
  expect(await heard(bo)).toEqual([]);
});

it("one switch leads out of care mode and back", async () => {
  await grandma.goes("/me/settings");
  const care = grandma.page.getByRole("switch", { name: grandma.t("care.name") });
  await care.click();
  await grandma.goes("/");
  await grandma.row("小梅").waitFor();
  await grandma.goes("/me/settings");
  await care.click();
  await grandma.goes("/");
  await grandma.page.getByRole("list", { name: grandma.t("care.main") }).waitFor();
});
