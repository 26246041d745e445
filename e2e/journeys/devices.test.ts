/** A second device by scanning, with history; a password; a passkey; a device that is removed. */

import { expect, it } from "vitest";
import { picture } from "../made.ts";
import type { Person } from "../person.ts";
import { scan } from "../qr.ts";
import { useTown } from "./use-town.ts";

const PASSWORD = "鸿雁传书2026";

const town = useTown();
let lan: Person;
let mei: Person;
let computer: Person;

it("two friends have a history", async () => {
  lan = await town().owner("阿兰");
  mei = await town().friendOf(lan, "小梅");
  await lan.talksWith("小梅");
  await lan.says("老照片我找到了");
  await mei.talksWith("阿兰");
  await mei.reads("老照片我找到了");
  await mei.says("太好了");
  await lan.reads("太好了");
});

it("she keeps a photo on her telephone", async () => {
  await lan.picksPhotos([await picture(lan.page, "全家福.jpg", { width: 900, height: 600 })]);
  await lan.button("chat.send").last().click();
  await lan.allSent();
  await lan.pictures().last().click({ button: "right" });
  await lan.page.getByRole("menuitem", { name: lan.t("action.favourite"), exact: true }).click();
  await lan.seesWords("favourites.kept");
});

it("a second device joins by a scanned code and gets the history [DL1] [DL2]", async () => {
  computer = await town().arrives("阿兰", { size: "desktop" });
  await computer.opens(`${computer.url}/link-this-device`);
  const code = new URL(await scan(computer.page.getByRole("img", { name: computer.t("link.code_label") })));
  await lan.goes(code.pathname + code.hash);
  await lan.button("approve.yes").click();
  await computer.isIn();
  await computer.talksWith("小梅");
  await computer.reads("老照片我找到了");
  await computer.reads("太好了");
});

it("what she kept before there was a computer opens there [FA3]", async () => {
  await computer.goes("/me/favourites");
  await computer.page
    .getByRole("button", { name: computer.t("kind.picture") })
    .first()
    .click();
  await computer.page.waitForFunction(() =>
    [...document.querySelectorAll<HTMLImageElement>("main img")].some((one) => one.naturalWidth === 900),
  );
  await computer.talksWith("小梅");
});

it("both devices send and receive", async () => {
  await computer.says("这是电脑上写的");
  await mei.reads("这是电脑上写的");
  await lan.talksWith("小梅");
  await lan.reads("这是电脑上写的");
  await mei.says("两边都看得到吗");
  await lan.reads("两边都看得到吗");
  await computer.reads("两边都看得到吗");
});

it("a third device signs in by password, after a wrong one was refused [AC1] [AC3]", async () => {
  await lan.setsPassword(PASSWORD);

  const tablet = await town().arrives("阿兰");
  await tablet.opens(`${tablet.url}/sign-in`);
  await tablet.field("sign_in.name").fill("阿兰");
  await tablet.field("sign_in.password").fill("不是这个密码");
  await tablet.button("sign_in.sign_in").click();
  await tablet.seesWords("errors.wrong_password");
  await tablet.field("sign_in.password").fill(PASSWORD);
  await tablet.button("sign_in.sign_in").click();
  await tablet.arrivesAtChats();
  await mei.says("平板也来了");
  await tablet.talksWith("小梅");
  await tablet.reads("平板也来了");
});

it("a removed device is out at once [DS14]", async () => {
  await lan.goes("/me/devices");
  const others = lan.page.getByRole("button", { name: lan.t("devices.remove") });
  await others.first().waitFor();
  expect(await others.count()).toBe(2);
  for (let left = 2; left > 0; left -= 1) {
    await others.first().click();
    await lan.confirms("devices.remove");
    await expect.poll(() => others.count()).toBe(left - 1);
  }
  await computer.seesWords("stage.device_removed");
});

it("she signs in again with a passkey", async () => {
  const session = await mei.context.newCDPSession(mei.page);
  await session.send("WebAuthn.enable");
  await session.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      ctap2Version: "ctap2_1",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      hasPrf: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await mei.goes("/me/security");
  await mei.button("passkeys.add").click();
  await mei.answersLine("小梅的手机");
  await mei.sees("小梅的手机");
  await mei.button("sign_out.title").click();
  await mei.confirms("sign_out.do");
  await mei.page.getByRole("link", { name: mei.t("welcome.sign_in") }).click();
  await mei.button("sign_in.passkey").click();
  await mei.arrivesAtChats();
  await lan.talksWith("小梅");
  await lan.says("欢迎回来");
  await mei.talksWith("阿兰");
  await mei.reads("欢迎回来");
});
