/** `./dev demo`: a server with 阿兰, 小梅, 阿波 and 外婆, who answer. Each of them is a real client in a real browser. */

import type { Person } from "./person.ts";
import { Town } from "./town.ts";

const PASSWORD = "hongyan-demo";
const LOOK_EVERY_MS = 1_000;

const ANSWERS: Record<string, readonly string[]> = {
  小梅: ["哈哈，好呀", "等我一下，在做饭", "周末见！", "👍"],
  阿波: ["收到", "可以啊，几点？", "我在路上了", "😂"],
  外婆: ["好，好", "吃饭了没有？", "天冷，多穿点", "你什么时候回来看我？"],
};

export async function main(): Promise<number> {
  const town = await Town.found({ installs: true });
  process.stdout.write("邀请大家进来…… · Letting everybody in…\n");
  const lan = await town.owner("阿兰");
  const friends: Person[] = [];
  for (const name of Object.keys(ANSWERS)) friends.push(await town.friendOf(lan, name, { care: name === "外婆" }));
  for (const friend of friends) {
    await lan.isFriendOf(friend.name);
    await friend.setsPassword(PASSWORD);
  }
  await lan.setsPassword(PASSWORD);
  await lan.makesGroup("一家人", Object.keys(ANSWERS));
  await lan.says("大家好！");
  for (const friend of friends) await friend.talksWith("一家人");
  await friends[0]?.says("来啦");
  const code = await lan.showsCode();

  process.stdout.write(`
  ${town.server.url}/sign-in
    名字 name: 阿兰 · 小梅 · 阿波 · 外婆    密码 password: ${PASSWORD}

  以新朋友的身份加入 · join as a new friend of 阿兰:
  ${code}

  Ctrl+C 停止 · stops it; nothing is kept.
`);
  let open = true;
  const stop = (): void => {
    open = false;
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  while (open) {
    for (const friend of friends) await answerOne(friend).catch(() => undefined); // she looks again in a second
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  await town.ends();
  return 0;
}

/** Opens the first direct chat with something unread and answers. */
async function answerOne(friend: Person): Promise<void> {
  await friend.opensChats();
  const unread = friend.rows().filter({ has: friend.page.locator(".badge") });
  if ((await unread.count()) === 0) return;
  await unread.first().click();
  await friend.writing().waitFor();
  const answers = ANSWERS[friend.name] ?? [];
  const answer = answers[Math.floor(Math.random() * answers.length)];
  if (answer !== undefined) await friend.says(answer);
}
