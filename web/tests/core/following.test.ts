import { beforeAll, describe, expect, it } from "vitest";
import type { Sticker } from "../../src/core/api.ts";
import { parseKind } from "../../src/core/content/kinds.ts";
import { followingBody, parseFollowing } from "../../src/core/following/wire.ts";
import { bytesOf, file, gets } from "./world/files.ts";
import { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

/** What she keeps is on all her own devices: stickers, and the files of favourites [FA2] [FA3]. */

const town = useTown();
const SIZE = { width: 240, height: 240 };
let lan: Person; // her telephone
let computer: Person;
let mei: Person;
let toLan: string;
let toMei: string;

beforeAll(async () => {
  ({ lan } = town);
  mei = await town.friend("mei");
  toMei = await lan.chatWith(mei);
  toLan = await mei.chatWith(lan);
});

function gif(first: number): Blob {
  return new Blob([Uint8Array.from({ length: 3_000 }, (_, i) => (first + i) % 251)], { type: "image/gif" });
}

async function add(person: Person, first: number): Promise<string> {
  await person.call("addSticker", { content: gif(first), ...SIZE, thumb: Uint8Array.of(first) });
  return (await person.until("stickers", undefined, () => true))[0]?.id ?? "";
}

function shows(person: Person, ids: string[]): Promise<Sticker[]> {
  return person.until("stickers", undefined, (all) => all.map(({ id }) => id).join() === ids.join());
}

/** All is with the server that it had to tell, its own devices too. */
function saidAll(person: Person) {
  const rows = () => person.core.store.one("SELECT count(*) AS n FROM outbox")?.["n"];
  return expect.poll(rows, { timeout: 20_000 }).toBe(0);
}

function favourites(person: Person, count: number) {
  const wanted = { kinds: [], text: "", limit: 50 };
  return person.until("favourites", wanted, (all) => all.favourites.length === count);
}

async function link(person: Person): Promise<Person> {
  const device = await Person.device(person.name, town.server.origin);
  const { text } = await device.call("deviceLinkStart", undefined);
  await person.call("deviceLinkApprove", { text });
  await device.stage("ready");
  return device;
}

/** Two minutes go by, after which what was not given is asked for. */
function wait(person: Person): void {
  person.core.store.write((tx) => tx.run("UPDATE following_in SET since_ms = 0"));
}

/** How many files it awaits. */
function awaits(person: Person, count: number) {
  const rows = () => person.core.store.one("SELECT count(*) AS n FROM following_in")?.["n"];
  return expect.poll(rows, { timeout: 20_000 }).toBe(count);
}

describe("what she keeps", () => {
  let one: string;
  let two: string;

  it("comes to a new device: stickers with their order, favourites with their files [FA2] [FA3]", async () => {
    one = await add(lan, 1);
    two = await add(lan, 2);
    await mei.call("sendFiles", { chat: toLan, files: [file(90_000, { name: "全家福.webp" })] });
    const photo = await gets(lan, toMei, "全家福.webp");
    await lan.call("favour", { ids: [photo.id] });
    await lan.call("deleteForMe", { ids: [photo.id] });
    computer = await link(lan);
    const [kept] = (await favourites(computer, 1)).favourites;
    expect(kept?.elsewhere).toEqual({ done: 0, opened: false });
    const content = await computer.call("favouriteContent", { id: kept?.id ?? "" });
    expect((await bytesOf(content)).equals(await bytesOf(file(90_000).content))).toBe(true);
    expect((await favourites(computer, 1)).favourites[0]?.elsewhere).toBeNull();
    await awaits(computer, 2);
    wait(computer);
    const [first] = await shows(computer, [two, one]);
    expect(await bytesOf(await computer.call("sticker", { id: first?.id ?? "" }))).toEqual(await bytesOf(gif(2)));
    expect(await computer.call("stickerThumb", { id: first?.id ?? "" })).toEqual(Uint8Array.of(2));
  });

  it("goes to the other devices at once, and from them; taken out and kept again it converges [FA2]", async () => {
    const three = await add(computer, 3);
    await shows(lan, [three, two, one]);
    await lan.call("removeSticker", { id: two });
    await shows(computer, [three, one]);
    expect(await add(computer, 2)).toBe(two);
    await shows(lan, [two, three, one]);
    // Both change while neither hears of the other: what was done last holds, on both.
    computer.platform.unplug();
    lan.platform.unplug();
    await lan.call("removeSticker", { id: three });
    await computer.call("stickerFirst", { id: one });
    await computer.call("removeSticker", { id: two });
    lan.platform.clockOffMs += 10_000; // ten seconds later
    await lan.call("stickerFirst", { id: two });
    computer.platform.plugIn();
    lan.platform.plugIn();
    await shows(lan, [two, one]);
    await awaits(lan, 0);
    await expect.poll(() => computer.core.store.one("SELECT 1 FROM following_in"), { timeout: 20_000 }).toBeDefined();
    wait(computer); // what it took out itself it has to ask for
    await shows(computer, [two, one]);
    await awaits(computer, 0);
  });

  it("is kept on the telephone and opens on the computer, which has no message of it [FA3]", async () => {
    await computer.stop();
    const [photo] = await lan.call("sendFiles", { chat: toMei, files: [file(70_000, { name: "饺子.webp" })] });
    await gets(mei, toLan, "饺子.webp");
    await lan.call("favour", { ids: [photo ?? ""] });
    await expect
      .poll(() => lan.core.store.one("SELECT count(*) AS n FROM following_out")?.["n"], { timeout: 20_000 })
      .toBe(0);
    await saidAll(lan);
    lan.platform.unplug(); // the telephone is in the pocket
    await computer.restart();
    await computer.stage("ready");
    computer.platform.unplugged = false;
    await favourites(computer, 2);
    await awaits(computer, 0);
    const [kept] = (await favourites(computer, 2)).favourites;
    const content = await computer.call("favouriteContent", { id: kept?.id ?? "" });
    expect((await bytesOf(content)).equals(await bytesOf(file(70_000).content))).toBe(true);
    lan.platform.plugIn();
  });

  it("a large file waits until it is opened, and says where it is; full storage and a lost blob lose nothing [FA3]", async () => {
    computer.platform.unplug();
    const [photo = ""] = await lan.call("sendFiles", { chat: toMei, files: [file(80_000, { name: "婚礼.mp4" })] });
    await gets(mei, toLan, "婚礼.mp4");
    await lan.settled();
    await lan.call("favour", { ids: [photo] });
    lan.core.store.write((tx) => tx.run("DELETE FROM following_out")); // as of a file of 200 MB
    await lan.call("deleteForMe", { ids: [photo] });
    await saidAll(lan);
    lan.platform.unplug();
    const { later } = computer.platform;
    computer.platform.later = (ms, run) => later.call(computer.platform, ms === 20_000 ? 500 : ms, run);
    computer.platform.plugIn();
    const { favourites: all } = await favourites(computer, 3);
    const id = all.find(({ detail }) => detail !== null && "name" in detail && detail.name === "婚礼.mp4")?.id ?? "";
    await awaits(computer, 1);
    computer.core.store.write((tx) => tx.run("UPDATE following_in SET bytes = 30000000, since_ms = 0"));
    await expect(computer.call("favouriteContent", { id })).rejects.toMatchObject({ code: "elsewhere" });
    expect((await computer.until("favourite", { id }, () => true))?.elsewhere).toEqual({ done: 0, opened: true });

    let gone = 0;
    computer.platform.onRequest = async (url, init) => {
      const isBlob = init.method === "GET" && /\/media\/[^/]+$/.test(url);
      return isBlob && gone++ === 0 ? new Response(null, { status: 404 }) : fetch(url, init);
    };
    computer.platform.files.room = 1_000;
    lan.platform.plugIn();
    await expect
      .poll(() => computer.core.store.one("SELECT problem FROM following_in")?.["problem"], { timeout: 30_000 })
      .toBe("storage_full");
    expect(gone).toBeGreaterThan(1);
    await expect(computer.call("favouriteContent", { id })).rejects.toMatchObject({ code: "storage_full" });
    computer.platform.files.room = Number.MAX_SAFE_INTEGER;
    const content = await computer.call("favouriteContent", { id });
    expect((await bytesOf(content)).equals(await bytesOf(file(80_000).content))).toBe(true);
    // Everybody has it or needs it no more: the server keeps nothing.
    await awaits(computer, 0);
    await computer.call("unfavour", { ids: [id] });
    await favourites(lan, 2);
  });

  it("what does not parse is left out, and nobody else can put anything among it", async () => {
    const told = { id: new Uint8Array(32), type: "image/gif", ...SIZE, bytes: 9, thumb: null, position: 1, goneMs: 0 };
    const body = followingBody({ stickers: [told, { ...told, id: new Uint8Array(3) }], asks: ["../k", "k", "s1"] });
    expect(parseFollowing(body.body)).toMatchObject({ stickers: [told], gives: [], asks: [], all: false });
    expect(parseKind(body.type, new Uint8Array([0xa0])).kind).toBe("following");
    const before = (await lan.until("stickers", undefined, () => true)).length;
    await mei.core.requireEngine().sending.tell(toLan, body, {}, () => undefined);
    await mei.say(toLan, "之后");
    await lan.hears(toMei, "之后");
    expect(lan.core.store.one("SELECT 1 FROM sticker WHERE id = ?", [told.id])).toBeUndefined();
    expect(await lan.until("stickers", undefined, () => true)).toHaveLength(before);
    await computer.stop();
  });
});
