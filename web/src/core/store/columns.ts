import type { PreparedStatement, Sqlite3Static } from "@sqlite.org/sqlite-wasm";
import type { Value } from "./store.ts";

/** What SQLite itself offers, below the library's wrapping. */
interface Exports {
  sqlite3_column_count(statement: number): number;
  sqlite3_column_type(statement: number, column: number): number;
  sqlite3_column_double(statement: number, column: number): number;
  sqlite3_column_text(statement: number, column: number): number;
  sqlite3_column_blob(statement: number, column: number): number;
  sqlite3_column_bytes(statement: number, column: number): number;
}

const INTEGER = 1;
const FLOAT = 2;
const TEXT = 3;
const BLOB = 4;

/**
 * Reads a statement's row out of SQLite's memory. The library's own way wraps every call for every value, which is
 * four fifths of the time of reading a row; reading rows is most of what a search or a long chat waits for.
 */
export class Columns {
  private readonly sqlite: Exports;
  private readonly heap: () => Uint8Array;
  private readonly decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  constructor({ wasm }: Sqlite3Static) {
    this.sqlite = wasm.exports as Exports;
    this.heap = () => wasm.heap8u();
  }

  /** Of a statement that has just stepped to a row. */
  valuesOf(statement: PreparedStatement): Value[] {
    const pointer = statement.pointer as number;
    const count = this.sqlite.sqlite3_column_count(pointer);
    const values: Value[] = new Array(count);
    for (let column = 0; column < count; column += 1) values[column] = this.value(pointer, column);
    return values;
  }

  private value(statement: number, column: number): Value {
    const { sqlite } = this;
    switch (sqlite.sqlite3_column_type(statement, column)) {
      case INTEGER: {
        const value = sqlite.sqlite3_column_double(statement, column);
        if (!Number.isSafeInteger(value)) throw new RangeError("an integer beyond 2^53");
        return value;
      }
      case FLOAT:
        return sqlite.sqlite3_column_double(statement, column);
      case TEXT: {
        const from = sqlite.sqlite3_column_text(statement, column);
        return this.decoder.decode(this.bytes(from, sqlite.sqlite3_column_bytes(statement, column)));
      }
      case BLOB: {
        const from = sqlite.sqlite3_column_blob(statement, column);
        return this.bytes(from, sqlite.sqlite3_column_bytes(statement, column)).slice();
      }
      default:
        return null;
    }
  }

  /** The heap is asked for anew: it moves when it grows. */
  private bytes(from: number, length: number): Uint8Array {
    return this.heap().subarray(from, from + length);
  }
}
