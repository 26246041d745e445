import { hex } from "../bytes.ts";
import type { Session } from "../session.ts";
import { blob, integer, integerOrNull, type Tx } from "../store/store.ts";

/** Counters of each sending device: a gap means the server, or somebody on the way, dropped a message [HL4]. */

const GAPS_PER_JUMP_MAX = 500;

export interface DueGap {
  groupId: Uint8Array;
  device: Uint8Array;
  counters: number[];
}

export class Counters {
  constructor(private readonly session: Session) {}

  /** The first counter heard of a device is where counting begins. */
  hear(tx: Tx, groupId: Uint8Array, device: Uint8Array, counter: number, nowMs: number): void {
    const row = tx.one("SELECT highest FROM heard WHERE group_id = ? AND device = ?", [groupId, device]);
    const highest = row === undefined ? counter - 1 : integer(row, "highest");
    if (counter <= highest) {
      tx.run("DELETE FROM gap WHERE group_id = ? AND device = ? AND counter = ?", [groupId, device, counter]);
    }
    const from = Math.max(highest + 1, counter - GAPS_PER_JUMP_MAX);
    for (let missing = from; missing < counter; missing++) {
      tx.run("INSERT OR IGNORE INTO gap (group_id, device, counter, since_ms) VALUES (?, ?, ?, ?)", [
        groupId,
        device,
        missing,
        Math.round(nowMs),
      ]);
    }
    tx.run("INSERT OR REPLACE INTO heard (group_id, device, highest, at_ms) VALUES (?, ?, ?, ?)", [
      groupId,
      device,
      Math.max(highest, counter),
      Math.round(nowMs),
    ]);
  }

  /** Gaps older than `olderThanMs` that nobody was asked about yet, by sending device. */
  unasked(olderThanMs: number): DueGap[] {
    const before = Math.round(this.session.clock.now()) - olderThanMs;
    const rows = this.session.store.all("SELECT * FROM gap WHERE asked_ms IS NULL AND since_ms <= ? ORDER BY counter", [
      before,
    ]);
    const due = new Map<string, DueGap>();
    for (const row of rows) {
      const groupId = blob(row, "group_id");
      const device = blob(row, "device");
      const key = `${hex(groupId)}:${hex(device)}`;
      const gap = due.get(key) ?? { groupId, device, counters: [] };
      gap.counters.push(integer(row, "counter"));
      due.set(key, gap);
    }
    return [...due.values()];
  }

  asked(tx: Tx, gap: DueGap): void {
    tx.run("UPDATE gap SET asked_ms = ? WHERE group_id = ? AND device = ? AND asked_ms IS NULL", [
      Math.round(this.session.clock.now()),
      gap.groupId,
      gap.device,
    ]);
  }

  /** Gaps asked about a day ago whose sender was heard from since: given up, and told once. */
  takeHopeless(tx: Tx, afterMs: number): { groupId: Uint8Array; device: Uint8Array }[] {
    const before = Math.round(this.session.clock.now()) - afterMs;
    const rows = tx.all(
      `SELECT g.group_id, g.device, max(g.asked_ms) AS asked FROM gap g
       JOIN heard h ON h.group_id = g.group_id AND h.device = g.device
       WHERE g.asked_ms <= ? AND h.at_ms > g.asked_ms GROUP BY g.group_id, g.device`,
      [before],
    );
    return rows.map((row) => {
      const groupId = blob(row, "group_id");
      const device = blob(row, "device");
      tx.run("DELETE FROM gap WHERE group_id = ? AND device = ? AND asked_ms <= ?", [
        groupId,
        device,
        integerOrNull(row, "asked"),
      ]);
      return { groupId, device };
    });
  }
}
