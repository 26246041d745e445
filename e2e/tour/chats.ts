/** The list of chats, and how each is kept. */

import type { Person } from "../person.ts";
import type { Album } from "./album.ts";
import type { Cast } from "./cast.ts";

async function chooses(person: Person, title: string, choice: string): Promise<void> {
  await person.row(title).click({ button: "right" });
  await person.page.getByRole("menuitem", { name: choice, exact: true }).click();
}

export async function chats({ lan, mei, bo }: Cast, album: Album): Promise<void> {
  album.begin("聊天列表", "The list of chats");
  await lan.makesGroup("一家人", ["小梅", "阿波"]);
  await lan.says("晚饭谁做？");
  await lan.makesGroup("拼车群", ["小梅", "阿波"]);
  await lan.says("明早七点");
  await mei.talksWith("拼车群");
  await mei.says("还有两个座位");
  await mei.talksWith("一家人");
  await mei.writing().pressSequentially("@");
  await mei.page.getByRole("option", { name: "阿兰" }).click();
  await mei.writing().pressSequentially("你做的好吃");
  await mei.button("chat.send").click();
  await bo.talksWith("阿兰");
  await bo.says("醋要老陈醋，别买错了😂");
  await lan.talksWith("小梅");
  await lan.writing().fill("对了，周末");
  await lan.goes("/");
  await lan.sees("醋要老陈醋");
  await chooses(lan, "小梅", lan.t("chats.pin"));
  await chooses(lan, "拼车群", lan.t("chats.mute"));
  await lan.page.mouse.move(0, 0);
  await album.keep(lan, "chats", "置顶、免打扰、草稿、有人@我、未读", "Pinned, muted, a draft, called by name, unread");
  await lan.row("阿波").click({ button: "right" });
  await lan.page.getByRole("menu").waitFor();
  await album.keep(
    lan,
    "chats-menu",
    "长按一个聊天（也可以左滑）",
    "Held: what can be done with a chat; swiping works too",
  );
  await lan.page.keyboard.press("Escape");
  await lan.row("拼车群").click();
  await lan.opensDetails();
  await lan.page.getByRole("switch", { name: lan.t("chat.fold") }).click();
  await lan.goes("/");
  await lan.row(lan.t("chats.folded")).waitFor();
  await album.keep(lan, "folded", "折叠的群聊", "Folded groups");
  await lan.row("阿波").click();
  await lan.writing().waitFor();
  await lan.opensDetails();
  await lan.page.getByRole("link", { name: lan.t("chat.background") }).click();
  await lan.page.getByRole("radio", { name: lan.t("background.river") }).check({ force: true });
  await album.keep(lan, "backgrounds", "聊天背景", "Backgrounds");
  await lan.goes("/");
  await lan.row("阿波").click();
  await lan.reads("醋要老陈醋");
  await album.keep(lan, "background", "换了背景的聊天", "A chat with one");
}
