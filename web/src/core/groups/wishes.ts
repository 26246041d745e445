import { hex } from "../bytes.ts";
import type { Session } from "../session.ts";
import { blob, integer, type Row, type Tx, text } from "../store/store.ts";
import type { Conversations } from "./conversations.ts";

/** What she wants changed in a group's members, stored until the group is so. */

const RETRY_FIRST_MS = 2_000;
const RETRIES_COUNTED_MAX = 8;

export type Wish = { what: "add" | "remove"; account: number } | { what: "remove_device"; device: Uint8Array };

export class Wishes {
  constructor(
    private readonly session: Session,
    private readonly conversations: Conversations,
  ) {}

  /** `delayMs`: others may do it first. */
  put(tx: Tx, groupId: Uint8Array, wish: Wish, delayMs = 0): void {
    const account = wish.what === "remove_device" ? 0 : wish.account;
    const device = wish.what === "remove_device" ? wish.device : new Uint8Array();
    if (wish.what === "add") this.drop(tx, groupId, "remove", account);
    if (wish.what === "remove") this.drop(tx, groupId, "add", account);
    tx.run("INSERT OR IGNORE INTO wish (group_id, what, account, device) VALUES (?, ?, ?, ?)", [
      groupId,
      wish.what,
      account,
      device,
    ]);
    tx.run("UPDATE wish SET retry_at_ms = ? WHERE group_id = ? AND what = ? AND account = ?", [
      delayMs === 0 ? 0 : Math.round(this.session.clock.now()) + delayMs,
      groupId,
      wish.what,
      account,
    ]);
  }

  private drop(tx: Tx, groupId: Uint8Array, what: string, account: number): void {
    tx.run("DELETE FROM wish WHERE group_id = ? AND what = ? AND account = ?", [groupId, what, account]);
  }

  of(groupId: Uint8Array): Row[] {
    return this.session.store.all("SELECT * FROM wish WHERE group_id = ?", [groupId]);
  }

  /** Groups in which something is wished for and due. */
  dueGroups(): Uint8Array[] {
    const now = this.session.clock.now();
    const rows = this.session.store.all(
      `SELECT DISTINCT w.group_id FROM wish w JOIN conversation c USING (group_id)
       WHERE w.retry_at_ms <= ? AND c.retry_at_ms <= ? AND c.status IN ('wanted', 'active')
       AND NOT EXISTS (SELECT 1 FROM pending_commit p WHERE p.group_id = w.group_id)
       UNION SELECT w.group_id FROM policy_wish w JOIN conversation c USING (group_id)
       WHERE c.retry_at_ms <= ? AND c.status = 'active'
       AND NOT EXISTS (SELECT 1 FROM pending_commit p WHERE p.group_id = w.group_id)
       UNION SELECT group_id FROM conversation c WHERE status = 'wanted' AND retry_at_ms <= ?
       AND NOT EXISTS (SELECT 1 FROM pending_commit p WHERE p.group_id = c.group_id)`,
      [now, now, now, now],
    );
    return rows.map((row) => blob(row, "group_id"));
  }

  /** Wishes that a tree with these devices fulfils go; the others wait, but for those of `tried` accounts. */
  forgetFulfilled(tx: Tx, groupId: Uint8Array, keys: Uint8Array[], tried: Set<number>): void {
    const present = this.conversations.accountsOf(keys);
    const leaves = new Set(keys.map(hex));
    for (const wish of this.of(groupId)) {
      if (isFulfilled(wish, present, leaves)) tx.run("DELETE FROM wish WHERE id = ?", [integer(wish, "id")]);
      else if (!tried.has(integer(wish, "account"))) this.postpone(tx, wish);
    }
  }

  private postpone(tx: Tx, wish: Row): void {
    const tries = Math.min(integer(wish, "tries"), RETRIES_COUNTED_MAX);
    const retryAtMs = Math.round(this.session.clock.now()) + RETRY_FIRST_MS * 2 ** tries;
    tx.run("UPDATE wish SET retry_at_ms = ?, tries = tries + 1 WHERE id = ?", [retryAtMs, integer(wish, "id")]);
  }
}

function isFulfilled(wish: Row, present: Set<number>, leaves: Set<string>): boolean {
  const account = integer(wish, "account");
  switch (text(wish, "what")) {
    case "add":
      return present.has(account);
    case "remove":
      return !present.has(account);
    default:
      return !leaves.has(hex(blob(wish, "device")));
  }
}
