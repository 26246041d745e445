import { beforeAll, describe, expect, it } from "vitest";
import { CoreError, type MediaState, type Message } from "../../src/core/api.ts";
import { fromHex } from "../../src/core/bytes.ts";
import { attachmentOf } from "../../src/core/media/shelf.ts";
import { bytesOf, file, gets, place } from "./world/files.ts";
import type { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

const town = useTown();
let mei: Person;
let chat: string;
let chatOfMei: string;

beforeAll(async () => {
  mei = await town.friend("mei");
  chat = await town.lan.chatWith(mei);
  chatOfMei = await mei.chatWith(town.lan);
});

function blobOf(person: Person, message: Message): string {
  return attachmentOf(person.core.store, Number(message.id), "")?.blob ?? "";
}

/** What the server answers a device that asks for a blob. */
async function fetched(person: Person, blob: string): Promise<number> {
  const headers = { authorization: `Bearer ${person.core.http.token}` };
  const answer = await fetch(`${person.platform.origin}/api/media/${blob}`, { headers });
  await answer.arrayBuffer();
  return answer.status;
}

async function sent(person: Person, id: string): Promise<void> {
  await person.until("messages", { chat, before: null, limit: 50 }, ({ messages }) =>
    messages.some((message) => message.id === id && message.state === "sent"),
  );
}

/** A line on which nothing comes any more; who asked may give up. */
function hanging({ signal }: RequestInit): Promise<never> {
  return new Promise((_, fail) => {
    const end = (): void => fail(new TypeError("aborted"));
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end);
  });
}

async function refusal(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "none",
    (error: unknown) => (error instanceof CoreError ? error.code : String(error)),
  );
}

