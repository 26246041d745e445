/** Who may add me and how, whom I do not want to hear from, and what takes space on this device. */

import { expect, it } from "vitest";
import type { Key } from "../../web/src/i18n/message.ts";
import { picture } from "../made.ts";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

const town = useTown();
let lan: Person;
let mei: Person;

/** Turns switches of the privacy page and waits until the server has them. */
async function turns(person: Person, on: boolean, ...ways: Key[]): Promise<void> {
  await person.goes("/me/settings/privacy");
  for (const way of ways) {
    const kept = person.page.waitForResponse((answer) => answer.url().endsWith("/api/contacts/rules") && answer.ok());
    await person.page.getByRole("switch", { name: person.t(way), checked: !on }).click();
    await kept;
    await person.page.getByRole("switch", { name: person.t(way), checked: on }).waitFor();
  }
}

async function looksFor(person: Person, name: string): Promise<void> {
  await person.goes("/me"); // what was looked for before is put away
  await person.goes("/contacts/add");
  await person.field("add.label").fill(name);
  await person.button("add.find").click();
}

it("closes the ways to be added: nobody is found by name, and a code makes no friends", async () => {
  lan = await town().owner("阿兰");
  const bo = await town().arrives("老薄");
  await bo.joins(await lan.invites());
  const code = await lan.showsCode();
  await looksFor(bo, "阿兰");
  await bo.field("add.greeting_label").waitFor();

  await turns(lan, false, "ways.by_name", "ways.by_code");
  await lan.goes("/me/code");
  await lan.seesWords("code.closed");
  await looksFor(bo, "阿兰");
  await bo.seesWords("errors.person_unknown");
  await bo.befriendsBy(code);
  await bo.seesWords("requests.sent");
  await lan.reloads();
  await lan.goes("/contacts/requests");
  await lan.seesWords("requests.empty");

  await turns(lan, true, "ways.by_name", "ways.by_code");
  await looksFor(bo, "阿兰");
  await bo.field("add.greeting_label").waitFor();
  await bo.befriendsBy(code);
  await bo.isFriendOf("阿兰");
});

it("hears nothing from a blocked person until she is let out of the list", async () => {
  mei = await town().friendOf(lan, "小梅");
  await mei.talksWith("阿兰");
  await mei.says("到家了");
  await lan.talksWith("小梅");
  await lan.reads("到家了");

  await lan.goes("/contacts");
  await lan.page.getByRole("link", { name: "小梅" }).filter({ visible: true }).first().click();
  await lan.page.getByRole("switch", { name: lan.t("person.block") }).click();
  await lan.confirms("person.block");
  await lan.page.getByRole("switch", { name: lan.t("person.block"), checked: true }).waitFor();
  await mei.says("怎么不回？");
  await mei.button("message.retry").waitFor();
  await lan.talksWith("小梅");
  await lan.reads("到家了");
  expect(await lan.bubble("怎么不回？").count()).toBe(0);

  await lan.goes("/me/settings/privacy");
  await lan.page.getByRole("link", { name: lan.t("blocked.title") }).click();
  await lan.page.getByRole("link", { name: "小梅" }).filter({ visible: true }).first().click();
  await lan.page.getByRole("switch", { name: lan.t("person.block"), checked: true }).click();
  await lan.page.getByRole("switch", { name: lan.t("person.block"), checked: false }).waitFor();
  await lan.goes("/me/settings/blocked");
  await lan.seesWords("blocked.empty");
  await mei.says("我在楼下");
  await lan.talksWith("小梅");
  await lan.reads("我在楼下");
});

it("makes room after a question: the photo goes from here, its message and small picture stay", async () => {
  await lan.talksWith("小梅");
  await mei.talksWith("阿兰");
  await mei.picksPhotos([await picture(mei.page, "饺子.jpg")]);
  await mei.button("chat.send").last().click();
  await lan.pictures().first().waitFor();
  await lan.pictures().first().click();
  await lan.page.getByRole("dialog").locator("img[src^='blob:']:not(.small)").first().waitFor();
  await lan.button("media.close").click();

  await lan.goes("/me/settings/storage");
  const photos = lan.page.getByRole("button", { name: lan.t("storage.picture") });
  await photos.click();
  await lan.confirms("storage.clear");
  await photos.waitFor({ state: "detached" });
  await lan.talksWith("小梅");
  await lan.seesWords("media.cleared");
  await lan.reads("到家了");
  await lan.pictures().first().click();
  await lan.seesWords("errors.media_cleared");
  await lan.button("media.close").click();
  await mei.pictures().first().click();
  await mei.page.getByRole("dialog").locator("img[src^='blob:']:not(.small)").first().waitFor();
});
