import type { States } from "../mls/states.ts";
import type { Session } from "../session.ts";
import * as meta from "../store/meta.ts";
import { blob, integerOrNull } from "../store/store.ts";
import type { Outbox } from "../sync/outbox.ts";

/** A device that came back from an old copy rejoins every group before it sends anything [HL3]. */

const SLACK_MS = 10 * 60_000;

export class Restored {
  constructor(
    private readonly session: Session,
    private readonly states: States,
    private readonly outbox: Outbox,
  ) {}

  /** `acked`: what the lost copy had acknowledged; that mail will not come again. Call in a turn. */
  startOver(acked: number): void {
    const { store } = this.session;
    const groups = store.all("SELECT group_id FROM mls_group").map((row) => blob(row, "group_id"));
    store.write((tx) => {
      const newest = tx.one("SELECT max(at_ms) AS at FROM heard");
      const sinceMs = (newest === undefined ? null : integerOrNull(newest, "at")) ?? meta.number(tx, "joined_at_ms");
      tx.run(
        `UPDATE conversation SET status = 'broken', retry_at_ms = 0, retries = 0,
         ask_since_ms = min(coalesce(ask_since_ms, ?), ?) WHERE status = 'active'`,
        [sinceMs - SLACK_MS, sinceMs - SLACK_MS],
      );
      tx.run("DELETE FROM pending_commit");
      this.outbox.requeueAll(tx, null);
      meta.put(tx, "cursor", acked);
    });
    for (const groupId of groups) this.states.forget(groupId);
  }
}
