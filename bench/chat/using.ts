import { type Made, picture } from "../../e2e/made.ts";
import type { Person as InBrowser } from "../../e2e/person.ts";
import type { Person } from "../../web/tests/core/world/person.ts";

/** One every fifteen seconds of an hour. */
export const ACTIONS = 240;

type Action = (mei: InBrowser, lan: Person, round: number, photo: Made) => Promise<void>;

const USES: readonly Action[] = [
  async (mei, _lan, round, photo) => {
    await mei.says(`第${round}轮，小梅说`);
    await mei.picksPhotos([photo]);
    await mei.button("chat.send").last().click();
    await mei.allSent();
  },
  async (mei, lan, round) => {
    const chats = await lan.until("chats", undefined, (all) => all.some(({ title }) => title === mei.name));
    await lan.say(chats.find(({ title }) => title === mei.name)?.id ?? "", `第${round}轮，阿兰说`);
    await mei.reads(`第${round}轮，阿兰说`);
  },
  async (mei) => {
    await mei.pictures().last().click();
    for (let step = 0; step < 3; step++) await mei.page.keyboard.press("ArrowLeft");
    await mei.page.getByRole("dialog").locator("img").first().waitFor();
    await mei.button("media.close").click();
  },
  async (mei) => {
    await mei.page.mouse.move(195, 400);
    for (let step = 0; step < 6; step++) await mei.page.mouse.wheel(0, -900);
  },
  (mei, lan) => mei.talksWith(lan.name),
  async (mei) => {
    await mei.button("chat.emoji").click();
    await mei.page.getByRole("tab", { name: mei.t("sticker.goose") }).click();
    await mei.page.getByRole("button", { name: /哈哈哈/ }).click();
    await mei.button("chat.keyboard").click();
  },
  async (mei, lan) => {
    await mei.goes("/contacts");
    await mei.page.getByRole("link", { name: lan.name }).filter({ visible: true }).first().click();
  },
  (mei, lan) => mei.talksWith(lan.name),
];

/** An hour's use without its pauses: writing, reading, looking at photos, scrolling, going to and fro. */
export async function useForAnHour(mei: InBrowser, lan: Person): Promise<void> {
  const photo = await picture(mei.page, "一张.jpg", { width: 1200, height: 900 });
  await mei.talksWith(lan.name);
  for (let done = 0; done < ACTIONS; done++) {
    await USES[done % USES.length]?.(mei, lan, Math.floor(done / USES.length), photo);
    process.stderr.write(`\r  ${done + 1} of ${ACTIONS} actions`);
  }
  process.stderr.write("\n");
}
