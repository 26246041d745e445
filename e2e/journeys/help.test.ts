/** 外婆 asks 阿兰 for help with her settings, and 阿兰 sees only how things are set. */

import { expect, it } from "vitest";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

const CANARY = "金丝雀的话";
const town = useTown();
let lan: Person;
let grandma: Person;

/** Chooses a value of a setting on the helper's page. */
async function proposes(setting: string, value: string): Promise<void> {
  await lan.page.getByRole("button", { name: setting }).click();
  await lan.page.getByRole("menuitem", { name: value, exact: true }).click();
}

it("she asks in three taps, and a card leads the helper to her settings", async () => {
  lan = await town().owner("阿兰");
  grandma = await town().friendOf(lan, "外婆", { care: true });
  await lan.talksWith("外婆");
  await lan.says(CANARY);
  await grandma.goes("/");
  await grandma.page.getByRole("link", { name: grandma.t("care.help") }).click();
  await grandma.page
    .getByRole("list", { name: grandma.t("aid.who") })
    .getByRole("button", { name: "阿兰" })
    .click();
  await grandma.confirms("aid.ask_do");
  await grandma.page.getByRole("heading", { name: grandma.t("aid.title") }).waitFor();
  await lan.page.getByText(lan.t("aid.card_open")).click();
  await lan.seesWords("aid.on_page", { name: "外婆", page: lan.t("aid.page.other") });
  await grandma.seesWords("aid.is_helping", { name: "阿兰" });
});

it("the drawing follows her from page to page, and has nothing of hers in it", async () => {
  await grandma.goes("/");
  await lan.seesWords("aid.on_page", { name: "外婆", page: lan.t("aid.page.home") });
  await grandma.talksWith("阿兰");
  await lan.seesWords("aid.on_page", { name: "外婆", page: lan.t("aid.page.chat") });
  expect(await lan.page.locator("div.detail").innerText()).not.toContain(CANARY);
});

it("a change is made when she has agreed, and not when she has not", async () => {
  await proposes(lan.t("settings.text_size"), lan.t("text_size.largest"));
  await grandma.sees(
    grandma.t("aid.proposal", {
      name: "阿兰",
      setting: grandma.t("settings.text_size"),
      value: grandma.t("text_size.largest"),
    }),
  );
  await grandma.confirms("aid.agree");
  await lan.seesWords("aid.agreed");
  expect(await grandma.page.evaluate(() => document.documentElement.dataset["text"])).toBe("largest");
  await proposes(lan.t("care.name"), lan.t("aid.off"));
  await grandma.confirms("common.cancel");
  await lan.seesWords("aid.refused");
  expect(await grandma.page.evaluate(() => document.documentElement.dataset["care"])).toBe("on");
});

it("with leave given once, changes are made at once and told", async () => {
  await grandma.goes("/care/help");
  await grandma.page.getByRole("switch").click();
  await proposes(lan.t("settings.appearance"), lan.t("appearance.dark"));
  await grandma.seesWords("aid.changed_by", {
    name: "阿兰",
    setting: grandma.t("settings.appearance"),
    value: grandma.t("appearance.dark"),
  });
  await expect.poll(() => grandma.page.evaluate(() => document.documentElement.dataset["theme"])).toBe("dark");
});

it("either ends it, and the card says so", async () => {
  await grandma.button("aid.end_long").click();
  await lan.seesWords("aid.over");
  await lan.talksWith("外婆");
  await lan.seesWords("aid.card_over");
  await grandma.page.getByRole("list", { name: grandma.t("aid.who") }).waitFor();
});
