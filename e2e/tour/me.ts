/** 我, and everything behind it. */

import type { Album } from "./album.ts";
import { type Cast, photo } from "./cast.ts";

/** Pages that need nothing but to be opened. */
const PAGES: readonly (readonly [string, string, string, string])[] = [
  ["/me/code", "my-code", "我的二维码", "My QR code"],
  ["/me/settings", "settings", "设置", "Settings"],
  ["/me/settings/privacy", "privacy", "隐私：谁能怎样加我", "Privacy: who may add me, and how"],
  [
    "/me/settings/notifications",
    "notifications",
    "新消息通知：推送里没有任何内容",
    "Notifications; a push has nothing in it",
  ],
  ["/me/settings/storage", "storage", "存储空间", "What takes space"],
  [
    "/me/settings/transfer",
    "transfer",
    "导入微信聊天记录，导出自己的聊天",
    "Taking in WeChat's chats, keeping one's own",
  ],
  ["/me/devices", "devices", "设备", "Devices"],
  ["/me/settings/text", "text-size", "字体大小", "Text size"],
  ["/me/data", "data", "服务器知道我什么", "All that the server holds about me"],
  ["/contacts", "contacts", "通讯录", "Contacts"],
  ["/discover", "discover", "发现", "Discover"],
];

export async function me({ lan }: Cast, album: Album): Promise<void> {
  album.begin("我", "Me");
  await lan.goes("/me/profile/picture");
  const { name, mimeType, buffer } = await photo(lan.page, "头像.jpg", "🪿", 150);
  await lan.page.getByLabel(lan.t("picture.choose")).setInputFiles({ name, mimeType, buffer });
  await lan.page.getByLabel(lan.t("picture.zoom")).fill("1.1");
  await lan.button("common.done").click();
  await lan.button("common.done").waitFor({ state: "hidden" });
  await lan.goes("/me/profile");
  await lan.page.getByRole("button", { name: lan.t("profile.status") }).click();
  await lan.answersLine("在广州看孙子");
  await lan.sees("在广州看孙子");
  await album.keep(lan, "profile", "头像和状态，只有朋友看得到", "Picture and status, for friends only");
  await lan.goes("/me");
  await lan.page.locator("main img").filter({ visible: true }).first().waitFor();
  await album.keep(lan, "me", "我", "Me");
  for (const [path, file, zh, en] of PAGES) {
    await lan.goes(path);
    await lan.page.waitForLoadState("networkidle");
    await album.keep(lan, file, zh, en);
  }
}
