import { beforeAll, describe, expect, it } from "vitest";
import { bytesOf, file, gets, place } from "./world/files.ts";
import type { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

const town = useTown();
let lan: Person;
let mei: Person;
let chat: string;
let chatOfMei: string;

beforeAll(async () => {
  lan = town.lan;
  mei = await town.friend("mei");
  chat = await lan.chatWith(mei);
  chatOfMei = await mei.chatWith(lan);
});

function count(person: Person): number {
  return person.core.engine?.chats.messages(person === lan ? chat : chatOfMei, null, 1_000).total ?? 0;
}

describe("making room", () => {
  it("takes files off this device and no message; small pictures stay", async () => {
    await lan.say(chat, "看照片");
    const thumb = Uint8Array.of(1, 2, 3);
    const files = [
      file(90_000, { name: "甲.webp", thumb }),
      file(70_000, { name: "乙.webp", thumb }),
      file(3_000, { kind: "voice", name: "说.opus", type: "audio/ogg" }),
      file(2_000, { kind: "sticker", name: "笑.webp" }),
      file(500, { kind: "file", name: "单.pdf", type: "application/pdf" }),
    ];
    await lan.call("sendFiles", { chat, files });
    for (const name of ["甲.webp", "乙.webp", "说.opus", "笑.webp"]) {
      await place(mei, (await gets(mei, chatOfMei, name)).id, "here");
    }
    const pdf = await gets(mei, chatOfMei, "单.pdf"); // never opened: it takes nothing here
    const before = count(mei);
    const space = await mei.call("space", undefined);
    expect(space.kinds).toEqual([
      { kind: "picture", files: 2, fileBytes: 160_000 },
      { kind: "voice", files: 1, fileBytes: 3_000 },
    ]);
    expect(space.chats).toEqual([{ id: chatOfMei, title: "lan", files: 3, fileBytes: 163_000 }]);
    expect(space.messageBytes).toBeGreaterThan(0);

    expect(await mei.call("clearSpace", { kind: "picture" })).toEqual({ files: 2, bytes: 160_000 });
    const picture = await gets(mei, chatOfMei, "甲.webp");
    await place(mei, picture.id, "cleared");
    await expect(mei.call("media", { id: picture.id })).rejects.toMatchObject({ code: "media_cleared" });
    expect(await mei.call("thumbnail", { id: picture.id })).toEqual(thumb);
    expect(count(mei)).toBe(before);
    expect(mei.platform.files.all.size).toBe(2);

    expect(await mei.call("clearSpace", { chat: chatOfMei })).toEqual({ files: 1, bytes: 3_000 });
    expect(await mei.call("space", undefined)).toMatchObject({ kinds: [], chats: [] });
    await place(mei, (await gets(mei, chatOfMei, "笑.webp")).id, "here");
    expect(await bytesOf(await mei.call("media", { id: pdf.id }))).toHaveLength(500);
    expect(await bytesOf(await lan.call("media", { id: (await gets(lan, chat, "甲.webp")).id }))).toHaveLength(90_000);
    await mei.restart();
    await mei.stage("ready");
    await place(mei, picture.id, "cleared");
  });

  it("leaves what is not with the others yet", async () => {
    lan.platform.unplug();
    await lan.call("sendFiles", { chat, files: [file(40_000, { name: "还没发.webp" })] });
    await lan.call("clearSpace", { chat });
    await place(lan, (await gets(lan, chat, "还没发.webp")).id, "sending");
    lan.platform.plugIn();
    const got = await gets(mei, chatOfMei, "还没发.webp");
    expect(await bytesOf(await mei.call("media", { id: got.id }))).toHaveLength(40_000);
  });

  it("takes nothing from somebody who has not fetched it, though its message is deleted here then", async () => {
    const [id = ""] = await lan.call("sendFiles", { chat, files: [file(60_000, { kind: "video", name: "海.mp4" })] });
    const video = await gets(mei, chatOfMei, "海.mp4");
    await place(lan, id, "here");
    expect((await lan.call("clearSpace", { kind: "video" })).files).toBe(1);
    await lan.call("deleteForMe", { ids: [id] });
    await lan.restart();
    await lan.stage("ready");
    await lan.settled();
    expect(await bytesOf(await mei.call("media", { id: video.id }))).toHaveLength(60_000);
  });

  it("removes what a crash left of a cleared file", async () => {
    const [id = ""] = await lan.call("sendFiles", { chat, files: [file(20_000, { name: "断.webp" })] });
    await place(mei, (await gets(mei, chatOfMei, "断.webp")).id, "here");
    await lan.until("messages", { chat, before: null, limit: 1 }, ({ messages }) => messages[0]?.state === "sent");
    const left = new Map(lan.platform.files.all);
    await lan.call("clearSpace", { chat });
    for (const [name, bytes] of left) lan.platform.files.all.set(name, bytes);
    await lan.restart();
    await lan.stage("ready");
    await place(lan, id, "cleared");
    await expect.poll(() => lan.platform.files.all.size).toBe(1); // her sticker
  });
});
