import { expect, it } from "vitest";
import { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

const town = useTown();

it("whoever comes back with nothing but a new device talks on in her chats of two [HL2]", async () => {
  const { lan, server } = town;
  const mei = await town.friend("mei");
  const toMei = await lan.chatWith(mei);
  const toLan = await mei.chatWith(lan);
  await lan.say(toMei, "路上小心");
  await mei.hears(toLan, "路上小心");
  await mei.call("setPassword", { password: "白日依山尽 2026" });
  await mei.call("signOut", undefined);
  await mei.stage("new");

  const again = await Person.device("mei's new telephone", server.origin);
  await again.call("signInWithPassword", { name: "mei", password: "白日依山尽 2026" });
  await lan.say(toMei, "欢迎回来");
  await again.chatWith(lan);
  await again.hears(toLan, "欢迎回来", 60_000);
  await again.say(toLan, "我换了手机");
  expect((await lan.hears(toMei, "我换了手机", 60_000)).mine).toBe(false);
}, 120_000);
