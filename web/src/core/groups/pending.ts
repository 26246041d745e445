import { encodeGroupState } from "ts-mls";
import type { NewCommit } from "../mls/group.ts";
import type { Session } from "../session.ts";
import * as meta from "../store/meta.ts";
import { blob, blobOrNull, integer, type Row, type Tx, text } from "../store/store.ts";
import type { Link } from "../sync/link.ts";
import type { Outbox } from "../sync/outbox.ts";
import type { Standing } from "./judging.ts";
import { encodeStanding } from "./standings.ts";

/** The one commit on its way in each group: stored with the state it leads to, then sent, sent again if need be. */

export interface RosterOrder {
  external: boolean;
  added: number[];
  removed: number[];
}

export class Pending {
  constructor(
    private readonly session: Session,
    private readonly outbox: Outbox,
    private readonly link: Link,
  ) {}

  has(groupId: Uint8Array): boolean {
    return this.session.store.one("SELECT 1 FROM pending_commit WHERE group_id = ?", [groupId]) !== undefined;
  }

  /** The epoch a commit on its way leads to, or null. */
  epoch(groupId: Uint8Array): number | null {
    const row = this.session.store.one("SELECT next_epoch FROM pending_commit WHERE group_id = ?", [groupId]);
    return row === undefined ? null : integer(row, "next_epoch");
  }

  ofNumber(no: number): Row | undefined {
    return this.session.store.one("SELECT * FROM pending_commit WHERE no = ?", [no]);
  }

  /** Stores a commit with the state and the standing it leads to, then sends it. Call in a turn. */
  dispatch(groupId: Uint8Array, made: NewCommit, roster: RosterOrder, standing: Standing | null): void {
    const no = this.session.store.write((tx) => {
      const number = meta.takeNumber(tx);
      tx.run(
        `INSERT OR REPLACE INTO pending_commit
         (group_id, no, external, message, welcome, added, removed, group_info, next, next_epoch, standing)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          groupId,
          number,
          Number(roster.external),
          made.message,
          made.welcome,
          JSON.stringify(roster.added),
          JSON.stringify(roster.removed),
          made.groupInfo,
          encodeGroupState(made.next),
          Number(made.next.groupContext.epoch),
          standing === null ? null : encodeStanding(standing),
        ],
      );
      return number;
    });
    const row = this.ofNumber(no);
    if (row !== undefined) this.transmit(row);
  }

  private transmit(row: Row): void {
    const no = integer(row, "no");
    this.outbox.countUnanswered(no);
    this.link.send({
      frame: "commit",
      no,
      groupId: blob(row, "group_id"),
      message: blob(row, "message"),
      welcome: blobOrNull(row, "welcome"),
      added: JSON.parse(text(row, "added")) as number[],
      removed: JSON.parse(text(row, "removed")) as number[],
      groupInfo: blob(row, "group_info"),
    });
  }

  /** After `ready`: commits without a verdict are sent again under their numbers. */
  resume(): void {
    for (const row of this.session.store.all("SELECT * FROM pending_commit ORDER BY no")) this.transmit(row);
  }

  drop(tx: Tx, groupId: Uint8Array): void {
    tx.run("DELETE FROM pending_commit WHERE group_id = ?", [groupId]);
  }
}
