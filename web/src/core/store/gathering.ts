import type { Database, Sqlite3Static } from "@sqlite.org/sqlite-wasm";

/**
 * SQLite writes a commit to its log in two pieces a page, and each call costs a browser more than its bytes do: a
 * new store needs 300 of them, a message 30. Nothing is promised before a sync, so pieces that follow each other
 * wait in one buffer and are written as one, before the sync or whatever else looks at the file.
 */

export const GATHERED_BYTES_MAX = 64 * 1024; // SQLite itself never writes more than 128 KiB at once

type File = number;
type Code = number;

export interface FileMethods {
  xClose(file: File): Code;
  xRead(file: File, to: number, bytes: number, at: bigint): Code;
  xWrite(file: File, from: number, bytes: number, at: bigint): Code;
  xTruncate(file: File, size: bigint): Code;
  xSync(file: File, flags: number): Code;
  xFileSize(file: File, size: number): Code;
}

/** For a database that one connection holds; once for each way of keeping files, as all files kept so are meant. */
export function gatherWrites(sqlite: Sqlite3Static, database: Database): void {
  putBetween(sqlite, database, (below) => gathering(sqlite, below));
}

/** Puts methods of one's own between SQLite and the files kept like this database's. */
export function putBetween(
  sqlite: Sqlite3Static,
  database: Database,
  between: (below: FileMethods) => FileMethods,
): void {
  const struct = structOf(sqlite, database);
  const below = <Name extends keyof FileMethods>(name: Name): FileMethods[Name] => {
    const found: unknown = sqlite.wasm.functionEntry(Reflect.get(struct, `$${name}`) as number);
    if (typeof found !== "function") throw new Error(`no ${name}`);
    return found as FileMethods[Name];
  };
  const methods = between({
    xClose: below("xClose"),
    xRead: below("xRead"),
    xWrite: below("xWrite"),
    xTruncate: below("xTruncate"),
    xSync: below("xSync"),
    xFileSize: below("xFileSize"),
  });
  struct.installMethods({ ...methods });
}

type Struct = InstanceType<Sqlite3Static["capi"]["sqlite3_io_methods"]>;

function structOf({ wasm, capi }: Sqlite3Static, database: Database): Struct {
  const { pointer } = database;
  if (pointer === undefined) throw new Error("closed");
  const place = wasm.alloc(8);
  try {
    const code = capi.sqlite3_file_control(pointer, "main", capi.SQLITE_FCNTL_FILE_POINTER, place);
    if (code !== capi.SQLITE_OK) throw new Error(`sqlite ${code}`);
    return new capi.sqlite3_io_methods(new capi.sqlite3_file(wasm.peekPtr(place)).$pMethods);
  } finally {
    wasm.dealloc(place);
  }
}

/** One buffer for all files: SQLite writes to one at a time. */
function gathering({ wasm, capi }: Sqlite3Static, below: FileMethods): FileMethods {
  const buffer = wasm.alloc(GATHERED_BYTES_MAX);
  const owed = new Map<File, Code>(); // a write that failed while another file was at work
  let held: { file: File; at: bigint; bytes: number } | null = null;

  const release = (): void => {
    if (held === null) return;
    const { file, at, bytes } = held;
    held = null;
    const code = below.xWrite(file, buffer, bytes, at);
    if (code !== capi.SQLITE_OK) owed.set(file, code);
  };
  const answer = (file: File): Code => {
    const code = owed.get(file) ?? capi.SQLITE_OK;
    owed.delete(file);
    return code;
  };
  /** Writes what is held of `file`; the code of what failed since the last time. */
  const settle = (file: File): Code => {
    if (held?.file === file) release();
    return answer(file);
  };

  return {
    xWrite(file, from, bytes, at) {
      const follows = held !== null && held.file === file && held.at + BigInt(held.bytes) === at;
      if (!follows || (held?.bytes ?? 0) + bytes > GATHERED_BYTES_MAX) release();
      const failed = answer(file);
      if (failed !== capi.SQLITE_OK) return failed;
      if (bytes > GATHERED_BYTES_MAX) return below.xWrite(file, from, bytes, at);
      held ??= { file, at, bytes: 0 };
      wasm.heap8u().copyWithin(buffer + held.bytes, from, from + bytes);
      held.bytes += bytes;
      return capi.SQLITE_OK;
    },
    xRead: (file, to, bytes, at) => settle(file) || below.xRead(file, to, bytes, at),
    xTruncate: (file, size) => settle(file) || below.xTruncate(file, size),
    xSync: (file, flags) => settle(file) || below.xSync(file, flags),
    xFileSize: (file, size) => settle(file) || below.xFileSize(file, size),
    xClose(file) {
      const code = settle(file);
      return below.xClose(file) || code;
    },
  };
}
