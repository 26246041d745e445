/** Takes the screenshots of docs/screens: `./dev screens`. Real people, real messages, three looks. */

import { mkdir } from "node:fs/promises";
import type { Look } from "./browser.ts";
import type { Person } from "./person.ts";
import { Town } from "./town.ts";

const FOLDER = new URL("../docs/screens/", import.meta.url).pathname;

const LOOKS: Record<string, Partial<Look>> = {
  light: { theme: "light" },
  dark: { theme: "dark" },
  care: { theme: "light", care: true },
};

/** Who says what in the family's group; 阿兰 is the one whose screen is shown. */
const FAMILY: readonly (readonly [string, string])[] = [
  ["小梅", "大家周六有空吗？妈说想包饺子 🥟"],
  ["阿波", "有！我带韭菜"],
  ["阿兰", "我买肉馅，再带一瓶醋"],
  ["外婆", "都早点来，面我已经和好了"],
  ["小梅", "外婆您歇着，等我们来揉"],
  ["阿兰", "那就十点，外婆家见 👵"],
];

export async function main(): Promise<number> {
  await mkdir(FOLDER, { recursive: true });
  for (const [name, look] of Object.entries(LOOKS)) await takeAll(name, look);
  return 0;
}

async function takeAll(name: string, look: Partial<Look>): Promise<void> {
  const town = await Town.found();
  const shoot = async (person: Person, screen: string): Promise<void> => {
    await person.page.waitForTimeout(600); // fonts and the entrance of the page
    await person.page.screenshot({ path: `${FOLDER}${screen}-${name}.png` });
    process.stdout.write(`docs/screens/${screen}-${name}.png\n`);
  };

  const lan = await town.owner("阿兰", look);
  const mei = await town.friendOf(lan, "小梅");
  const bo = await town.friendOf(lan, "阿波");
  const link = await lan.showsCode();
  const grandma = await town.arrives("外婆", look);
  await grandma.opens(link);
  await grandma.field("join.name").fill("外婆");
  await shoot(grandma, "onboarding");
  await grandma.button("join.join").click();
  await grandma.arrivesAtChats();

  const family: Record<string, Person> = { 阿兰: lan, 小梅: mei, 阿波: bo, 外婆: grandma };
  for (const friend of [mei, bo, grandma]) await lan.isFriendOf(friend.name);
  await lan.makesGroup("一家人", ["小梅", "阿波", "外婆"]);
  for (const person of [mei, bo, grandma]) await person.talksWith("一家人");
  for (const [who, text] of FAMILY) {
    await family[who]?.says(text);
    for (const person of Object.values(family)) await person.reads(text);
  }
  await lan.allSent();
  await shoot(lan, "chat");

  await lan.opensChats();
  await bo.talksWith("阿兰");
  await bo.says("醋要老陈醋，别买错了😂");
  await lan.sees("醋要老陈醋");
  await grandma.talksWith("阿兰");
  await grandma.says("兰兰，路上慢点开");
  await lan.sees("兰兰，路上慢点开");
  await shoot(lan, "chats");
  await lan.goes("/contacts");
  await shoot(lan, "contacts");
  await lan.goes("/me");
  await shoot(lan, "me");
  await town.ends();
}
