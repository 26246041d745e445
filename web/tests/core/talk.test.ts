import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Person } from "./world/person.ts";
import { Server } from "./world/server.ts";

let server: Server;
let lan: Person;

beforeAll(async () => {
  server = await Server.start();
  lan = await Person.joined("lan", server.origin, server.ownerLink);
});

afterAll(async () => {
  await lan?.stop();
  await server?.stop();
});

describe("two people", () => {
  it("join by a friend's code, are friends at once, verified, and talk both ways", async () => {
    const { link } = await lan.call("myCode", undefined);
    const mei = await Person.joined("mei", server.origin, link);
    const toMei = await lan.chatWith(mei);
    const toLan = await mei.chatWith(lan);
    await mei.say(toLan, "妈，我到家了");
    const heard = await lan.hears(toMei, "妈，我到家了");
    expect(heard.senderName).toBe("mei");
    await lan.say(toMei, "好，吃饭了吗？");
    await mei.hears(toLan, "好，吃饭了吗？");
    await mei.settled();
    await lan.settled();
    expect(mei.texts(toLan)).toEqual(lan.texts(toMei));
    expect((await lan.until("person", { id: mei.id }, (p) => p?.verified === true))?.friend).toBe(true);
    expect((await mei.until("person", { id: lan.id }, (p) => p?.verified === true))?.friend).toBe(true);
    expect(lan.events(toMei)).toEqual(["became_friends"]);
    expect(mei.events(toLan)).toEqual(["became_friends"]);
    await mei.stop();
  });
});
