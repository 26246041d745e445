/** A group and its rules. */

import type { Album } from "./album.ts";
import type { Cast } from "./cast.ts";

export async function groups({ town, lan, mei, bo }: Cast, album: Album): Promise<void> {
  album.begin("群聊", "Groups");
  await lan.goes("/group/new");
  for (const name of ["小梅", "阿波"]) await lan.picks(name);
  await album.keep(lan, "group-new", "发起群聊", "A new group");
  await lan.button("group.create").click();
  await lan.answersLine("三号楼邻居");
  await lan.writing().waitFor();
  const chat = new URL(lan.page.url()).pathname;
  const shows = async (path: string): Promise<void> => {
    await lan.goes("/");
    await lan.goes(chat + path);
  };
  await lan.says("大家好，以后楼里的事在这里说");
  for (const person of [mei, bo]) {
    await person.talksWith("三号楼邻居");
    await person.reads("大家好");
  }
  await shows("/announcement");
  await lan.button("group.announcement_write").click();
  await lan.field("group.announcement_label").fill("周六上午九点一起打扫楼道，请带手套。");
  await lan.button("group.announcement_publish").click();
  await lan.confirms("group.announcement_publish");
  await mei.says("收到，我带两副手套");
  await bo.says("我九点半到");
  await shows("");
  await lan.reads("我九点半到");
  await lan.writing().pressSequentially("@");
  await lan.page.getByRole("option", { name: "小梅" }).waitFor();
  await album.keep(lan, "mention", "@某人", "Calling somebody by name");
  await lan.page.getByRole("option", { name: "小梅" }).click();
  await lan.writing().pressSequentially("帮忙买点抹布");
  await lan.button("chat.send").click();
  await lan.allSent();
  await album.keep(mei, "group", "群公告在聊天顶上，看过就收起", "An announcement stays on top until it is seen");
  await shows("/info");
  await lan.seesWords("group.nickname");
  await album.keep(lan, "group-info", "聊天信息", "About the group");
  await shows("/manage");
  await lan.seesWords("group.approval");
  await album.keep(
    lan,
    "group-manage",
    "群管理：规则由每位成员的设备共同遵守",
    "Rules, checked by every member's device",
  );
  await shows("/code");
  await lan.page.getByRole("img", { name: lan.t("group.code_label", { name: "三号楼邻居" }) }).waitFor();
  await album.keep(lan, "group-code", "群二维码，7 天内有效", "The group's code, good for seven days");

  const wang = await town.friendOf(lan, "老王");
  await lan.isFriendOf("老王");
  await shows("/add");
  await lan.picks("老王");
  await lan.page.getByRole("button", { name: lan.t("group.history") }).click();
  await lan.page.getByRole("menuitem", { name: lan.t("group.history_last") }).click();
  await album.keep(
    lan,
    "group-add",
    "拉人进群：以前的聊天给不给看，由你决定",
    "Adding somebody: you decide what she sees of before",
  );
  await lan.button("common.done").click();
  await wang.talksWith("三号楼邻居");
  await wang.reads("我九点半到");
  await album.keep(
    wang,
    "group-history",
    "新成员看到的：由谁转发，写得明明白白",
    "What the newcomer sees, and who vouches for it",
  );
}
