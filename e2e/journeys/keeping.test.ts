/** Chats kept as in WeChat: pinned, muted, marked, folded, hidden, with a background, cleared. */

import type { Locator } from "playwright-core";
import { expect, it } from "vitest";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

const town = useTown();
let lan: Person;
let mei: Person;
let bo: Person;

/** Opens the menu of a line and takes one of its choices. */
async function chooses(person: Person, line: Locator, choice: string): Promise<void> {
  await line.click({ button: "right" });
  await person.page.getByRole("menuitem", { name: choice, exact: true }).click();
}

function tab(person: Person): Locator {
  return person.page.getByRole("navigation").getByRole("link", { name: person.t("tabs.chats") });
}

async function titles(person: Person): Promise<string[]> {
  return person.rows().locator(".title").allInnerTexts();
}

async function switches(person: Person, name: string): Promise<void> {
  await person.page.getByRole("switch", { name, exact: false }).click();
}

it("three people and a group", async () => {
  lan = await town().owner("阿兰");
  mei = await town().friendOf(lan, "小梅");
  bo = await town().friendOf(lan, "阿波");
  await lan.isFriendOf("小梅");
  await lan.isFriendOf("阿波");
  await lan.makesGroup("小区群", ["小梅", "阿波"]);
  await lan.says("大家好");
  await mei.talksWith("小区群");
  await mei.reads("大家好");
  await bo.talksWith("阿兰");
  await bo.says("在吗");
  await lan.goes("/");
  await lan.sees("在吗");
});

it("pins a chat to the top, on grey", async () => {
  expect((await titles(lan))[0]).toBe("阿波");
  const plain = await lan.row("阿波").evaluate((row) => getComputedStyle(row).backgroundColor);
  await chooses(lan, lan.row("小梅"), lan.t("chats.pin"));
  await expect.poll(() => titles(lan)).toEqual(["小梅", "阿波", "小区群"]);
  const pinned = await lan.row("小梅").evaluate((row) => getComputedStyle(row).backgroundColor);
  expect(pinned).not.toBe(plain);
});

it("counts what is unread, and a muted chat leaves only a dot", async () => {
  expect(await tab(lan).innerText()).toContain("1");
  await lan.row("阿波").click();
  await lan.reads("在吗");
  await lan.goes("/");
  await expect.poll(() => tab(lan).locator(".badge").count()).toBe(0);
  await chooses(lan, lan.row("小区群"), lan.t("chats.mute"));
  await lan.row("小区群").getByText(lan.t("chats.muted")).waitFor({ state: "attached" });
  await mei.says("有人拼车吗");
  await mei.says("七点出发");
  await lan.row("小区群").locator(".badge.dot").waitFor();
  await lan.sees("七点出发");
  await tab(lan).locator(".badge.dot").waitFor();
  expect(await lan.page.title()).not.toMatch(/\d/);
});

it("folds the muted group away and finds it again", async () => {
  await lan.row("小区群").click();
  await lan.opensDetails();
  await switches(lan, lan.t("chat.fold"));
  await mei.says("还有两个座位");
  await lan.goes("/");
  const entry = lan.row(lan.t("chats.folded"));
  await entry.locator(".badge.dot").waitFor();
  await lan.sees("小区群：小梅：还有两个座位");
  expect(await lan.row("小区群").count()).toBe(0);
  await entry.click();
  await lan.page
    .getByRole("list", { name: lan.t("chats.folded") })
    .getByRole("link")
    .click();
  await lan.reads("还有两个座位");
  await lan.opensDetails();
  await switches(lan, lan.t("chat.mute"));
  await lan.goes("/");
  await lan.row("小区群").waitFor();
  expect(await lan.row(lan.t("chats.folded")).count()).toBe(0);
});

it("marks a chat as unread by a swipe", async () => {
  const box = await lan.row("阿波").boundingBox();
  if (box === null) throw new Error("no line to swipe");
  const client = await lan.context.newCDPSession(lan.page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", x: number): Promise<unknown> =>
    client.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: type === "touchEnd" ? [] : [{ x, y: box.y + box.height / 2 }],
    });
  await touch("touchStart", 340);
  for (let x = 330; x > 40; x -= 30) await touch("touchMove", x);
  await touch("touchEnd", 40);
  const mark = lan.page.locator(".actions:not(.away)").getByText(lan.t("chats.mark_unread"));
  await mark.click();
  await lan.row("阿波").getByText(lan.t("chats.marked_unread")).waitFor({ state: "attached" });
  expect(await tab(lan).innerText()).toContain("1");
  await lan.goes("/me");
  await lan.goes("/");
  await lan.row("阿波").click();
  await lan.writing().waitFor();
  await lan.goes("/");
  await expect.poll(() => tab(lan).locator(".badge").count()).toBe(0);
});

it("takes a chat off the list; the next message brings it back with all that was said", async () => {
  await chooses(lan, lan.row("阿波"), lan.t("chats.hide"));
  await expect.poll(() => lan.row("阿波").count()).toBe(0);
  await bo.says("晚上吃什么");
  await lan.row("阿波").click();
  await lan.reads("在吗");
  await lan.reads("晚上吃什么");
});

it("puts a picture behind the words", async () => {
  await lan.opensDetails();
  await lan.page.getByRole("link", { name: lan.t("chat.background") }).click();
  await lan.page.getByRole("radio", { name: lan.t("background.river") }).check({ force: true });
  await lan.page.getByRole("button", { name: lan.t("common.back") }).click();
  await lan.sees(lan.t("background.river"));
  await lan.page.getByRole("button", { name: lan.t("common.back") }).click();
  await lan.page.locator('[data-background="river"]').waitFor();
});

it("clears a chat, which stays on the list, empty; the other side keeps what was said", async () => {
  await lan.opensDetails();
  await lan.button("chat.clear").click();
  await lan.confirms("chat.clear_do");
  await lan.seesWords("chat.cleared");
  await lan.goes("/");
  await lan.row("阿波").click();
  await lan.writing().waitFor();
  await expect.poll(() => lan.bubbles().count()).toBe(0);
  await bo.reads("在吗");
});

it("deletes a chat from its menu", async () => {
  await lan.goes("/");
  await chooses(lan, lan.row("阿波"), lan.t("chats.delete_chat"));
  await lan.confirms("chats.delete");
  await expect.poll(() => lan.row("阿波").count()).toBe(0);
});
