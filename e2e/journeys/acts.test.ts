/** What people do with messages, where a thumb expects it: between two and in a group, on a telephone. */

import { describe, expect, it } from "vitest";
import { picture } from "../made.ts";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

describe("with messages", () => {
  const town = useTown();
  let lan: Person;
  let mei: Person;

  it("they are friends", async () => {
    lan = await town().owner("阿兰", { size: "phone" });
    mei = await town().friendOf(lan, "小梅", { size: "phone" });
    await mei.talksWith("阿兰");
    await lan.talksWith("小梅");
  });

  it("one is answered by quoting it, and the quote leads back [CO5]", async () => {
    await lan.says("周日来吃饺子吗？");
    await mei.reads("周日来吃饺子吗？");
    await mei.doesWith("周日来吃饺子吗？", "action.quote");
    await mei.says("来！几点？");
    await lan.reads("来！几点？");
    const said = lan.t("chats.last_by", { name: "阿兰", text: "周日来吃饺子吗？" });
    await lan.page.getByRole("button", { name: lan.t("quote.to", { text: said }), exact: true }).click();
    await lan.page.locator("[data-lit]").waitFor();
  });

  it("reactions are put on and taken off, and both see by whom [CO5]", async () => {
    await mei.reactsTo("周日来吃饺子吗？", "👍");
    const pill = lan.page
      .getByRole("list", { name: lan.t("reaction.label") })
      .getByRole("button", { name: /👍\s*小梅/ });
    await pill.waitFor();
    await pill.click();
    await mei.page.getByRole("button", { name: /👍.*小梅.*阿兰/ }).waitFor();
    await mei.reactsTo("周日来吃饺子吗？", "👍");
    await lan.page.getByRole("button", { name: /👍\s*阿兰$/ }).waitFor();
  });

  it("one is changed, and the other side sees that it was [CO5]", async () => {
    await lan.says("十一点");
    await lan.doesWith("十一点", "action.edit");
    await lan.writing().fill("十点半");
    await lan.button("common.done").click();
    await mei.reads("十点半");
    await mei.seesWords("message.edited");
  });

  it("one is taken back on both sides and written anew [CO5]", async () => {
    await lan.says("发错了的话");
    await mei.reads("发错了的话");
    await lan.doesWith("发错了的话", "action.recall");
    await mei.seesWords("message.recalled_by", { name: "阿兰" });
    await lan.seesWords("message.recalled_mine");
    await lan.button("message.write_again").click();
    await lan.page.waitForFunction(() => document.querySelector("textarea")?.value === "发错了的话");
    await lan.writing().fill("");
  });

  it("two taps on a picture nudge (拍一拍)", async () => {
    await lan.page.getByRole("link", { name: "小梅", exact: true }).first().dblclick();
    await mei.seesWords("event.nudged", {
      actor: mei.t("event.person", { name: "阿兰" }),
      people: mei.t("event.you_too"),
    });
  });

  it("a place, a card and a link are sent; the link asks before it leads out [CO6]", async () => {
    await lan.opensMore("more.place");
    await lan.field("place.name").fill("外婆家");
    await lan.field("place.at").fill("25.033, 121.565");
    await lan.button("chat.send").click();
    await mei.reads("外婆家");
    await lan.says("先看 http://192.168.1.1/admin 再说");
    await mei.bubble("192.168.1.1").getByRole("button").click();
    await mei.seesWords("leave.title", { host: "192.168.1.1" });
    await mei.sees(mei.t("leave.inner"));
    await mei.confirms("common.cancel");
    await lan.writing().fill("怎么包饺子 https://example.org/jiaozi");
    await lan.button("link.as_card").click();
    await lan.page
      .getByRole("dialog")
      .getByRole("button", { name: lan.t("common.done"), exact: true })
      .click();
    await mei.reads("example.org");
    await mei.page.getByRole("link", { name: "外婆家" }).click();
    await mei.seesWords("place.open");
    await mei.talksWith("阿兰");
  });

  it("several are ticked and go on as one record, which opens line by line [CO6]", async () => {
    const bo = await town().friendOf(lan, "阿波", { size: "phone" });
    await lan.talksWith("小梅");
    await lan.picksPhotos([await picture(lan.page, "饺子.jpg", { width: 900, height: 600 })]);
    await lan.button("chat.send").last().click();
    await lan.allSent();
    await lan.doesWith("周日来吃饺子吗？", "action.select");
    await lan.bubble("十点半").click({ force: true });
    await lan.bubbles().last().click({ force: true });
    await lan.button("action.forward").click();
    await lan.page.getByRole("menuitem", { name: lan.t("forward.merged") }).click();
    await lan.page.getByRole("checkbox", { name: "阿波" }).check({ force: true });
    await lan.button("common.done").click();
    await lan.confirms("chat.send");
    await bo.talksWith("阿兰");
    await bo.page.getByRole("link", { name: /小梅和阿兰的聊天记录/ }).click();
    await bo.sees("周日来吃饺子吗？");
    await bo.sees("十点半");
    await bo.pictures().click();
    const large = bo.page.getByRole("dialog").locator("img");
    await large.waitFor();
    expect(await large.evaluate((one) => (one as HTMLImageElement).naturalWidth)).toBe(900);
    await bo.page.goBack();
    await large.waitFor({ state: "hidden" });
    await bo.goes("/");
  });

  it("somebody called by name in a group sees it in the list [CO5]", async () => {
    await lan.makesGroup("点名群", ["小梅", "阿波"]);
    await lan.allSent();
    await lan.page.getByRole("textbox", { name: lan.t("chat.write") }).pressSequentially("@");
    await lan.page.getByRole("option", { name: "小梅" }).click();
    await lan.writing().pressSequentially("在吗");
    await lan.button("chat.send").click();
    await mei.goes("/");
    await mei.seesWords("chats.mentioned");
    await mei.talksWith("点名群");
    await mei.seesWords("chat.calls_you");
  });

  it("what is kept is found in 收藏 after the chat has forgotten it [FA1]", async () => {
    await mei.talksWith("阿兰");
    await mei.doesWith("十点半", "action.favourite");
    await mei.seesWords("favourites.kept");
    await mei.goes("/me/favourites");
    await mei.field("favourites.search").fill("十点");
    await mei.sees("十点半");
    await mei.talksWith("阿兰");
  });

  it("messages disappear when that was set, and the chat says so [CO7]", async () => {
    await lan.talksWith("小梅");
    await lan.opensDetails();
    await lan.page.getByRole("button", { name: lan.t("timer.title") }).click();
    await lan.page.getByRole("menuitem", { name: /小时/ }).click();
    await lan.talksWith("小梅");
    await lan.says("一小时后就没了");
    await mei.reads("一小时后就没了");
    await mei.page
      .getByRole("img", { name: mei.t("message.passing") })
      .first()
      .waitFor();
  });

  it("a very long text is refused with a sentence and kept in the field", async () => {
    await lan.writing().fill("长".repeat(100_000));
    await lan.button("chat.send").click();
    await lan.seesWords("chat.too_long");
    await lan.confirms("common.ok");
    await lan.page.waitForFunction(() => document.querySelector("textarea")?.value.length === 100_000);
    await lan.writing().fill(`${"话".repeat(3_000)}完`);
    await lan.button("chat.send").click();
    await mei.button("message.unfold").click();
    await mei.reads("话完");
  });
});
