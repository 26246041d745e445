/** Care mode, as 外婆 sees it, and a friend who helps from afar. */

import type { Album } from "./album.ts";
import type { Cast } from "./cast.ts";

export async function care({ town, lan, mei }: Cast, album: Album): Promise<void> {
  album.begin("关怀模式", "Care mode");
  const grandma = await town.arrives("外婆", { care: true });
  await grandma.joins(await lan.showsCode());
  await mei.befriendsBy(await grandma.showsCode());
  await lan.isFriendOf("外婆");
  await lan.talksWith("外婆");
  await lan.says("药放在第二个抽屉里");
  await lan.says("晚上来吃饺子，七点好吗？");
  await grandma.goes("/");
  await grandma.page.getByText(grandma.t("aloud.read_all", { count: 2 })).waitFor();
  await album.keep(
    grandma,
    "care-home",
    "首页：四个大按钮，常联系的人，全部读给我听",
    "The first page: four buttons, the people one talks to, all read aloud",
  );
  await grandma.page.getByRole("button", { name: "阿兰" }).first().click();
  await grandma.reads("七点好吗？");
  await album.keep(grandma, "care-chat", "聊天：每条消息都能读给我听", "A chat; every message can be read aloud");
  await grandma.goes("/");
  await grandma.page.getByRole("link", { name: grandma.t("care.help") }).click();
  await grandma.page
    .getByRole("list", { name: grandma.t("aid.who") })
    .getByRole("button", { name: "阿兰" })
    .click();
  await grandma.confirms("aid.ask_do");
  await lan.page.getByText(lan.t("aid.card_open")).click();
  await lan.seesWords("aid.can_change");
  await grandma.goes("/");
  await lan.seesWords("aid.on_page", { name: "外婆", page: lan.t("aid.page.home") });
  await album.keep(
    lan,
    "helping",
    "亲友协助：只看得到布局和设置，看不到内容",
    "Help from afar: the layout and the settings, never content",
  );
  await lan.page.getByRole("button", { name: lan.t("settings.text_size") }).click();
  await lan.page.getByRole("menuitem", { name: lan.t("text_size.largest"), exact: true }).click();
  await grandma.page.getByRole("dialog").waitFor();
  await album.keep(grandma, "helped", "改什么都先问她", "Nothing is changed before she agrees");
}
