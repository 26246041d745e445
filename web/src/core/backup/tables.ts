import type { Reader, Store, Tx, Value } from "../store/store.ts";
import { text } from "../store/store.ts";

/**
 * What of the store is backed up, by table. MLS states, numbers and what is on its way are not: a restored device is
 * a new device [DL2]. A table that is not there (an older app, or a newer one) is passed over.
 */

/** Messages are cut into ranges of so many numbers; a range that changed is uploaded anew. */
export const RANGE_MESSAGES = 512;

interface SmallTable {
  name: string;
  where?: string;
}

/** Kept whole in the front. */
export const SMALL_TABLES: readonly SmallTable[] = [
  { name: "person" },
  { name: "chat" },
  // Of a group that is still there the members are known again when this device has rejoined it.
  { name: "membership", where: "group_id IN (SELECT group_id FROM chat WHERE gone = 1)" },
  { name: "nickname" },
  // Until another member says what holds now, what held then does [GP8].
  { name: "group_standing" },
  { name: "deleted" },
  { name: "replacement" },
  // Friends say again what they look like.
  { name: "profile", where: "account = (SELECT value FROM meta WHERE key = 'account_id')" },
  { name: "held_share" },
  { name: "circle" },
];

/** Kept whole in segments of their own, for they are large and seldom change: range -1 is the first. */
export const LARGE_TABLES: readonly string[] = ["favourite", "sticker"];

interface MessageTable {
  name: string;
  /** Selects the rows that belong to the messages numbered from `?` to before `?`. */
  of: string;
  /** In a trigger: the numbers of the messages that `new` or `old` belongs to. */
  numbers(row: "new" | "old"): string;
}

/** Kept with the messages they belong to. */
export const MESSAGE_TABLES: readonly MessageTable[] = [
  {
    name: "message",
    of: "SELECT * FROM message WHERE n >= ? AND n < ? ORDER BY n DESC",
    numbers: (row) => `SELECT ${row}.n AS n`,
  },
  {
    name: "reaction",
    of: "SELECT r.* FROM reaction r JOIN message m ON m.content_id = r.target WHERE m.n >= ? AND m.n < ?",
    numbers: (row) => `SELECT n FROM message WHERE content_id = ${row}.target`,
  },
];

export function hasTable(reader: Reader, name: string): boolean {
  return reader.one("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", [name]) !== undefined;
}

export function columnsOf(reader: Reader, name: string): string[] {
  return reader.all("SELECT name FROM pragma_table_info(?)", [name]).map((row) => text(row, "name"));
}

/**
 * Notes from now on which ranges change. The triggers live as long as the connection, so that they always fit the
 * tables of this version; they count, and change no other row.
 */
export function watchChanges(store: Store): void {
  const large = LARGE_TABLES.map((name, i) => ({ name, numbers: () => `SELECT ${-RANGE_MESSAGES * (i + 1)} AS n` }));
  for (const { name, numbers } of [...MESSAGE_TABLES, ...large]) {
    if (!hasTable(store, name)) continue;
    for (const [event, row] of [
      ["INSERT", "new"],
      ["UPDATE", "new"],
      ["DELETE", "old"],
    ] as const) {
      store.execute(
        `CREATE TEMP TRIGGER IF NOT EXISTS backup_${name}_${event} AFTER ${event} ON main.${name} BEGIN
           INSERT INTO backup_dirty (range, changes) SELECT n / ${RANGE_MESSAGES}, 1 FROM (${numbers(row)}) WHERE true
           ON CONFLICT (range) DO UPDATE SET changes = changes + 1;
         END`,
      );
    }
  }
}

/** Every range that has messages is to be uploaded. */
export function markAllDirty(tx: Tx): void {
  tx.run("DELETE FROM backup_segment");
  tx.run("DELETE FROM backup_dirty");
  tx.run(
    `INSERT INTO backup_dirty (range, changes) SELECT DISTINCT n / ${RANGE_MESSAGES}, 1 FROM message`,
    [] satisfies Value[],
  );
  for (const [i, name] of LARGE_TABLES.entries()) {
    if (hasTable(tx, name)) tx.run("INSERT INTO backup_dirty (range, changes) VALUES (?, 1)", [-1 - i]);
  }
}
