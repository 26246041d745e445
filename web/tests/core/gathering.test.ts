import sqlite3InitModule, { type Database, type Sqlite3Static } from "@sqlite.org/sqlite-wasm";
import { beforeEach, describe, expect, it } from "vitest";
import { GATHERED_BYTES_MAX, gatherWrites, putBetween } from "../../src/core/store/gathering.ts";
import { Store, StoreFull } from "../../src/core/store/store.ts";

const ROWS = 40;
const LARGE_BYTES = GATHERED_BYTES_MAX / 4;

/** What passed one place between SQLite and the files. */
class Passed {
  writes = 0;
  isFull = false;
  onSync: (file: number) => void = () => {};
  private readonly files = new Map<number, Uint8Array>();

  watch(sqlite: Sqlite3Static, database: Database): this {
    putBetween(sqlite, database, (below) => ({
      ...below,
      xWrite: (file, from, bytes, at) => {
        this.writes += 1;
        if (this.isFull) return sqlite.capi.SQLITE_FULL;
        this.written(file).set(sqlite.wasm.heap8u().subarray(from, from + bytes), Number(at));
        return below.xWrite(file, from, bytes, at);
      },
      xSync: (file, flags) => {
        const code = below.xSync(file, flags);
        this.onSync(file);
        return code;
      },
    }));
    return this;
  }

  /** The file as all writes so far have made it. */
  written(file: number): Uint8Array {
    const known = this.files.get(file) ?? new Uint8Array(4 << 20);
    this.files.set(file, known);
    return known;
  }
}

describe("gathered writes", () => {
  let store: Store;
  let database: Database;
  let above: Passed;
  let below: Passed;
  let reopen: () => Store;

  beforeEach(async () => {
    const sqlite = await sqlite3InitModule();
    const open = (): Database => {
      const opened = new sqlite.oo1.DB("/store.sqlite3", "c");
      opened.exec("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
      return opened;
    };
    database = open();
    below = new Passed().watch(sqlite, database);
    gatherWrites(sqlite, database);
    above = new Passed().watch(sqlite, database);
    store = new Store(sqlite, database);
    store.execute("CREATE TABLE said (n INTEGER PRIMARY KEY, words BLOB) STRICT; CREATE INDEX i ON said (words);");
    reopen = () => {
      store.close();
      return new Store(sqlite, open());
    };
  });

  const say = (from: number, bytes = 500): void => {
    store.write((tx) => {
      for (let n = from; n < from + ROWS; n += 1) {
        tx.run("INSERT INTO said VALUES (?, ?)", [n, new Uint8Array(bytes).fill(n % 251)]);
      }
    });
  };

  it("are all below before a sync returns, in far fewer calls", () => {
    const isBelow: boolean[] = [];
    above.onSync = (file) => isBelow.push(Buffer.compare(below.written(file), above.written(file)) === 0);
    for (let round = 0; round < 5; round += 1) say(round * ROWS);
    store.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    for (let round = 5; round < 10; round += 1) say(round * ROWS);
    expect(isBelow.length).toBeGreaterThan(10);
    expect(isBelow).not.toContain(false);
    expect(above.writes / below.writes).toBeGreaterThan(3);
  });

  it("are read back, also when one transaction is larger than memory and buffer", () => {
    store.execute("PRAGMA cache_size=10");
    say(0, LARGE_BYTES);
    expect(store.one("SELECT count(*) AS n FROM said WHERE words IS NOT NULL")).toEqual({ n: ROWS });
    const again = reopen();
    expect(again.one("PRAGMA integrity_check")).toEqual({ integrity_check: "ok" });
    expect(again.one("SELECT count(*) AS n, sum(length(words)) AS bytes FROM said")).toEqual({
      n: ROWS,
      bytes: ROWS * LARGE_BYTES,
    });
  });

  it("that find no room undo their transaction and no other", () => {
    say(0);
    below.isFull = true;
    expect(() => say(ROWS)).toThrow(StoreFull);
    below.isFull = false;
    expect(store.one("SELECT count(*) AS n FROM said")).toEqual({ n: ROWS });
    say(ROWS);
    const again = reopen();
    expect(again.one("SELECT count(*) AS n FROM said")).toEqual({ n: 2 * ROWS });
    expect(again.one("PRAGMA integrity_check")).toEqual({ integrity_check: "ok" });
  });
});
