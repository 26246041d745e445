import { CoreError } from "../api.ts";
import type { Reader, Row, Value } from "../store/store.ts";
import { integer } from "../store/store.ts";
import { FORMAT, isMap, requireFormat } from "./sealing.ts";
import { columnsOf, hasTable, LARGE_TABLES, MESSAGE_TABLES, RANGE_MESSAGES, SMALL_TABLES } from "./tables.ts";

/** Rows of the store as the content of segments: tables by name, columns by name, so that versions can differ [BK1]. */

export interface Table {
  columns: string[];
  rows: Value[][];
}

export type Tables = Record<string, Table>;

export interface Content {
  format: number;
  tables: Tables;
}

/** What a segment holds at most before it is compressed; the server takes a mebibyte. */
const CONTENT_BYTES_MAX = 800 * 1024;
const FRONT_MESSAGES_PER_CHAT = 20;
const FRONT_MESSAGES_MAX = 2_000;
const FRONT_BYTES_MAX = 600 * 1024;

function sizeOf(value: Value): number {
  if (typeof value === "string") return 3 * value.length + 5;
  return value instanceof Uint8Array ? value.length + 5 : 9;
}

function rowBytes(row: Value[]): number {
  return row.reduce((bytes: number, value) => bytes + sizeOf(value), 4);
}

/** Cuts tables into contents that each fit a segment; no table gives no content. */
export function intoContents(tables: Tables): { content: Content; rows: number }[] {
  const contents: { content: Content; rows: number }[] = [];
  let open: Tables = {};
  let bytes = 0;
  let count = 0;
  const close = () => {
    if (count > 0) contents.push({ content: { format: FORMAT, tables: open }, rows: count });
    [open, bytes, count] = [{}, 0, 0];
  };
  for (const [name, { columns, rows }] of Object.entries(tables)) {
    for (const row of rows) {
      const more = rowBytes(row);
      if (count > 0 && bytes + more > CONTENT_BYTES_MAX) close();
      open[name] ??= { columns, rows: [] };
      open[name].rows.push(row);
      bytes += more;
      count++;
    }
  }
  close();
  return contents;
}

function tableOf(columns: string[], rows: Row[]): Table {
  return { columns, rows: rows.map((row) => columns.map((column) => row[column] ?? null)) };
}

/** A message that was on its way when the device was lost did not arrive: she can send it again. */
function settled(rows: Row[]): Row[] {
  return rows.map((row) => (row["state"] === "sending" ? { ...row, state: "failed" } : row));
}

/** The rows of one range of messages, with what belongs to them; below 0 one large table. */
export function rangeTables(reader: Reader, range: number): Tables {
  const large = LARGE_TABLES[-1 - range];
  if (large !== undefined) return largeTable(reader, large);
  const bounds = [range * RANGE_MESSAGES, (range + 1) * RANGE_MESSAGES];
  const tables: Tables = {};
  for (const { name, of } of MESSAGE_TABLES) {
    if (!hasTable(reader, name)) continue;
    const rows = reader.all(of, bounds);
    if (rows.length > 0) tables[name] = tableOf(columnsOf(reader, name), name === "message" ? settled(rows) : rows);
  }
  return tables;
}

function largeTable(reader: Reader, name: string): Tables {
  const rows = hasTable(reader, name) ? reader.all(`SELECT * FROM ${name}`) : [];
  return rows.length === 0 ? {} : { [name]: tableOf(columnsOf(reader, name), rows) };
}

/** The small tables, and of each chat what one sees when one opens it. */
export function frontTables(reader: Reader): Tables {
  const tables: Tables = {};
  for (const { name, where } of SMALL_TABLES) {
    if (!hasTable(reader, name)) continue;
    const rows = reader.all(`SELECT * FROM ${name} WHERE ${where ?? "true"}`);
    if (rows.length > 0) tables[name] = tableOf(columnsOf(reader, name), rows);
  }
  const newest = newestMessages(reader);
  if (newest.length > 0) tables["message"] = tableOf(columnsOf(reader, "message"), settled(newest));
  return tables;
}

function newestMessages(reader: Reader): Row[] {
  const found: Row[] = [];
  let bytes = 0;
  for (const chat of reader.all("SELECT id FROM chat WHERE listed = 1 ORDER BY at_ms DESC")) {
    const rows = reader.all("SELECT * FROM message WHERE chat = ? ORDER BY position DESC LIMIT ?", [
      chat["id"] ?? null,
      FRONT_MESSAGES_PER_CHAT,
    ]);
    for (const row of rows) {
      bytes += rowBytes(Object.values(row));
      if (bytes > FRONT_BYTES_MAX || found.length >= FRONT_MESSAGES_MAX) return found;
      found.push(row);
    }
  }
  return found;
}

export function countMessages(reader: Reader): number {
  return integer(reader.one("SELECT count(*) AS n FROM message") ?? {}, "n");
}

function isValue(value: unknown): value is Value {
  return value === null || typeof value === "string" || typeof value === "number" || value instanceof Uint8Array;
}

/** A decoded segment as tables. Throws CoreError backup_damaged, or backup_newer. */
export function tablesOf(decoded: unknown): Tables {
  if (!isMap(decoded)) throw new CoreError("backup_damaged");
  requireFormat(decoded["format"]);
  const tables: Tables = {};
  for (const [name, table] of Object.entries(isMap(decoded["tables"]) ? decoded["tables"] : {})) {
    if (!isMap(table)) throw new CoreError("backup_damaged");
    const { columns, rows } = table;
    if (!Array.isArray(columns) || !Array.isArray(rows)) throw new CoreError("backup_damaged");
    const isWhole = (row: unknown): row is Value[] =>
      Array.isArray(row) && row.length === columns.length && row.every(isValue);
    if (!columns.every((column) => typeof column === "string") || !rows.every(isWhole)) {
      throw new CoreError("backup_damaged");
    }
    tables[name] = { columns: columns as string[], rows: rows as Value[][] };
  }
  return tables;
}
