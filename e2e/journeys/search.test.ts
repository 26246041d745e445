/** Finding people and what was said: by writing, in the other script, by sound; and going there. */

import { describe, expect, it } from "vitest";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

const LINES = 70;

describe("searching", () => {
  const town = useTown();
  let lan: Person;
  let mei: Person;

  it("is one field over people, groups and everything said", async () => {
    lan = await town().owner("阿兰");
    mei = await town().friendOf(lan, "小梅");
    await lan.isFriendOf("小梅");
    await lan.makesGroup("周末爬山", ["小梅"]);
    await lan.says("山脚的位置发一下");
    await mei.talksWith("阿兰");
    await mei.says("老地方，位置没变");
    await mei.saysAll(Array.from({ length: LINES }, (_, line) => `闲话第${line}句`));
    await mei.says("發個位置給我");
    await mei.allSent();
    await lan.talksWith("小梅");
    await lan.reads("發個位置給我");

    await lan.goes("/");
    await lan.page
      .getByRole("link", { name: lan.t("search.title"), exact: true })
      .filter({ visible: true })
      .click();
    await lan.searches("位置");
    await lan.found("search.messages").filter({ hasText: "周末爬山" }).getByText("山脚的位置发一下").waitFor();
    await lan
      .found("search.messages")
      .filter({ hasText: "小梅" })
      .getByText(lan.t("search.count", { count: 2 }))
      .waitFor();
    for (const sound of ["wz", "weizhi", "发個位置", "发 位"]) {
      await lan.searches(sound);
      await lan.found("search.messages").filter({ hasText: "小梅" }).first().waitFor();
    }
    for (const name of ["xm", "梅", "xiaom"]) {
      await lan.searches(name);
      await lan.found("search.people").filter({ hasText: "小梅" }).first().waitFor();
      await lan.found("search.groups").filter({ hasText: "周末爬山" }).first().waitFor();
    }
    await lan.talksWith("小梅");
    await lan.doesWith("發個位置給我", "action.favourite");
    await lan.seesWords("favourites.kept");
    await lan.goes("/search");
    await lan.searches("wzgw");
    await lan.found("favourites.title").filter({ hasText: "發個位置給我" }).click();
    await lan.seesWords("favourites.title");
    await lan.page.goBack();
    await lan.searches("没有人说过的话");
    await lan.seesWords("search.nothing");
  });

  it("leads to the place, reads on from there, and back to the newest", async () => {
    await lan.searches("位置");
    await lan.found("search.messages").filter({ hasText: "小梅" }).first().click();
    await lan.found("小梅").filter({ hasText: "老地方" }).click();
    const place = lan.bubble("老地方，位置没变");
    await place.waitFor();
    await expect.poll(() => isOnScreen(lan, "老地方，位置没变")).toBe(true);
    expect(await lan.bubble(`闲话第${LINES - 1}句`).count()).toBe(0);
    await lan.button("chat.to_newest").click();
    await expect.poll(() => isOnScreen(lan, "發個位置給我")).toBe(true);
    await lan.page.goBack();
    await lan.found("小梅").filter({ hasText: "老地方" }).waitFor();
    await lan.page.goBack();
    await lan.found("search.messages").filter({ hasText: "小梅" }).first().waitFor();
    expect(await lan.field("search.title").inputValue()).toBe("位置");
  });

  it("keeps what was looked for on this device, until it is cleared", async () => {
    await lan.goes("/");
    await lan.goes("/search");
    await lan.page
      .getByRole("region", { name: lan.t("search.recent") })
      .getByRole("button", { name: "位置" })
      .first()
      .waitFor();
    await lan.button("search.forget_all").click();
    await lan.goes("/");
    await lan.goes("/search");
    await lan.seesWords("search.filters");
    expect(await lan.page.getByRole("region", { name: lan.t("search.recent") }).count()).toBe(0);
  });

  it("looks within a chat by member and by day", async () => {
    await lan.talksWith("周末爬山");
    await lan.opensDetails();
    await lan.page.getByRole("link", { name: lan.t("search.in_chat") }).click();
    await lan.button("search.by_member").click();
    await lan.page.getByRole("button", { name: "阿兰" }).click();
    await lan.found("周末爬山").filter({ hasText: "山脚的位置" }).waitFor();
    await lan.button("search.drop", { name: "阿兰" }).click();
    await lan.button("search.by_date").click();
    const days = lan.page.locator("ol button:enabled");
    await days.first().waitFor();
    expect(await days.count()).toBe(1);
    await days.first().click();
    await lan.reads("山脚的位置发一下");
  });

  it("forgets what is deleted", async () => {
    await mei.talksWith("周末爬山");
    await lan.goes("/search");
    await lan.searches("山脚");
    await lan.found("search.messages").filter({ hasText: "周末爬山" }).waitFor();
    await lan.talksWith("周末爬山");
    await lan.opensDetails();
    await lan.button("chat.clear").click();
    await lan.confirms("chat.clear_do");
    await lan.goes("/search");
    await lan.searches("山脚");
    await lan.seesWords("search.nothing");
  });
});

function isOnScreen(person: Person, words: string): Promise<boolean> {
  return person.page.evaluate((text) => {
    const bubble = [...document.querySelectorAll("[data-message]")].find((one) => one.textContent?.includes(text));
    const box = bubble?.getBoundingClientRect();
    return box !== undefined && box.top >= 0 && box.bottom <= innerHeight;
  }, words);
}
