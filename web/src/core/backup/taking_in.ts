import { type IndexState, indexState } from "../search/index.ts";
import { integer, integerOrNull, type Tx, type Value } from "../store/store.ts";
import type { Table, Tables } from "./records.ts";
import { columnsOf, hasTable, LARGE_TABLES, MESSAGE_TABLES, SMALL_TABLES } from "./tables.ts";

/**
 * Rows of a backup into the store. What is here already is newer and stays; what she deleted here, a message or a
 * whole chat, stays away; a segment taken in twice changes nothing.
 */

const POSITIONS_TRIED_MAX = 1_024;

/** A table's rows with only the columns that this version knows. */
function known(tx: Tx, name: string, table: Table): Table | null {
  if (!hasTable(tx, name)) return null;
  const mine = new Set(columnsOf(tx, name));
  const kept = table.columns.flatMap((column, i) => (mine.has(column) ? [i] : []));
  return {
    columns: kept.map((i) => table.columns[i] ?? ""),
    rows: table.rows.map((row) => kept.map((i) => row[i] ?? null)),
  };
}

function insertInto(name: string, columns: string[], how: "IGNORE" | "REPLACE"): string {
  return `INSERT OR ${how} INTO ${name} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`;
}

/** Takes in one segment. Order does not matter, but the front should come first: chats before their messages. */
export function takeIn(tx: Tx, tables: Tables): void {
  for (const { name } of SMALL_TABLES) {
    const table = tables[name] && known(tx, name, tables[name]);
    if (table) takeSmall(tx, name, table);
  }
  for (const name of LARGE_TABLES) {
    const table = tables[name] && known(tx, name, tables[name]);
    if (table) for (const row of table.rows) tx.run(insertInto(name, table.columns, "IGNORE"), row);
  }
  for (const { name } of MESSAGE_TABLES) {
    const table = tables[name] && known(tx, name, tables[name]);
    if (!table) continue;
    if (name === "message") takeMessages(tx, table);
    else for (const row of table.rows) tx.run(insertInto(name, table.columns, "IGNORE"), row);
  }
}

/** Of these a device in use knows more than any backup. */
const NEWER_HERE = new Set(["membership", "nickname", "group_standing"]);

/** People and chats as they were, unless something was said here since. */
function takeSmall(tx: Tx, name: string, { columns, rows }: Table): void {
  const id = columns.indexOf("id");
  for (const row of rows) {
    const isLive = name === "chat" && tx.one("SELECT 1 FROM message WHERE chat = ?", [row[id] ?? null]) !== undefined;
    tx.run(insertInto(name, columns, isLive || NEWER_HERE.has(name) ? "IGNORE" : "REPLACE"), row);
  }
}

function takeMessages(tx: Tx, { columns, rows }: Table): void {
  const [n, contentId, chat, position] = ["n", "content_id", "chat", "position"].map((name) => columns.indexOf(name));
  const insert = insertInto("message", columns, "IGNORE");
  const at = (row: Value[], index: number | undefined): Value => row[index ?? -1] ?? null;
  const bounds = indexState(tx);
  const removed = new Set(tx.all("SELECT id FROM chat WHERE listed = 0").map((row) => row["id"]));
  for (const row of rows) {
    const id = at(row, contentId);
    if (removed.has(at(row, chat))) continue;
    if (id === null) {
      if (isKnownEvent(tx, columns, row)) continue;
    } else if (tx.one("SELECT 1 FROM deleted WHERE content_id = ?", [id]) !== undefined) continue;
    if (tx.run(insert, row) > 0) {
      toBeFound(tx, bounds);
      continue;
    }
    if (id !== null && tx.one("SELECT 1 FROM message WHERE content_id = ?", [id]) !== undefined) continue;
    // Another message has its number or its place: it gets the next.
    const moved = [...row];
    if (n !== undefined && n >= 0) moved[n] = null;
    if (position !== undefined) moved[position] = freePosition(tx, String(at(row, chat)), Number(at(row, position)));
    if (tx.run(insert, moved) > 0) toBeFound(tx, bounds);
  }
}

/** A message that comes among those the index has already taken is to be looked at by it. */
function toBeFound(tx: Tx, { low, high }: IndexState): void {
  const n = integer(tx.one("SELECT last_insert_rowid() AS n") ?? {}, "n");
  if (n > low && n <= high) tx.run("INSERT OR IGNORE INTO search_again (n) VALUES (?)", [n]);
}

function isKnownEvent(tx: Tx, columns: string[], row: Value[]): boolean {
  const value = (name: string): Value => row[columns.indexOf(name)] ?? null;
  const twin = tx.one("SELECT 1 FROM message WHERE chat = ? AND at_ms = ? AND kind = ? AND event IS ?", [
    value("chat"),
    value("at_ms"),
    value("kind"),
    value("event"),
  ]);
  return twin !== undefined;
}

function freePosition(tx: Tx, chat: string, position: number): number {
  if (tx.one("SELECT 1 FROM message WHERE chat = ? AND position = ?", [chat, position]) === undefined) return position;
  const last = tx.one("SELECT max(position) AS p FROM message WHERE chat = ? AND position < ?", [
    chat,
    position + POSITIONS_TRIED_MAX,
  ]);
  return (integerOrNull(last ?? { p: null }, "p") ?? position) + 1;
}

/** Once all is in: how many messages each chat has. */
export function recount(tx: Tx): void {
  tx.run(
    `UPDATE chat SET messages = (SELECT count(*) FROM message WHERE chat = chat.id)
     WHERE messages <> (SELECT count(*) FROM message WHERE chat = chat.id)`,
  );
}
