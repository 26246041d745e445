import { beforeAll, describe, expect, it } from "vitest";
import { CoreError } from "../../src/core/api.ts";
import { blobBytes, SEALED_CHUNK_BYTES } from "../../src/core/media/blob.ts";
import { attachmentOf, itemOfMessage } from "../../src/core/media/shelf.ts";
import { bytesOf, file, gets, place } from "./world/files.ts";
import type { Person } from "./world/person.ts";
import { SlowLine } from "./world/slow_line.ts";
import { useTown } from "./world/town.ts";

/** Videos that play while they are fetched [ME6]. */

const CHUNK = 65_536;
const BYTES = 2_000_000;
const MOST = 1024 * 1024;
/** Of the first chunk and a little more. */
const A_LITTLE = SEALED_CHUNK_BYTES + 2_000;

const town = useTown();
let mei: Person;
let chat: string;
let chatOfMei: string;

beforeAll(async () => {
  mei = await town.friend("mei");
  chat = await town.lan.chatWith(mei);
  chatOfMei = await mei.chatWith(town.lan);
});

async function film(name: string, bytes = BYTES): Promise<{ id: string; content: Buffer }> {
  const sent = file(bytes, { kind: "video", name, type: "video/mp4" });
  await town.lan.call("sendFiles", { chat, files: [sent] });
  const { id } = await gets(mei, chatOfMei, name);
  return { id, content: await bytesOf(sent.content) };
}

async function begun(id: string): Promise<string> {
  const name = await mei.call("streamBegin", { id });
  if (name === null) throw new Error("to be taken whole");
  return name;
}

async function part(name: string, from: number, most = MOST): Promise<Buffer> {
  return Buffer.from((await mei.call("streamPart", { name, from, most })).bytes);
}

/** What a player makes of it: part after part, from `from` to the end. */
async function played(name: string, from = 0): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let at = from; at < BYTES; ) {
    const next = await part(name, at);
    parts.push(next);
    at += next.length;
  }
  return Buffer.concat(parts);
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "none",
    (error: unknown) => (error instanceof CoreError ? error.code : String(error)),
  );
}

async function onServer(id: string): Promise<number> {
  const headers = { authorization: `Bearer ${mei.core.http.token}` };
  const blob = attachmentOf(mei.core.store, Number(id), "")?.blob ?? "";
  const answer = await fetch(`${mei.platform.origin}/api/media/${blob}`, { headers });
  await answer.body?.cancel();
  return answer.status;
}

function rangeFrom(chunk: number): string {
  return `bytes=${chunk * SEALED_CHUNK_BYTES}-`;
}

