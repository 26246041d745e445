import { beforeAll, describe, expect, it } from "vitest";
import { CoreError, type Sticker } from "../../src/core/api.ts";
import { attachmentOf } from "../../src/core/media/shelf.ts";
import { bytesOf, file, gets, place } from "./world/files.ts";
import type { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

/** Stickers she made and stickers she took over: kept once, in her order, sent as their own kind [CO6]. */

const town = useTown();
const SIZE = { width: 240, height: 240 };
let mei: Person;
let chat: string;
let chatOfMei: string;

beforeAll(async () => {
  mei = await town.friend("mei");
  chat = await town.lan.chatWith(mei);
  chatOfMei = await mei.chatWith(town.lan);
});

function picture(bytes: number, first = 0): Blob {
  const content = Uint8Array.from({ length: bytes }, (_, i) => (first + i) % 251);
  return new Blob([content], { type: "image/gif" });
}

function stickers(person: Person, count: number): Promise<Sticker[]> {
  return person.until("stickers", undefined, (all) => all.length === count);
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "none",
    (error: unknown) => (error instanceof CoreError ? error.code : String(error)),
  );
}

describe("stickers", () => {
  it("are kept once, the last kept or put forward first, and go when she says so", async () => {
    const { lan } = town;
    for (const first of [1, 2, 1]) {
      await lan.call("addSticker", { content: picture(500, first), ...SIZE, thumb: Uint8Array.of(first) });
    }
    const [one, two] = await stickers(lan, 2);
    expect(one).toMatchObject({ type: "image/gif", ...SIZE });
    expect(await lan.call("stickerThumb", { id: one?.id ?? "" })).toEqual(Uint8Array.of(1));
    await lan.call("stickerFirst", { id: two?.id ?? "" });
    expect((await stickers(lan, 2))[0]).toEqual(two);
    const content = await lan.call("sticker", { id: two?.id ?? "" });
    expect((await bytesOf(content)).equals(await bytesOf(picture(500, 2)))).toBe(true);
    expect(content.type).toBe("image/gif");
    await lan.call("removeSticker", { id: two?.id ?? "" });
    await stickers(lan, 1);
    expect(await refusal(lan.call("sticker", { id: two?.id ?? "" }))).toBe("media_gone");
  });

  it("go whole, moving as they move, and whoever got one can keep it", async () => {
    const sticker = file(0, { kind: "sticker", content: picture(60_000), name: "动", type: "image/gif", ...SIZE });
    await town.lan.call("sendFiles", { chat, files: [sticker] });
    const got = await gets(mei, chatOfMei, "动");
    expect(got).toMatchObject({ kind: "sticker", detail: { kind: "sticker", type: "image/gif", ...SIZE } });
    await place(mei, got.id, "here");
    await mei.call("keepSticker", { id: got.id });
    await mei.call("deleteForMe", { ids: [got.id] });
    const [kept] = await stickers(mei, 1);
    expect(
      (await bytesOf(await mei.call("sticker", { id: kept?.id ?? "" }))).equals(await bytesOf(picture(60_000))),
    ).toBe(true);
  });

  it("one of 50 MB is neither kept nor sent, and one that somebody sends all the same is not fetched by itself [CO6]", async () => {
    const huge = { size: 50_000_000, type: "image/gif" } as Blob;
    expect(await refusal(town.lan.call("addSticker", { content: huge, ...SIZE, thumb: null }))).toBe(
      "sticker_too_large",
    );
    const sticker = file(900_000, { kind: "sticker", name: "巨", type: "image/gif" });
    expect(await refusal(town.lan.call("sendFiles", { chat, files: [sticker] }))).toBe("sticker_too_large");
    const [id = ""] = await town.lan.call("sendFiles", { chat, files: [{ ...sticker, kind: "picture" }] });
    const detail = attachmentOf(town.lan.core.store, Number(id), "");
    expect(detail?.kind).toBe("picture");
    // A client that was changed says it is a sticker.
    town.lan.core.store.write((tx) =>
      tx.run("UPDATE message SET detail = json_set(detail, '$.kind', 'sticker') WHERE n = ?", [Number(id)]),
    );
    const got = await gets(mei, chatOfMei, "巨");
    expect(got.kind).toBe("sticker");
    expect((await mei.until("media", { id: got.id }, () => true))?.state).toBe("away");
    expect(await refusal(mei.call("keepSticker", { id: got.id }))).toBe("sticker_too_large");
  });
});
