/** Losing a telephone and nothing else. */

import type { Album } from "./album.ts";
import type { Cast } from "./cast.ts";

const PIN = "730194";

export async function safe({ town, lan, mei, bo }: Cast, album: Album): Promise<void> {
  album.begin("不会丢", "Never lost");
  const grandma = await town.friendOf(mei, "外婆");
  await mei.isFriendOf("外婆");
  await lan.talksWith("小梅");
  await lan.says("药在第二个抽屉");
  await mei.talksWith("阿兰");
  await mei.reads("药在第二个抽屉");
  for (const [next, repeat] of [
    ["pin.next", false],
    ["common.done", true],
  ] as const) {
    if (!repeat) await mei.goes("/me/settings/backup/pin");
    await mei.page.getByRole("textbox", { name: /6 位找回密码/ }).fill(PIN);
    if (!repeat)
      await album.keep(mei, "pin", "六位找回密码：服务器限制猜的次数", "Six digits; the server counts the guesses");
    await mei.button(next).click();
  }
  await mei.seesWords("pin.done");
  await mei.befriendsBy(await bo.showsCode());
  await mei.isFriendOf("阿波");
  await mei.goes("/me/settings/backup/friends");
  await mei.page.getByLabel("外婆").waitFor({ state: "attached" });
  for (const name of ["阿兰", "阿波", "外婆"]) await mei.page.getByLabel(name).check({ force: true });
  await album.keep(mei, "circle", "或者：三位朋友里的任意两位帮忙找回", "Or any two of three friends");
  await mei.button("circle.save", { count: 3 }).click();
  await mei.seesWords("circle.done");
  await mei.goes("/me/settings/backup");
  await mei.button("backup.now").click();
  await mei.seesWords("backup.done");
  await album.keep(mei, "backup", "自动备份，并且定期验证能打开", "Backed up by itself, and proved to open");
  await grandma.talksWith("小梅");
  await grandma.sees("选了你帮忙找回账号");

  await mei.context.close();
  const again = await town.arrives("小梅");
  await again.opens(again.url);
  await again.page.getByRole("link", { name: again.t("welcome.restore") }).click();
  await again.field("sign_in.name").fill("小梅");
  await again.page.getByRole("textbox", { name: /输入找回密码|6 位找回密码/ }).fill(PIN);
  await album.keep(again, "restore", "新手机：名字加六位数字", "On a new telephone: a name and six digits");
  await again.button("restore.begin").click();
  await again.arrivesAtChats();
  await again.talksWith("阿兰");
  await again.reads("药在第二个抽屉");
  await album.keep(again, "restored", "聊天记录都回来了", "Everything is back");
}
