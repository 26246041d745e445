import type { Database, PreparedStatement, Sqlite3Static, SqlValue } from "@sqlite.org/sqlite-wasm";
import { Columns } from "./columns.ts";

/**
 * One SQLite database behind synchronous transactions: what is written in one `write` is on disk together or
 * not at all. All thinking (decrypting, asking the server) happens before a transaction, never inside one.
 */

export type Value = string | number | Uint8Array | null;
export type Row = Record<string, Value>;

export interface Reader {
  one(sql: string, parameters?: Value[]): Row | undefined;
  all(sql: string, parameters?: Value[]): Row[];
}

export interface Tx extends Reader {
  /** Returns the number of rows changed. */
  run(sql: string, parameters?: Value[]): number;
  /** Watches of this topic are answered anew after the commit. */
  touch(topic: string): void;
}

/** The disk or the browser's quota is full. Nothing was written. */
export class StoreFull extends Error {}

/** A statement and its columns' names, which would else be read anew for every row. */
interface Prepared {
  statement: PreparedStatement;
  names: string[] | null;
}

export class Store implements Reader {
  private readonly statements = new Map<string, Prepared>();
  private readonly touched = new Set<string>();
  private readonly columns: Columns;
  private inTransaction = false;
  /** Called after each commit with the topics it touched. */
  onCommit: (topics: Set<string>) => void = () => {};

  constructor(
    private readonly sqlite: Sqlite3Static,
    private readonly database: Database,
  ) {
    this.columns = new Columns(sqlite);
    database.exec("PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-8000;");
  }

  /** Runs `work` in one transaction; an exception undoes all of it. Throws StoreFull when there is no room. */
  write<T>(work: (tx: Tx) => T): T {
    if (this.inTransaction) throw new Error("a transaction inside a transaction");
    this.inTransaction = true;
    this.touched.clear();
    let answer: T;
    try {
      this.database.exec("BEGIN IMMEDIATE");
      answer = work(this.transaction);
      this.database.exec("COMMIT");
    } catch (error) {
      this.rollBack();
      throw this.isFull(error) ? new StoreFull() : error;
    } finally {
      this.inTransaction = false;
    }
    if (this.touched.size > 0) this.onCommit(new Set(this.touched));
    return answer;
  }

  one(sql: string, parameters: Value[] = []): Row | undefined {
    const prepared = this.prepared(sql, parameters);
    try {
      return prepared.statement.step() ? this.rowOf(prepared) : undefined;
    } finally {
      prepared.statement.reset();
    }
  }

  all(sql: string, parameters: Value[] = []): Row[] {
    const prepared = this.prepared(sql, parameters);
    const rows: Row[] = [];
    try {
      while (prepared.statement.step()) rows.push(this.rowOf(prepared));
    } finally {
      prepared.statement.reset();
    }
    return rows;
  }

  /** The whole database as a file: for tests that restart or restore a device. */
  image(): Uint8Array {
    return this.sqlite.capi.sqlite3_js_db_export(this.database);
  }

  execute(script: string): void {
    this.database.exec(script);
  }

  close(): void {
    for (const { statement } of this.statements.values()) statement.finalize();
    this.statements.clear();
    this.database.close();
  }

  private readonly transaction: Tx = {
    run: (sql, parameters = []) => {
      const { statement } = this.prepared(sql, parameters);
      try {
        statement.step();
      } finally {
        statement.reset();
      }
      return this.database.changes();
    },
    one: (sql, parameters) => this.one(sql, parameters),
    all: (sql, parameters) => this.all(sql, parameters),
    touch: (topic) => {
      this.touched.add(topic);
    },
  };

  private rowOf(prepared: Prepared): Row {
    const values = this.columns.valuesOf(prepared.statement);
    // "SELECT *" has more columns after a table was altered.
    if (prepared.names?.length !== values.length) prepared.names = prepared.statement.getColumnNames([]);
    const { names } = prepared;
    const row: Row = {};
    for (let column = 0; column < values.length; column += 1) {
      row[names[column] as string] = values[column] as Value;
    }
    return row;
  }

  private prepared(sql: string, parameters: Value[]): Prepared {
    let prepared = this.statements.get(sql);
    if (prepared === undefined) {
      prepared = { statement: this.database.prepare(sql), names: null };
      this.statements.set(sql, prepared);
    }
    prepared.statement.clearBindings();
    if (parameters.length > 0) prepared.statement.bind(parameters as SqlValue[]);
    return prepared;
  }

  private rollBack(): void {
    try {
      this.database.exec("ROLLBACK");
    } catch {
      // A failed COMMIT has rolled back by itself.
    }
  }

  private isFull(error: unknown): boolean {
    if (error instanceof this.sqlite.SQLite3Error) {
      const code = error.resultCode & 0xff;
      return code === this.sqlite.capi.SQLITE_FULL || code === this.sqlite.capi.SQLITE_IOERR;
    }
    return error instanceof DOMException && error.name === "QuotaExceededError";
  }
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw new TypeError(`${column} is no integer`);
  return value;
}

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw new TypeError(`${column} is no text`);
  return value;
}

export function blob(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw new TypeError(`${column} is no blob`);
  return value;
}

export function integerOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : integer(row, column);
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

export function blobOrNull(row: Row, column: string): Uint8Array | null {
  return row[column] === null ? null : blob(row, column);
}
