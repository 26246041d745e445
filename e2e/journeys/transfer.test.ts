/** WeChat chats in, one's own chats out, and the exported folder opened without any network. */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { expect, it } from "vitest";
import { picture } from "../made.ts";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

const town = useTown();
let lan: Person;
const SAMPLES = new URL("../../web/tests/core/samples/", import.meta.url).pathname;

it("lan takes in her chat with grandma, finds it, and cannot write in it", async () => {
  lan = await town().owner("阿兰");
  await lan.goes("/me/settings");
  await lan.page.getByRole("link", { name: lan.t("transfer.title") }).click();
  const input = lan.page.locator("input[type=file]");
  await input.setInputFiles({ name: "照片.jpg", mimeType: "image/jpeg", buffer: Buffer.from([0xff, 0xd8, 0, 1, 2]) });
  await lan.seesWords("errors.not_a_chat");
  await input.setInputFiles(join(SAMPLES, "wechatmsg.html"));
  await lan.seesWords("transfer.added", { count: 5 });
  await lan.page.getByRole("link", { name: "外婆" }).click();
  await lan.sees("饺子包好了");
  await lan.seesWords("chat.imported");
  expect(await lan.page.evaluate(() => "ran" in window)).toBe(false);
  await lan.goes("/");
  const search = lan.page.getByRole("link", { name: lan.t("search.title"), exact: true });
  await search.filter({ visible: true }).click();
  await lan.searches("除夕");
  await lan.page.getByRole("link", { name: "外婆" }).first().waitFor();
});

it("mei takes all her chats out; the folder opens from disk, with its pictures, and runs nothing", async () => {
  const mei = await town().friendOf(lan, "小梅");
  await mei.talksWith("阿兰");
  await mei.says("到家了 <b>妈</b>");
  await mei.picksPhotos([await picture(mei.page, "饺子.png", { width: 400, height: 300, type: "image/png" })]);
  await mei.button("chat.send").click();
  await expect.poll(() => mei.pictures().count()).toBe(1);
  await mei.allSent();
  await mei.goes("/");
  await mei.goes("/me/settings/transfer");
  await mei.button("transfer.export_all").click();
  const download = mei.page.waitForEvent("download");
  await mei.confirms("transfer.export_confirm");
  const path = await (await download).path();
  const folder = `${path}-opened`;
  for (const [name, bytes] of Object.entries(unzipSync(await readFile(path)))) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  const offline = await mei.page.context().browser()?.newContext({ offline: true });
  if (offline === undefined) throw new Error("no browser");
  const page = await offline.newPage();
  await page.goto(`file://${folder}/index.html`);
  await page.getByRole("link", { name: "阿兰" }).click();
  await page.getByText("到家了 <b>妈</b>").waitFor();
  const width = () => page.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth);
  await expect.poll(width).toBeGreaterThan(0);
  await offline.close();
});