describe("a video that plays while it is fetched", () => {
  it("begins with the first chunk, comes whole, is fetched once, and is said to be taken [ME6] [ME14]", async () => {
    const { id, content } = await film("一.mp4");
    const line = new SlowLine(mei);
    line.allow(A_LITTLE);
    const name = await begun(id);
    expect(await mei.call("streamPart", { name, from: 0, most: 0 })).toMatchObject({ total: BYTES, type: "video/mp4" });
    expect((await part(name, 0)).equals(content.subarray(0, CHUNK))).toBe(true);
    expect((await part(name, 100, 50)).equals(content.subarray(100, 150))).toBe(true);
    expect(await mei.until("media", { id }, () => true)).toMatchObject({ state: "fetching" });
    line.allow(Number.MAX_SAFE_INTEGER);
    expect((await played(name)).equals(content)).toBe(true);
    await place(mei, id, "here");
    expect(line.ranges).toEqual([null]);
    expect(line.brought).toBe(blobBytes(BYTES));
    expect((await part(name, BYTES - 10)).equals(content.subarray(BYTES - 10))).toBe(true);
    expect(await part(name, BYTES)).toHaveLength(0);
    await mei.call("streamEnd", { name });
    await expect.poll(() => onServer(id), { timeout: 10_000 }).toBe(404);
    expect(await mei.call("streamBegin", { id })).toBeNull();
    expect((await bytesOf(await mei.call("media", { id }))).equals(content)).toBe(true);
    line.end();
  });

  it("what is asked for past the fetched comes next, then what is missing; a film whose index is at its end [ME13]", async () => {
    const { id, content } = await film("二.mp4");
    const line = new SlowLine(mei);
    line.allow(A_LITTLE);
    const name = await begun(id);
    await part(name, 0);
    const tail = part(name, 28 * CHUNK + 5);
    await expect.poll(() => line.ranges).toEqual([null, rangeFrom(28)]);
    line.allow(Number.MAX_SAFE_INTEGER);
    expect((await tail).equals(content.subarray(28 * CHUNK + 5, 28 * CHUNK + 5 + (await tail).length))).toBe(true);
    expect((await played(name)).equals(content)).toBe(true);
    await place(mei, id, "here");
    expect(line.ranges[2]).toBe(`bytes=${SEALED_CHUNK_BYTES}-${28 * SEALED_CHUNK_BYTES - 1}`);
    expect(line.brought).toBeLessThan(blobBytes(BYTES) + 6 * SEALED_CHUNK_BYTES);
    line.end();
    await mei.call("streamEnd", { name });
  });

  it("two places read in turn both go on", async () => {
    const { id, content } = await film("交错.mp4");
    const line = new SlowLine(mei);
    line.allow(0);
    const name = await begun(id);
    const places = [3, 20, 11].map((chunk) => chunk * CHUNK);
    const asked = places.map((at) => part(name, at, 10));
    line.allow(Number.MAX_SAFE_INTEGER);
    const got = Buffer.concat(await Promise.all(asked));
    expect(got.equals(Buffer.concat(places.map((at) => content.subarray(at, at + 10))))).toBe(true);
    line.end();
    await mei.call("streamEnd", { name });
    await place(mei, id, "here");
  });

  it("a line that is cut in the middle: what is here can be read, and it goes on where it was", async () => {
    const { id, content } = await film("断.mp4");
    const line = new SlowLine(mei);
    line.allow(3 * SEALED_CHUNK_BYTES + 500);
    const name = await begun(id);
    await part(name, 0);
    await part(name, 2 * CHUNK);
    line.cut();
    const next = part(name, 3 * CHUNK);
    await expect.poll(() => mei.core.engine?.media.downloads.isConnected()).toBe(true);
    expect((await part(name, CHUNK)).length).toBeGreaterThanOrEqual(2 * CHUNK);
    line.allow(Number.MAX_SAFE_INTEGER);
    expect((await next).equals(content.subarray(3 * CHUNK, 3 * CHUNK + (await next).length))).toBe(true);
    expect((await played(name)).equals(content)).toBe(true);
    expect(line.ranges.filter((range) => range === null)).toHaveLength(1);
    expect(line.ranges.at(-1)).toBe(rangeFrom(3));
    line.end();
    await mei.call("streamEnd", { name });
    await place(mei, id, "here");
  });

  it("after a reload in the middle nothing is fetched twice, wherever she had looked", async () => {
    const { id, content } = await film("重开.mp4");
    const line = new SlowLine(mei);
    line.allow(2 * SEALED_CHUNK_BYTES + 100);
    const name = await begun(id);
    await part(name, 0);
    await part(name, CHUNK);
    await part(name, 10 * CHUNK);
    await part(name, CHUNK);
    const seek = part(name, 25 * CHUNK); // what was fetched is noted when it turns
    await expect.poll(() => line.ranges.length).toBe(3);
    expect(itemOfMessage(mei.core.store, id, "")).toMatchObject({ state: "wanted", moved: 4 * CHUNK });
    mei.platform.onRequest = () => Promise.reject(new TypeError("gone"));
    void seek.catch(() => undefined);
    await mei.restart();
    const after = new SlowLine(mei);
    await place(mei, id, "here");
    expect((await bytesOf(await mei.call("media", { id }))).equals(content)).toBe(true);
    const asked = [`bytes=${2 * SEALED_CHUNK_BYTES}-${10 * SEALED_CHUNK_BYTES - 1}`, rangeFrom(12)];
    expect(after.ranges).toEqual(asked);
    expect(after.brought).toBe(blobBytes(BYTES) - 4 * SEALED_CHUNK_BYTES);
    after.end();
  });

  it("a chunk that was tampered with, or put in another's place, is never played; it stops and keeps nothing [ME6]", async () => {
    const { id, content } = await film("敌.mp4");
    const line = new SlowLine(mei);
    line.change = (bytes, at) => {
      const place = 5 * SEALED_CHUNK_BYTES + 9 - at;
      return place < 0 || place >= bytes.length ? bytes : bytes.map((byte, i) => (i === place ? byte ^ 1 : byte));
    };
    const name = await begun(id);
    expect((await part(name, 4 * CHUNK)).equals(content.subarray(4 * CHUNK, 5 * CHUNK))).toBe(true);
    expect(await refusal(part(name, 5 * CHUNK))).toBe("media_broken");
    expect(await refusal(part(name, 0))).toBe("media_broken");
    expect(await mei.until("media", { id }, () => true)).toMatchObject({ state: "broken", done: 0 });
    expect(itemOfMessage(mei.core.store, id, "")?.have).toBeNull();
    await mei.call("streamEnd", { name });
    expect(await onServer(id)).toBe(200);
    line.end();
    const again = await begun(id);
    expect((await played(again)).equals(content)).toBe(true);
    await mei.call("streamEnd", { name: again });
    await place(mei, id, "here");
  });

  it("another content than the message named is found out with the last chunk [ME4]", async () => {
    const { id } = await film("两面.mp4");
    const row = mei.core.store.one("SELECT detail FROM message WHERE n = ?", [Number(id)]);
    const detail = JSON.parse(String(row?.["detail"])) as { hash: string };
    detail.hash = Buffer.alloc(32).toString("base64");
    mei.core.store.write((tx) =>
      tx.run("UPDATE message SET detail = ? WHERE n = ?", [JSON.stringify(detail), Number(id)]),
    );
    const name = await begun(id);
    await place(mei, id, "broken");
    expect(await refusal(part(name, 0))).toBe("media_broken");
    await mei.call("streamEnd", { name });
  });

  it("on a full disk it plays to its end, seeks, keeps nothing more, and the server keeps it for another day", async () => {
    const { id, content } = await film("满.mp4");
    mei.platform.files.room = 3 * CHUNK;
    const name = await begun(id);
    expect((await played(name)).equals(content)).toBe(true);
    expect((await part(name, 7)).equals(content.subarray(7, 7 + (await part(name, 7)).length))).toBe(true);
    await mei.call("streamEnd", { name });
    expect(await mei.until("media", { id }, (media) => media?.state === "away")).toMatchObject({
      problem: "storage_full",
    });
    expect(await onServer(id)).toBe(200);
    mei.platform.files.room = Number.MAX_SAFE_INTEGER;
    expect((await bytesOf(await mei.call("media", { id }))).equals(content)).toBe(true);
  });

  it("what is watched has the line for itself; other large files go on after it", async () => {
    const first = await film("先.mp4");
    const second = await film("后.mp4");
    const line = new SlowLine(mei);
    line.allow(A_LITTLE);
    const whole = mei.call("media", { id: first.id });
    await expect.poll(() => line.brought).toBe(A_LITTLE);
    const name = await begun(second.id);
    line.allow(Number.MAX_SAFE_INTEGER);
    expect((await played(name)).equals(second.content)).toBe(true);
    await place(mei, second.id, "here");
    expect(line.ranges).toEqual([null, null]);
    await mei.call("streamEnd", { name });
    expect((await bytesOf(await whole)).equals(first.content)).toBe(true);
    expect(line.ranges).toEqual([null, null, rangeFrom(1)]);
    line.end();
  });

  it("who has no name gets nothing, and what is no video, or is here, is taken whole", async () => {
    expect(await refusal(part("00", 0))).toBe("media_gone");
    expect(await refusal(mei.call("streamBegin", { id: "999999" }))).toBe("media_gone");
    const { id } = await film("名.mp4");
    const name = await begun(id);
    const late = part(name, BYTES - 1);
    await mei.call("streamEnd", { name });
    expect(["none", "media_gone"]).toContain(await refusal(late));
    expect(await refusal(part(name, 0))).toBe("media_gone");
    const odd = file(BYTES, { kind: "video", name: "怪.mp4", type: "text/html" });
    await town.lan.call("sendFiles", { chat, files: [odd] });
    expect(await mei.call("streamBegin", { id: (await gets(mei, chatOfMei, "怪.mp4")).id })).toBeNull();
    mei.platform.unplug();
    await mei.until("connection", undefined, ({ state }) => state !== "online");
    const [own = ""] = await town.lan.call("sendFiles", { chat, files: [odd] });
    expect(await town.lan.call("streamBegin", { id: own })).toBeNull();
    mei.platform.plugIn();
  });

  it("when the core goes elsewhere in the middle no file stays open, and who waits is told", async () => {
    await mei.until("connection", undefined, ({ state }) => state === "online");
    const { id } = await film("换页.mp4");
    const line = new SlowLine(mei);
    line.allow(A_LITTLE);
    const name = await begun(id);
    await part(name, 0);
    expect(mei.platform.files.opened.size).toBe(1);
    const waiting = refusal(part(name, 9 * CHUNK));
    await mei.core.stop();
    expect(await waiting).toBe("media_gone");
    await expect.poll(() => mei.platform.files.opened.size).toBe(0);
  });
});
