import { describe, expect, it } from "vitest";
import * as meta from "../../src/core/store/meta.ts";
import { migrate, NewerStore, openInMemory } from "../../src/core/store/open.ts";
import { SCHEMA } from "../../src/core/store/schema.ts";
import { StoreFull } from "../../src/core/store/store.ts";
import { useTown } from "./world/town.ts";

describe("the store", () => {
  it("keeps all of a transaction or nothing, and tells what was touched after it", async () => {
    const store = await openInMemory();
    const told: string[] = [];
    store.onCommit = (topics) => told.push(...topics);
    store.write((tx) => {
      meta.put(tx, "name", "lan");
      tx.touch("chats");
    });
    expect(() =>
      store.write((tx) => {
        meta.put(tx, "name", "mei");
        tx.touch("contacts");
        throw new Error("half way");
      }),
    ).toThrow("half way");
    expect(meta.words(store, "name")).toBe("lan");
    expect(told).toEqual(["chats"]);
  });

  it("carries every 53-bit number, every byte and every character", async () => {
    const store = await openInMemory();
    store.write((tx) => {
      meta.put(tx, "account_id", Number.MAX_SAFE_INTEGER);
      meta.put(tx, "seed", Uint8Array.of(0, 255, 0));
    });
    const odd = "\ufeff鸿\u0000雁😂";
    const row = store.one("SELECT ? AS text, -? AS below, 0.5 AS half, x'' AS none, NULL AS gone", [odd, 2 ** 53 - 1]);
    expect(row).toEqual({ text: odd, below: 1 - 2 ** 53, half: 0.5, none: new Uint8Array(), gone: null });
    expect(() => store.one("SELECT 9007199254740993 AS n")).toThrow(RangeError);
    expect(meta.number(store, "account_id")).toBe(Number.MAX_SAFE_INTEGER);
    expect(meta.bytes(store, "seed")).toEqual(Uint8Array.of(0, 255, 0));
  });

  it("refuses a store written by a newer version, and takes one of an older", async () => {
    const store = await openInMemory();
    expect(() => migrate(store, SCHEMA.slice(0, 0))).toThrow(NewerStore);
    migrate(store, [...SCHEMA, "CREATE TABLE later (x INTEGER) STRICT"]);
    expect(store.all("SELECT * FROM later")).toEqual([]);
    const image = store.image();
    await expect(openInMemory(image)).rejects.toThrow(NewerStore);
  });
});

const town = useTown();

describe("a full disk here", () => {
  it("lets her read on, takes mail in once there is room, and loses nothing", async () => {
    const { lan } = town;
    const mei = await town.friend("mei");
    const toMei = await lan.chatWith(mei);
    const toLan = await mei.chatWith(lan);
    await lan.say(toMei, "之前");
    await mei.hears(toLan, "之前");
    const { store } = mei.core;
    const write = store.write.bind(store);
    store.write = () => {
      throw new StoreFull();
    };
    await lan.say(toMei, "盘满了的时候");
    await mei.until("connection", undefined, ({ storageFull }) => storageFull === "here");
    expect(mei.texts(toLan)).toEqual(["之前"]);
    await expect(mei.say(toLan, "写不下")).rejects.toMatchObject({ code: "storage_full" });
    store.write = write;
    await mei.hears(toLan, "盘满了的时候");
    await mei.until("connection", undefined, ({ storageFull }) => storageFull === "none");
    await mei.say(toLan, "又有地方了");
    await lan.hears(toMei, "又有地方了");
    await mei.stop();
  });
});
