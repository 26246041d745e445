import sqlite3InitModule, { type SAHPoolUtil, type Sqlite3Static } from "@sqlite.org/sqlite-wasm";
import { gatherWrites } from "./gathering.ts";
import { SCHEMA } from "./schema.ts";
import { integer, Store } from "./store.ts";

/** The store was written by a newer version of the app; opening it would lose what it holds. */
export class NewerStore extends Error {}

/** This browser window gives no durable storage (private window, or too old). */
export class NoStorage extends Error {}

const FILE = "/hongyan.sqlite3";
const POOL = { name: "hongyan", directory: "/hongyan", initialCapacity: 6, forceReinitIfPreviouslyFailed: true };
const OPEN_TRIES = 10;
const OPEN_RETRY_MS = 200;

/** Brings the tables to this version, in one transaction: a new store is one write to the disk. Throws NewerStore. */
export function migrate(store: Store, schema: readonly string[] = SCHEMA): void {
  const version = integer(store.one("PRAGMA user_version") ?? {}, "user_version");
  if (version > schema.length) throw new NewerStore();
  if (version === schema.length) return;
  const steps = schema.slice(version).join(";\n");
  store.execute(`BEGIN IMMEDIATE; ${steps}; PRAGMA user_version=${schema.length}; COMMIT;`);
}

/** A store without a disk, optionally from an image: for tests, which run the same SQL in Node. */
export async function openInMemory(image?: Uint8Array): Promise<Store> {
  const sqlite = await sqlite3InitModule();
  const database = new sqlite.oo1.DB(":memory:", "c");
  if (image !== undefined) load(sqlite, database, image);
  const store = new Store(sqlite, database);
  migrate(store);
  return store;
}

function load(sqlite: Sqlite3Static, database: InstanceType<Sqlite3Static["oo1"]["DB"]>, image: Uint8Array): void {
  const memory = sqlite.wasm.allocFromTypedArray(image);
  const flags = sqlite.capi.SQLITE_DESERIALIZE_FREEONCLOSE | sqlite.capi.SQLITE_DESERIALIZE_RESIZEABLE;
  const pointer = database.pointer;
  if (pointer === undefined) throw new Error("closed");
  const code = sqlite.capi.sqlite3_deserialize(pointer, "main", memory, image.length, image.length, flags);
  if (code !== 0) throw new Error(`sqlite ${code}`);
}

export interface DurableStore {
  store: Store;
  /** Closes the store and gives the files free for another tab. */
  release(): void;
  /** Erases everything and opens an empty store. */
  erase(): Promise<Store>;
}

/** A tab that has just ended may hold its files for a moment longer. */
async function openPool(sqlite: Sqlite3Static): Promise<SAHPoolUtil> {
  for (let left = OPEN_TRIES; ; left--) {
    try {
      return await sqlite.installOpfsSAHPoolVfs(POOL);
    } catch {
      if (left <= 1) throw new NoStorage();
      await new Promise((done) => setTimeout(done, OPEN_RETRY_MS));
    }
  }
}

/** The store in the origin's private file system. Throws NoStorage or NewerStore. */
export async function openDurable(): Promise<DurableStore> {
  if (!("storage" in navigator) || navigator.storage.getDirectory === undefined) throw new NoStorage();
  const sqlite = await sqlite3InitModule();
  const pool = await openPool(sqlite);
  if (pool.isPaused()) await pool.unpauseVfs();
  let gathers = false;
  const open = (): Store => {
    const database = new pool.OpfsSAHPoolDb(FILE);
    if (!gathers) gatherWrites(sqlite, database);
    gathers = true;
    database.exec(`PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;`);
    const store = new Store(sqlite, database);
    try {
      migrate(store);
    } catch (error) {
      store.close();
      pool.pauseVfs();
      throw error;
    }
    return store;
  };
  const durable: DurableStore = {
    store: open(),
    release() {
      durable.store.close();
      pool.pauseVfs();
    },
    async erase() {
      durable.store.close();
      await pool.wipeFiles();
      durable.store = open();
      return durable.store;
    },
  };
  return durable;
}
