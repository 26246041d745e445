/** Mei chooses three friends; a new device asks two of them; her own telephone can say no. */

import { expect, it } from "vitest";
import type { Person } from "../person.ts";
import { scan } from "../qr.ts";
import { useTown } from "./use-town.ts";

const town = useTown();
let lan: Person;
let bo: Person;
let mei: Person;
let again: Person;

it("she chooses three friends, and each is told in the chat [BK7]", async () => {
  mei = await town().owner("小梅");
  lan = await town().friendOf(mei, "阿兰");
  bo = await town().friendOf(mei, "阿波");
  const grandma = await town().friendOf(mei, "外婆");
  await mei.goes("/me/settings/backup/friends");
  for (const name of ["阿兰", "阿波", "外婆"]) await mei.page.getByLabel(name).check({ force: true });
  await mei.button("circle.save", { count: 3 }).click();
  await mei.seesWords("circle.done");
  await grandma.talksWith("小梅");
  await grandma.sees("选了你帮忙找回账号");
  await lan.talksWith("小梅");
  await lan.sees("选了你帮忙找回账号");
});

it("a new device shows a code; two friends see who asks and confirm [BK7]", async () => {
  again = await town().arrives("小梅");
  await again.opens(`${again.url}/restore`);
  await again.page.getByRole("link", { name: again.t("returning.title") }).click();
  await again.field("sign_in.name").fill("小梅");
  await again.button("returning.begin").click();
  const link = new URL(await scan(again.page.getByRole("img", { name: again.t("returning.code_label") })));
  const code = await again.page.locator("p.code").textContent();
  for (const friend of [lan, bo]) {
    await friend.goes(link.pathname + link.hash);
    await friend.seesWords("vouch.who", { name: "小梅" });
    expect(await friend.page.locator("p.code").textContent()).toBe(code);
    await friend.button("vouch.yes").click();
    await friend.confirms("vouch.yes");
    await friend.seesWords("vouch.done", { name: "小梅" });
  }
  await again.sees("朋友都确认了");
});

it("her own telephone is told, and refuses [BK8]", async () => {
  await mei.goes("/");
  await mei.seesWords("asked.title");
  await mei.page
    .getByRole("link", { name: mei.t("banner.look") })
    .first()
    .click();
  await mei.button("asked.refuse").click();
  await mei.seesWords("asked.refused");
  await again.seesWords("returning.trouble.ended");
});
