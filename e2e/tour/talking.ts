/** What two people do with words. */

import type { Album } from "./album.ts";
import type { Cast } from "./cast.ts";

/** That somebody writes is told every five seconds. */
const TOLD_AGAIN_MS = 5_200;

export async function talking({ lan, mei, bo }: Cast, album: Album): Promise<void> {
  album.begin("说话", "Talking");
  await mei.talksWith("阿兰");
  await lan.talksWith("小梅");
  await lan.says("周日来吃饺子吗？🥟");
  await mei.doesWith("周日来吃饺子吗？", "action.quote");
  await mei.says("来！几点？我带韭菜");
  await lan.reads("几点？我带韭菜");
  await lan.says("十一点");
  await lan.doesWith("十一点", "action.edit");
  await lan.writing().fill("十点半，早点来一起包");
  await lan.button("common.done").click();
  await mei.reads("十点半，早点来一起包");
  await mei.reactsTo("周日来吃饺子吗？", "👍");
  await lan.reactsTo("来！几点？", "❤️");
  await mei.button("reaction.more").first().waitFor({ state: "hidden" });
  await lan.page
    .getByRole("list", { name: lan.t("reaction.label") })
    .first()
    .waitFor();
  await album.keep(lan, "quote", "引用、编辑和表情回应", "Quotes, edits and reactions");

  await lan.page.getByText("几点？我带韭菜").first().click({ button: "right" });
  await lan.page.getByRole("menu").waitFor();
  await album.keep(lan, "menu", "长按一条消息", "Held: what can be done with a message");
  await lan.page.keyboard.press("Escape");

  await lan.says("发错了，不是这句");
  await mei.reads("发错了，不是这句");
  await lan.doesWith("发错了，不是这句", "action.recall");
  await lan.seesWords("message.recalled_mine");
  await lan.page.getByRole("link", { name: "小梅", exact: true }).first().dblclick();
  await mei.page.waitForTimeout(TOLD_AGAIN_MS);
  await mei.writing().pressSequentially("好的");
  await lan.page.getByText(lan.t("chat.typing")).first().waitFor();
  await album.keep(
    lan,
    "recall",
    "两分钟内撤回，可以重新编辑；拍一拍；正在输入",
    "Taken back within two minutes and written anew; a nudge; typing",
  );
  await mei.writing().fill("");

  await lan.opensMore("more.place");
  await lan.field("place.name").fill("外婆家");
  await lan.field("place.at").fill("25.033, 121.565");
  await lan.button("chat.send").click();
  await mei.reads("外婆家");
  await lan.opensMore("more.card");
  await lan.picks("阿波");
  await lan.button("chat.send").click();
  await lan.confirms("chat.send");
  await lan.writing().waitFor();
  await lan.writing().fill("包饺子的做法 https://example.org/jiaozi");
  await lan.button("link.as_card").click();
  await lan.page.getByRole("dialog").getByRole("textbox").first().fill("三鲜饺子，皮薄馅大");
  await lan.page
    .getByRole("dialog")
    .getByRole("button", { name: lan.t("common.done"), exact: true })
    .click();
  await mei.reads("三鲜饺子");
  await lan.allSent();
  await album.keep(
    lan,
    "cards",
    "位置、名片和链接；对方的设备不会访问网址",
    "A place, a card and a link; the receiver's device fetches nothing",
  );
  await mei.page.getByRole("link", { name: "外婆家" }).click();
  await mei.seesWords("place.open");
  await album.keep(
    mei,
    "place",
    "地图由鸿雁自己绘制，不问任何地图服务",
    "The map is drawn here; no map service is asked",
  );
  await mei.page.goBack();
  await mei.page.getByText("三鲜饺子").first().click();
  await mei.seesWords("leave.title", { host: "example.org" });
  await album.keep(mei, "leaving", "打开链接前先说明去哪里", "A link says where it leads before it is opened");
  await mei.confirms("common.cancel");

  await lan.doesWith("周日来吃饺子吗？", "action.select");
  await lan.bubble("十点半").click({ force: true });
  await album.keep(lan, "select", "多选", "Several at once");
  await lan.button("action.forward").click();
  await lan.page.getByRole("menuitem", { name: lan.t("forward.merged") }).click();
  await lan.page.getByRole("checkbox", { name: "阿波" }).check({ force: true });
  await album.keep(lan, "forward", "转发给谁", "Passing it on");
  await lan.button("common.done").click();
  await lan.confirms("chat.send");
  await bo.talksWith("阿兰");
  await bo.page.getByRole("link", { name: /聊天记录/ }).click();
  await bo.sees("周日来吃饺子吗？");
  await album.keep(bo, "record", "合并转发的聊天记录", "A chat record, opened");

  await mei.doesWith("十点半", "action.favourite");
  await mei.seesWords("favourites.kept");
  await mei.goes("/me/favourites");
  await mei.sees("十点半");
  await album.keep(mei, "favourites", "收藏", "Favourites");

  await lan.talksWith("小梅");
  await lan.opensDetails();
  await lan.page.getByRole("button", { name: lan.t("timer.title") }).click();
  await album.keep(lan, "timer", "消息自动消失", "Messages that disappear");
  await lan.page.keyboard.press("Escape");
}
