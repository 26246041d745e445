import { beforeAll, describe, expect, it } from "vitest";
import { decodeContent } from "../../src/core/content/content.ts";
import { favouritesBody, parseFavourites } from "../../src/core/favourites/wire.ts";
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