describe("files of messages", () => {
  it("a picture is on the screen at once, and comes whole to the other [ME3] [ME5] [ME6]", async () => {
    const picture = file(300_000, { name: "饺子.webp", width: 1600, height: 1200, thumb: Uint8Array.of(1, 2, 3) });
    const [id = ""] = await town.lan.call("sendFiles", { chat, files: [picture] });
    const own = await gets(town.lan, chat, "饺子.webp");
    expect(own).toMatchObject({ id, mine: true, detail: { kind: "picture", bytes: 300_000, width: 1600 } });
    const got = await gets(mei, chatOfMei, "饺子.webp");
    expect(got.detail).toMatchObject({ kind: "picture", bytes: 300_000, height: 1200, hasThumb: true });
    expect(await mei.call("thumbnail", { id: got.id })).toEqual(Uint8Array.of(1, 2, 3));
    await place(mei, got.id, "here");
    expect((await bytesOf(await mei.call("media", { id: got.id }))).equals(await bytesOf(picture.content))).toBe(true);
    await sent(town.lan, id);
    await place(town.lan, id, "here");
  });

  it("is gone from the server once all have it [ME14]", async () => {
    const [id = ""] = await town.lan.call("sendFiles", { chat, files: [file(5_000, { name: "取走.webp" })] });
    const got = await gets(mei, chatOfMei, "取走.webp");
    await place(mei, got.id, "here");
    const blob = blobOf(mei, got);
    await expect.poll(() => fetched(mei, blob), { timeout: 10_000 }).toBe(404);
    expect(await bytesOf(await mei.call("media", { id: got.id }))).toHaveLength(5_000);
    await sent(town.lan, id);
  });

  it("several arrive in the order they were sent", async () => {
    const files = [90_000, 200, 500_000, 4_000].map((bytes, i) => file(bytes, { name: `第${i}张` }));
    await town.lan.call("sendFiles", { chat, files });
    await gets(mei, chatOfMei, "第3张");
    const { messages } = await mei.until("messages", { chat: chatOfMei, before: null, limit: 50 }, () => true);
    const names = messages.flatMap(({ detail }) => (detail?.kind === "picture" ? [detail.name] : []));
    expect(names.slice(-4)).toEqual(["第0张", "第1张", "第2张", "第3张"]);
  });

  it("a video waits until it is wanted, then comes; a file of nothing, too", async () => {
    const files = [file(150_000, { kind: "video", name: "海.mp4" }), file(0, { kind: "file", name: "空.txt" })];
    await town.lan.call("sendFiles", { chat, files });
    const video = await gets(mei, chatOfMei, "海.mp4");
    const empty = await gets(mei, chatOfMei, "空.txt");
    expect(await mei.until("media", { id: video.id }, () => true)).toMatchObject({ state: "away", done: 0 });
    expect(await bytesOf(await mei.call("media", { id: video.id }))).toHaveLength(150_000);
    expect(await bytesOf(await mei.call("media", { id: empty.id }))).toHaveLength(0);
    await place(mei, video.id, "here");
  });

  it("an upload goes on after the tab died in the middle of it [ME10]", async () => {
    const { lan } = town;
    let patches = 0;
    lan.platform.onRequest = async (url, init) => {
      if (init.method === "PATCH" && ++patches > 2) await hanging(init);
      return fetch(url, init);
    };
    const picture = file(3_000_000, { name: "大.webp" });
    const [id = ""] = await lan.call("sendFiles", { chat, files: [picture] });
    await lan.until("media", { id }, (media) => (media?.done ?? 0) > 600_000);
    await lan.restart();
    await lan.stage("ready");
    const got = await gets(mei, chatOfMei, "大.webp");
    expect((await bytesOf(await mei.call("media", { id: got.id }))).equals(await bytesOf(picture.content))).toBe(true);
    await sent(lan, id);
  });

  it("an upload that was cut at its last byte, whose answer was lost, and whose line dropped, still arrives whole", async () => {
    const { lan } = town;
    let cut = 0;
    lan.platform.onRequest = async (url, init) => {
      if (!url.includes("/media") || init.body === undefined || cut >= 3) return fetch(url, init);
      cut += 1;
      const body = init.body as Uint8Array<ArrayBuffer>;
      if (cut === 1) await fetch(url, init); // all of it came, and she never heard
      if (cut === 2) await fetch(url, { ...init, body: body.slice(0, -1) }).catch(() => undefined);
      throw new TypeError("cut");
    };
    const picture = file(700_000, { name: "九成九.webp" });
    await lan.call("sendFiles", { chat, files: [picture] });
    const got = await gets(mei, chatOfMei, "九成九.webp", 60_000);
    expect(cut).toBe(3);
    expect((await bytesOf(await mei.call("media", { id: got.id }))).equals(await bytesOf(picture.content))).toBe(true);
    lan.platform.onRequest = fetch;
  });

  it("what is sent without a network goes when there is one", async () => {
    town.lan.platform.unplug();
    const [id = ""] = await town.lan.call("sendFiles", { chat, files: [file(20_000, { name: "山里.webp" })] });
    expect(await town.lan.until("media", { id }, () => true)).toMatchObject({ state: "sending", problem: null });
    expect(await town.lan.until("connection", undefined, ({ waiting }) => waiting > 0)).toBeTruthy();
    town.lan.platform.plugIn();
    await place(mei, (await gets(mei, chatOfMei, "山里.webp", 40_000)).id, "here");
  });

  it("a download goes on where the line was cut, and the rest is not fetched twice [ME6]", async () => {
    const content = file(2_000_000, { name: "长.mp4", kind: "video" });
    await town.lan.call("sendFiles", { chat, files: [content] });
    const got = await gets(mei, chatOfMei, "长.mp4");
    const ranges: (string | null)[] = [];
    mei.platform.onRequest = async (url, init) => {
      const answer = await fetch(url, init);
      if (!url.includes("/media/") || init.method !== "GET") return answer;
      ranges.push(new Headers(init.headers).get("range"));
      if (ranges.length > 1 || answer.body === null) return answer;
      let left = 1_200_000;
      const part = answer.body.pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, to) {
            left -= chunk.length;
            if (left < 0) to.error(new TypeError("cut"));
            else to.enqueue(chunk);
          },
        }),
      );
      return new Response(part, { status: answer.status, headers: answer.headers });
    };
    expect(await refusal(mei.call("media", { id: got.id }))).toBe("offline");
    await place(mei, got.id, "here");
    expect((await bytesOf(await mei.call("media", { id: got.id }))).equals(await bytesOf(content.content))).toBe(true);
    const again = Number(/^bytes=(\d+)-$/.exec(ranges[1] ?? "")?.[1]);
    expect([ranges.length, ranges[0], again % 65_552]).toEqual([2, null, 0]);
    expect(again).toBeGreaterThanOrEqual(16 * 65_552);
    mei.platform.onRequest = fetch;
  });

  const HOSTILE: [string, (blob: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>][] = [
    ["swaps two chunks", (blob) => swapped(blob)],
    ["cuts off the end", (blob) => blob.slice(0, -16)],
    ["cuts off whole chunks", (blob) => blob.slice(0, 65_552)],
    ["adds to it", (blob) => new Uint8Array([...blob, ...blob.slice(0, 20)])],
    ["changes a byte", (blob) => blob.map((byte, i) => (i === 70_000 ? byte ^ 1 : byte))],
    ["gives another blob", (blob) => new Uint8Array(blob.length)],
    ["gives nothing", () => new Uint8Array()],
  ];

  it.each(HOSTILE)("a server that %s is found out, and nothing of it is shown [ME6]", async (how, changed) => {
    const name = `敌.${how}`;
    mei.platform.onRequest = async (url, init) => {
      const answer = await fetch(url, init);
      if (!url.includes("/media/") || init.method !== "GET") return answer;
      return new Response(changed(new Uint8Array(await answer.arrayBuffer())), { status: answer.status });
    };
    await town.lan.call("sendFiles", { chat, files: [file(150_000, { name })] });
    const got = await gets(mei, chatOfMei, name);
    await place(mei, got.id, "broken");
    expect(await refusal(mei.call("media", { id: got.id }))).toBe("media_broken");
    mei.platform.onRequest = fetch;
    // The server comes to its senses: the blob was never said to be taken.
    expect(await bytesOf(await mei.call("media", { id: got.id }))).toHaveLength(150_000);
  });

  it("a sender who says another hash for others is found out [ME4]", async () => {
    await town.lan.call("sendFiles", { chat, files: [file(9_000, { name: "两面.mp4", kind: "video" })] });
    const got = await gets(mei, chatOfMei, "两面.mp4");
    const row = mei.core.store.one("SELECT detail FROM message WHERE n = ?", [Number(got.id)]);
    const detail = JSON.parse(String(row?.["detail"])) as { hash: string };
    detail.hash = Buffer.from(fromHex("00".repeat(32))).toString("base64");
    mei.core.store.write((tx) =>
      tx.run("UPDATE message SET detail = ? WHERE n = ?", [JSON.stringify(detail), Number(got.id)]),
    );
    expect(await refusal(mei.call("media", { id: got.id }))).toBe("media_broken");
  });

  it("one that is not on the server any more says so, and is not asked for again and again", async () => {
    await town.lan.call("sendFiles", { chat, files: [file(9_000, { name: "过期.mp4", kind: "video" })] });
    const got = await gets(mei, chatOfMei, "过期.mp4");
    let asked = 0;
    mei.platform.clockOffMs = 20 * 86_400_000;
    mei.platform.onRequest = async (url, init) => {
      if (!url.includes("/media/") || init.method !== "GET") return fetch(url, init);
      asked += 1;
      return new Response(JSON.stringify({ code: "media_unknown" }), { status: 404 });
    };
    mei.core.clock.offsetMs = 20 * 86_400_000;
    expect(await refusal(mei.call("media", { id: got.id }))).toBe("media_gone");
    expect(await mei.until("media", { id: got.id }, () => true)).toMatchObject({ state: "gone" });
    expect(asked).toBe(1);
    mei.platform.onRequest = fetch;
    mei.platform.clockOffMs = 0;
    mei.core.clock.offsetMs = 0;
  });

  it("a recalled picture is taken back from the server and leaves both devices", async () => {
    const { lan } = town;
    const [id = ""] = await lan.call("sendFiles", { chat, files: [file(9_000, { name: "撤.mp4", kind: "video" })] });
    const got = await gets(mei, chatOfMei, "撤.mp4");
    await sent(lan, id);
    const blob = blobOf(mei, got);
    expect(await fetched(mei, blob)).toBe(200);
    await lan.call("recall", { id });
    await mei.until("messages", { chat: chatOfMei, before: null, limit: 50 }, ({ messages }) =>
      messages.some((message) => message.id === got.id && message.kind === "recalled"),
    );
    await expect.poll(() => fetched(mei, blob), { timeout: 10_000 }).toBe(404);
    await expect.poll(() => lan.core.store.all("SELECT * FROM media WHERE blob = ?", [blob])).toEqual([]);
    expect(await refusal(mei.call("media", { id: got.id }))).toBe("media_gone");
  });

  it("what is deleted leaves no file behind, and an unfetched one is due no more [ME14]", async () => {
    const before = mei.platform.files.all.size;
    await town.lan.call("sendFiles", {
      chat,
      files: [file(9_000, { name: "删.webp" }), file(9_000, { name: "删.mp4", kind: "video" })],
    });
    const picture = await gets(mei, chatOfMei, "删.webp");
    const video = await gets(mei, chatOfMei, "删.mp4");
    await place(mei, picture.id, "here");
    const blob = blobOf(mei, video);
    expect(mei.platform.files.all.size).toBe(before + 1);
    await mei.call("deleteForMe", { ids: [picture.id, video.id] });
    await expect.poll(() => mei.platform.files.all.size, { timeout: 10_000 }).toBe(before);
    await expect.poll(() => fetched(mei, blob), { timeout: 10_000 }).toBe(404);
  });

  it("sending is stopped: the message goes, and so does what the server has", async () => {
    const { lan } = town;
    let created = "";
    lan.platform.onRequest = async (url, init) => {
      if (init.method === "PATCH") await hanging(init);
      if (init.method === "POST" && url.endsWith("/api/media")) created = url;
      return fetch(url, init);
    };
    const [id = ""] = await lan.call("sendFiles", { chat, files: [file(2_000_000, { name: "不发了.webp" })] });
    await expect.poll(() => created, { timeout: 10_000 }).not.toBe("");
    await lan.call("cancelMedia", { id });
    await expect.poll(() => lan.core.store.all("SELECT * FROM media WHERE message = ?", [Number(id)])).toEqual([]);
    await expect
      .poll(() => lan.core.store.all("SELECT * FROM media WHERE message IS NULL"), { timeout: 10_000 })
      .toEqual([]);
    lan.platform.onRequest = fetch;
  });

  it("ten gigabytes are refused before a byte is read", async () => {
    const huge = {
      size: 10 * 1024 ** 3,
      slice: () => {
        throw new Error("read");
      },
    } as unknown as Blob;
    const outgoing = { ...file(1, { kind: "file", name: "盘.img" }), content: huge };
    expect(await refusal(town.lan.call("sendFiles", { chat, files: [outgoing] }))).toBe("file_too_large");
  });

  it("with a full disk nothing is sent and nothing is left over; a received one waits for room", async () => {
    const { lan } = town;
    const stored = lan.platform.files.all.size;
    lan.platform.files.room = 100_000;
    expect(await refusal(lan.call("sendFiles", { chat, files: [file(300_000, { name: "满.webp" })] }))).toBe(
      "storage_full",
    );
    lan.platform.files.room = Number.MAX_SAFE_INTEGER;
    await expect.poll(() => lan.platform.files.all.size).toBe(stored);
    await lan.call("sendFiles", { chat, files: [file(300_000, { name: "有.webp" })] });
    mei.platform.files.room = 100_000;
    const got = await gets(mei, chatOfMei, "有.webp");
    await mei.until("media", { id: got.id }, (media: MediaState | null) => media?.problem === "storage_full");
    mei.platform.files.room = Number.MAX_SAFE_INTEGER;
    expect(await bytesOf(await mei.call("media", { id: got.id }))).toHaveLength(300_000);
  });

  it("when the server is full it waits, says so, and goes on", async () => {
    const { lan } = town;
    let full = true;
    lan.platform.onRequest = async (url, init) => {
      if (!full || !url.includes("/media")) return fetch(url, init);
      return new Response(JSON.stringify({ code: "storage_full", retry_after_s: 1 }), { status: 503 });
    };
    const [id = ""] = await lan.call("sendFiles", { chat, files: [file(40_000, { name: "等等.webp" })] });
    await lan.until("media", { id }, (media) => media?.problem === "storage_full");
    expect((await lan.until("connection", undefined, () => true)).storageFull).toBe("server");
    full = false;
    await place(mei, (await gets(mei, chatOfMei, "等等.webp", 40_000)).id, "here");
    lan.platform.onRequest = fetch;
  });

  it("what the server refuses for good fails with the reason, and can be tried again", async () => {
    const { lan } = town;
    lan.platform.onRequest = async (url, init) => {
      if (!url.includes("/media")) return fetch(url, init);
      return new Response(JSON.stringify({ code: "media_account_full" }), { status: 409 });
    };
    const [id = ""] = await lan.call("sendFiles", { chat, files: [file(40_000, { name: "太多.webp" })] });
    await lan.until("media", { id }, (media) => media?.problem === "media_full");
    await lan.until("messages", { chat, before: null, limit: 50 }, ({ messages }) =>
      messages.some((message) => message.id === id && message.state === "failed"),
    );
    lan.platform.onRequest = fetch;
    await lan.call("retry", { id });
    await place(mei, (await gets(mei, chatOfMei, "太多.webp")).id, "here");
  });

  it("one forwarded goes out anew under another key and id, alone and inside a record", async () => {
    const bo = await town.friend("bo");
    await town.befriend(mei, bo);
    const to = await mei.chatWith(bo);
    await town.lan.call("sendFiles", { chat, files: [file(30_000, { name: "转.webp", thumb: Uint8Array.of(9) })] });
    const got = await gets(mei, chatOfMei, "转.webp");
    await place(mei, got.id, "here");
    await mei.call("forward", { ids: [got.id], chats: [to], mergedAs: null });
    const alone = await gets(bo, await bo.chatWith(mei), "转.webp");
    expect(blobOf(bo, alone)).not.toBe(blobOf(mei, got));
    expect(await bytesOf(await bo.call("media", { id: alone.id }))).toHaveLength(30_000);
    await mei.call("forward", { ids: [got.id], chats: [to], mergedAs: "兰和梅的聊天记录" });
    const { messages } = await bo.until(
      "messages",
      { chat: await bo.chatWith(mei), before: null, limit: 9 },
      (answer) => answer.messages.some(({ kind }) => kind === "record"),
    );
    const record = messages.find(({ kind }) => kind === "record");
    const path = record?.detail?.kind === "record" ? (record.detail.items[0]?.path ?? "") : "";
    expect(path).toBe("0");
    expect(await bytesOf(await bo.call("media", { id: record?.id ?? "", path }))).toHaveLength(30_000);
    expect(await bo.call("thumbnail", { id: record?.id ?? "", path })).toEqual(Uint8Array.of(9));
  });
});

function swapped(blob: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const changed = blob.slice();
  changed.set(blob.subarray(65_552, 131_104), 0);
  changed.set(blob.subarray(0, 65_552), 65_552);
  return changed;
}
