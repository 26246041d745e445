import { beforeAll, describe, expect, it } from "vitest";
import type { Message } from "../../src/core/api.ts";
import { decodeContent } from "../../src/core/content/content.ts";
import { favouritesBody, parseFavourites } from "../../src/core/favourites/wire.ts";
import { attachmentOf } from "../../src/core/media/shelf.ts";
import { bytesOf, file, gets } from "./world/files.ts";
import { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

/** What she keeps stays with her: on her own devices, and nowhere else [FA1]. */

const town = useTown();
let lan: Person;
let mei: Person;
let toMei: string;
let toLan: string;

beforeAll(async () => {
  ({ lan } = town);
  mei = await town.friend("mei");
  toMei = await lan.chatWith(mei);
  toLan = await mei.chatWith(lan);
});

/** What lan sent to mei as a film. */
function isHers({ mine, detail }: Message): boolean {
  return !mine && detail?.kind === "video";
}

async function status(person: Person, blob: string): Promise<number> {
  const headers = { authorization: `Bearer ${person.core.http.token}` };
  const answer = await fetch(`${person.platform.origin}/api/media/${blob}`, { headers });
  await answer.arrayBuffer();
  return answer.status;
}

async function kept(person: Person, kinds: [] | ["text"] | ["location"] = [], text = "") {
  return (await person.until("favourites", { kinds, text, limit: 100 }, () => true)).favourites;
}

describe("favourites", () => {
  it("outlive the message and the chat they come from, and can be said again [FA1]", async () => {
    await mei.say(toLan, "外婆的饺子馅：三肥七瘦");
    const heard = await lan.hears(toMei, "外婆的饺子馅：三肥七瘦");
    const place = { kind: "location", latitude: 25.033, longitude: 121.565, name: "外婆家" } as const;
    const sent = await lan.call("sendDetail", { chat: toMei, detail: place });
    await lan.call("favour", { ids: [heard.id, sent] });
    await lan.call("deleteForMe", { ids: [heard.id, sent] });
    const [second, first] = (await kept(lan)).sort((a, b) => a.kind.localeCompare(b.kind));
    expect(first).toMatchObject({ kind: "text", text: "外婆的饺子馅：三肥七瘦", senderName: "mei", source: "mei" });
    expect(second).toMatchObject({ kind: "location", detail: place });
    await lan.call("sendFavourite", { chat: toMei, id: first?.id ?? "" });
    await mei.hears(toLan, "外婆的饺子馅：三肥七瘦");
  });

  it("are found by kind and by any words in them", async () => {
    expect(await kept(lan, ["text"])).toHaveLength(1);
    expect(await kept(lan, [], "外婆家")).toHaveLength(1);
    expect(await kept(lan, [], "七瘦")).toHaveLength(1);
    expect(await kept(lan, ["location"], "七瘦")).toHaveLength(0);
    expect(await kept(lan, [], "100%_")).toHaveLength(0);
  });

  it("with a file go anew with files of their own, though message, blob and sender are gone [FA1] [ME14]", async () => {
    const film = file(150_000, { kind: "video", name: "婚礼.mp4", type: "video/mp4" });
    await mei.call("sendFiles", { chat: toLan, files: [film] });
    const got = await gets(lan, toMei, "婚礼.mp4");
    expect((await lan.until("media", { id: got.id }, () => true))?.state).toBe("away");
    await lan.call("favour", { ids: [got.id] }); // fetched with it
    const before = attachmentOf(lan.core.store, Number(got.id), "")?.blob;
    await lan.call("deleteForMe", { ids: [got.id] });
    await lan.restart();
    await lan.stage("ready");
    const [favourite] = await kept(lan, [], "婚礼");
    await expect.poll(() => status(lan, before ?? ""), { timeout: 20_000 }).toBe(404);
    const opened = await lan.call("favouriteContent", { id: favourite?.id ?? "" });
    expect(await bytesOf(opened)).toEqual(await bytesOf(film.content));
    const sent = await lan.call("sendFavourite", { chat: toMei, id: favourite?.id ?? "" });
    expect(attachmentOf(lan.core.store, Number(sent), "")?.blob).not.toBe(before);
    await mei.until("messages", { chat: toLan, before: null, limit: 50 }, ({ messages }) => messages.some(isHers));
    const { messages } = await mei.until("messages", { chat: toLan, before: null, limit: 50 }, () => true);
    const again = messages.find(isHers);
    const content = await mei.call("media", { id: again?.id ?? "" });
    expect(await bytesOf(content)).toEqual(await bytesOf(film.content));
    // What she lets go of leaves nothing behind, and what is gone everywhere is told in words.
    await lan.call("deleteForMe", { ids: [sent] });
    const names = (await lan.platform.files.names()).filter((name) => name.startsWith("k"));
    expect(names).toHaveLength(1);
    await lan.platform.files.remove(names[0] ?? "");
    const refused = lan.call("sendFavourite", { chat: toMei, id: favourite?.id ?? "" });
    await expect(refused).rejects.toMatchObject({ code: "media_gone" });
    const unopened = lan.call("favouriteContent", { id: favourite?.id ?? "" });
    await expect(unopened).rejects.toMatchObject({ code: "media_gone" });
    await lan.call("unfavour", { ids: [favourite?.id ?? ""] });
  });

  it("what cannot be fetched any more is not kept, and she is told", async () => {
    await mei.call("sendFiles", { chat: toLan, files: [file(9_000, { kind: "file", name: "过期.pdf" })] });
    const got = await gets(lan, toMei, "过期.pdf");
    lan.platform.onRequest = async (url, init) =>
      url.includes("/media/") && init.method === "GET" ? new Response(null, { status: 404 }) : fetch(url, init);
    lan.core.store.write((tx) => tx.run("UPDATE message SET at_ms = 0 WHERE n = ?", [Number(got.id)]));
    await expect(lan.call("favour", { ids: [got.id] })).rejects.toMatchObject({ code: "media_gone" });
    lan.platform.onRequest = fetch;
    expect(await kept(lan, [], "过期")).toHaveLength(0);
    expect((await lan.platform.files.names()).filter((name) => name.startsWith("k"))).toHaveLength(0);
  });

  it("of a record, every line and every record in it keep their pictures, small and whole [FA1]", async () => {
    const photo = file(2_000, { name: "院子.webp", thumb: Uint8Array.of(4, 5) });
    await mei.call("sendFiles", { chat: toLan, files: [photo] });
    const got = await gets(lan, toMei, "院子.webp");
    const merged = async (id: string, title: string) => {
      await lan.call("forward", { ids: [id], chats: [toMei], mergedAs: title });
      const titled = ({ detail }: Message) => detail?.kind === "record" && detail.title === title;
      const { messages } = await mei.until("messages", { chat: toLan, before: null, limit: 50 }, (answer) =>
        answer.messages.some(titled),
      );
      const [own] = (await lan.until("messages", { chat: toMei, before: null, limit: 50 }, () => true)).messages.filter(
        titled,
      );
      return [own?.id ?? "", messages.find(titled)?.id ?? ""] as const;
    };
    const [own] = await merged(got.id, "一层");
    const [, outer] = await merged(own, "两层");
    await mei.call("favour", { ids: [outer] });
    await mei.call("deleteForMe", { ids: [outer] });
    const [record] = await kept(mei, [], "两层");
    const id = record?.id ?? "";
    expect(record?.detail).toMatchObject({ items: [{ path: "0", detail: { items: [{ path: "0.0" }] } }] });
    expect(await mei.call("favouriteThumbnail", { id, path: "0.0" })).toEqual(Uint8Array.of(4, 5));
    const whole = await bytesOf(await mei.call("favouriteContent", { id, path: "0.0" }));
    expect(whole.equals(await bytesOf(photo.content))).toBe(true);
    for (const path of ["0", "1", "0.1", "x"]) {
      expect(await mei.call("favouriteThumbnail", { id, path })).toBeNull();
      await expect(mei.call("favouriteContent", { id, path })).rejects.toMatchObject({ code: "media_gone" });
    }
    await mei.call("unfavour", { ids: [id] });
    expect(await mei.call("favouriteThumbnail", { id, path: "0.0" })).toBeNull();
  });

  it("what shall disappear is not kept [CO7]", async () => {
    await lan.call("setTimer", { chat: toMei, seconds: 3_600 });
    const id = await lan.say(toMei, "看完就忘");
    await lan.call("favour", { ids: [id] });
    await lan.call("setTimer", { chat: toMei, seconds: 0 });
    expect(await kept(lan, [], "看完就忘")).toHaveLength(0);
  });

  it("come to another own device, an earlier and a later one, and go from all [FA1]", async () => {
    const tablet = await Person.device("lan", town.server.origin);
    const { text } = await tablet.call("deviceLinkStart", undefined);
    await lan.call("deviceLinkApprove", { text });
    await tablet.until("favourites", { kinds: [], text: "", limit: 9 }, ({ favourites }) => favourites.length === 2);
    const chat = `d:${mei.id}`;
    await mei.say(toLan, "两台设备都有");
    const heard = await tablet.hears(chat, "两台设备都有");
    await tablet.call("favour", { ids: [heard.id] });
    const here = await lan.until(
      "favourites",
      { kinds: [], text: "两台", limit: 9 },
      (all) => all.favourites.length === 1,
    );
    await lan.call("unfavour", { ids: here.favourites.map(({ id }) => id) });
    await tablet.until("favourites", { kinds: [], text: "两台", limit: 9 }, (all) => all.favourites.length === 0);
    await tablet.stop();
  });

  it("a list that does not parse changes nothing, and nobody else can put anything among them", async () => {
    const odd = favouritesBody([]);
    expect(parseFavourites(odd.body)).toEqual([]);
    const told = { id: new Uint8Array(16), atMs: 1, saidMs: 1, sender: null, source: "", content: null };
    expect(parseFavourites(favouritesBody([told, { ...told, id: new Uint8Array(3) }]).body)).toHaveLength(1);
    const before = (await kept(lan)).length;
    const foreign = favouritesBody([
      { ...told, content: { type: "text/plain;charset=utf-8", body: new Uint8Array([65]) } },
    ]);
    await mei.core.requireEngine().sending.tell(toLan, foreign, {}, () => undefined);
    await mei.say(toLan, "之后");
    await lan.hears(toMei, "之后");
    expect(await kept(lan)).toHaveLength(before);
    expect(decodeContent(new Uint8Array([1]))).toBeNull();
  });
});
