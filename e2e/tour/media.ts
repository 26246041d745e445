/** Voice, photos, videos, files and stickers. */

import { film } from "../made.ts";
import type { Album } from "./album.ts";
import { type Cast, photo } from "./cast.ts";

export async function media({ lan, mei }: Cast, album: Album): Promise<void> {
  album.begin("语音、图片、视频、文件和表情", "Voice, photos, videos, files and stickers");
  await mei.talksWith("阿兰");
  await lan.talksWith("小梅");
  await lan.button("voice.switch").click();
  const hold = await lan.button("voice.hold").boundingBox();
  if (hold === null) throw new Error("no button to hold");
  await lan.page.mouse.move(hold.x + hold.width / 2, hold.y + hold.height / 2);
  await lan.page.mouse.down();
  await lan.page.waitForTimeout(2_500);
  await album.keep(lan, "voice-hold", "按住说话，上滑取消", "Held to talk; slid up to throw away");
  await lan.page.mouse.up();
  await mei.page.getByRole("button", { name: /播放语音/ }).waitFor();
  await lan.button("chat.keyboard").first().click();

  await lan.button("chat.more").click();
  await album.keep(lan, "more", "“+”里的功能", "Behind the plus");
  await lan.picksPhotos([
    await photo(lan.page, "饺子.jpg", "🥟", 20),
    await photo(lan.page, "花.jpg", "🌷", 330, true),
    await photo(lan.page, "猫.jpg", "🐈", 190),
  ]);
  await lan.button("attach.send_count", { count: 3 }).waitFor();
  await album.keep(lan, "preview", "发送前预览，可选原图", "Looked at before sending; the original if wanted");
  await lan.button("attach.send_count", { count: 3 }).click();
  await mei.pictures().nth(2).waitFor();
  await lan.allSent();
  await album.keep(lan, "photos", "语音和图片", "A voice message and photos");
  await mei.pictures().nth(1).click();
  await mei.seesWords("attach.place", { place: 2, count: 3 });
  await album.keep(mei, "viewer", "全屏查看，左右滑动，双指缩放", "Full screen: swiped and pinched");
  await mei.button("media.close").click();

  await lan.picksPhotos([await film(lan.page, "海边.webm", { ms: 2_500 })]);
  await lan.page.getByRole("dialog").locator("video").waitFor();
  await lan.button("chat.send").last().click();
  await mei.page.getByRole("button", { name: /播放视频/ }).waitFor();
  await lan.picksFiles([{ name: "家谱 2026.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(400_000, "家谱") }]);
  await lan.sees("家谱 2026.pdf");
  await lan.button("chat.send").last().click();
  await mei.page.getByRole("button", { name: "家谱 2026.pdf" }).waitFor();
  await album.keep(mei, "file", "视频和文件", "A video and a file");

  await lan.button("chat.emoji").click();
  await lan.button("emoji.food").click();
  await album.keep(lan, "emoji", "表情，按类别", "Emoji by kind");
  await lan.page.getByRole("tab", { name: lan.t("sticker.goose") }).click();
  await lan.page.getByRole("button", { name: /你好呀/ }).click();
  await mei.page
    .getByRole("article")
    .getByRole("img", { name: mei.t("kind.sticker") })
    .locator("img")
    .waitFor();
  await album.keep(
    lan,
    "stickers",
    "表情包：自带的，和用任何图片自己做的",
    "Stickers: the app's own, and one's own out of any picture",
  );

  await lan.opensMore("more.camera");
  await lan.button("camera.photo").waitFor();
  await album.keep(lan, "camera", "拍摄（测试用的模拟镜头）", "The camera (here the browser's test picture)");
  await lan.page.keyboard.press("Escape");
}
