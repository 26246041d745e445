/** Finding what was said. */

import type { Album } from "./album.ts";
import type { Cast } from "./cast.ts";

export async function searching({ lan, mei }: Cast, album: Album): Promise<void> {
  album.begin("搜索", "Search");
  await lan.makesGroup("周末爬山", ["小梅"]);
  await lan.says("山脚的位置发一下");
  await mei.talksWith("阿兰");
  await mei.says("老地方，位置没变");
  await mei.says("發個位置給我");
  await mei.allSent();
  await lan.talksWith("小梅");
  await lan.reads("發個位置給我");
  await lan.goes("/search");
  await lan.searches("wz");
  await lan.found("search.messages").filter({ hasText: "小梅" }).first().waitFor();
  await album.keep(lan, "search", "拼音首字母 wz 找到“位置”，简繁通搜", "The initials wz find 位置, in both scripts");
  await lan.talksWith("周末爬山");
  await lan.opensDetails();
  await lan.page.getByRole("link", { name: lan.t("search.in_chat") }).click();
  await lan.button("search.by_date").waitFor();
  await album.keep(lan, "search-chat", "在一个聊天里找：按成员、日期、类型", "Within a chat: by member, day or kind");
  await lan.button("search.by_date").click();
  await lan.page.locator("ol button:enabled").first().waitFor();
  await album.keep(lan, "search-date", "按日期", "By day");
}
