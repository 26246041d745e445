import { CoreError } from "../api.ts";
import { equal } from "../bytes.ts";
import * as meta from "../store/meta.ts";
import { blob, integer, type Store, StoreFull, type Tx } from "../store/store.ts";
import { type Tables, tablesOf } from "./records.ts";
import { type Manifest, openManifest, openSegment, requireFormat, segmentId } from "./sealing.ts";
import type { BackupServer, Head } from "./server.ts";
import { recount, takeIn } from "./taking_in.ts";

/**
 * A backup into this device: first the front, with which she can read and talk, then the rest, newest messages
 * first, four segments at a time. What is left to do is in the store, so that a cut or a restart goes on there.
 */

const FETCHED_AHEAD_MAX = 4;

/** Where segments come from: the server, or a file. Throws CoreError. */
export type Source = (id: Uint8Array) => Promise<Uint8Array>;

/** A segment as tables, once it is what its name says. Throws CoreError backup_damaged, backup_newer. */
async function fetchTables(source: Source, backupKey: Uint8Array, id: Uint8Array): Promise<Tables> {
  const segment = await source(id);
  if (!equal(segmentId(segment), id)) throw new CoreError("backup_damaged");
  return tablesOf(await openSegment(backupKey, segment));
}

export function manifestOf(backupKey: Uint8Array, accountKey: Uint8Array, head: Head): Promise<Manifest> {
  requireFormat(head.format);
  return openManifest(backupKey, accountKey, head.version, head.manifest);
}

/** Fetches what she needs first; what is returned writes it. */
export async function fetchFront(source: Source, backupKey: Uint8Array, manifest: Manifest): Promise<(tx: Tx) => void> {
  const front = manifest.segments.filter(({ kind }) => kind === "front");
  const tables = await Promise.all(front.map(({ id }) => fetchTables(source, backupKey, id)));
  return (tx) => {
    for (const one of tables) takeIn(tx, one);
    tx.touch("chats");
    tx.touch("contacts");
  };
}

/** The front of the server's newest version, and the list of the rest, in one transaction. */
export async function fetchServersFront(
  server: BackupServer,
  backupKey: Uint8Array,
  accountKey: Uint8Array,
  head: Head,
): Promise<(tx: Tx) => void> {
  const manifest = await manifestOf(backupKey, accountKey, head);
  const take = await fetchFront((id) => server.segment(id), backupKey, manifest);
  return (tx) => {
    take(tx);
    let position = 0;
    let rows = 0;
    for (const segment of manifest.segments) {
      if (segment.kind === "front") continue;
      rows += segment.rows;
      tx.run("INSERT OR IGNORE INTO restore_todo (position, id, rows) VALUES (?, ?, ?)", [
        position++,
        segment.id,
        segment.rows,
      ]);
    }
    meta.put(tx, "restore_rows", rows);
    meta.put(tx, "backup_key", backupKey);
    meta.put(tx, "backup_version", head.version);
    meta.put(tx, "restored_version", head.version);
    meta.put(tx, "backup_made_at_ms", manifest.madeAtMs);
    tx.touch("backup");
  };
}

/** 0 to 1 while there is something left to take in, else null. */
export function restoring(store: Store): number | null {
  const left = store.one("SELECT count(*) AS n, coalesce(sum(rows), 0) AS rows FROM restore_todo") ?? {};
  if (integer(left, "n") === 0) return null;
  return 1 - integer(left, "rows") / Math.max(1, meta.number(store, "restore_rows"));
}

/**
 * Takes in what is left. Ends early when `goesOn` says so.
 * Throws CoreError: offline (call again), storage_full, backup_damaged (the segment is passed over first).
 */
export async function takeRest(
  store: Store,
  source: Source,
  backupKey: Uint8Array,
  goesOn: () => boolean,
): Promise<void> {
  let damaged = false;
  while (goesOn()) {
    const rows = store.all("SELECT position, id FROM restore_todo ORDER BY position LIMIT ?", [FETCHED_AHEAD_MAX]);
    if (rows.length === 0) break;
    const coming = rows.map((row) =>
      fetchTables(source, backupKey, blob(row, "id")).catch((error: unknown) => {
        if (error instanceof CoreError && error.code === "backup_damaged") return null;
        throw error;
      }),
    );
    // All are awaited, so that none fails unheard when an earlier one does.
    const fetched = await Promise.allSettled(coming);
    for (const [i, row] of rows.entries()) {
      const one = fetched[i];
      if (one === undefined || !goesOn()) return;
      if (one.status === "rejected") throw one.reason;
      if (one.value === null) damaged = true;
      write(store, integer(row, "position"), one.value ?? {});
    }
  }
  if (goesOn()) {
    store.write((tx) => {
      recount(tx);
      tx.touch("chats");
      tx.touch("backup");
    });
  }
  if (damaged) throw new CoreError("backup_damaged");
}

/** All of a backup that lies at hand, one segment after the other; the front may be in already. */
export async function takeAll(store: Store, source: Source, backupKey: Uint8Array, manifest: Manifest): Promise<void> {
  for (const { id } of manifest.segments) write(store, null, await fetchTables(source, backupKey, id));
  store.write((tx) => {
    recount(tx);
    tx.touch("chats");
    tx.touch("contacts");
  });
}

function write(store: Store, position: number | null, tables: Tables): void {
  try {
    store.write((tx) => {
      takeIn(tx, tables);
      if (position !== null) tx.run("DELETE FROM restore_todo WHERE position = ?", [position]);
      for (const chat of chatsIn(tables)) tx.touch(`messages:${chat}`);
      tx.touch("backup");
    });
  } catch (error) {
    throw error instanceof StoreFull ? new CoreError("storage_full") : error;
  }
}

function chatsIn(tables: Tables): Set<string> {
  const messages = tables["message"];
  const at = messages?.columns.indexOf("chat") ?? -1;
  return new Set(messages?.rows.map((row) => String(row[at])) ?? []);
}
