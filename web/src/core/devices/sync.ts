import type { Chats } from "../chats/chats.ts";
import type { People } from "../contacts/people.ts";
import { type SyncItem, syncBody } from "../content/kinds.ts";
import { leafKeys } from "../mls/group.ts";
import type { States } from "../mls/states.ts";
import type { Session } from "../session.ts";
import { type Tx, text } from "../store/store.ts";
import type { Outbox } from "../sync/outbox.ts";

/** Remarks, read positions and the like, told to the own other devices through the self group [CO2]. */

const ITEMS_MAX = 200;

export class Sync {
  onPrivacy: (tx: Tx, name: string, on: boolean) => void = () => {};
  onBackup: (tx: Tx, on: boolean) => void = () => {};

  constructor(
    private readonly session: Session,
    private readonly states: States,
    private readonly outbox: Outbox,
    private readonly chats: Chats,
    private readonly people: People,
  ) {}

  /** With no other device there is nobody to tell: history tells a later one [DL2]. */
  get isAlone(): boolean {
    const state = this.states.get(this.session.selfGroupId);
    return state === null || leafKeys(state.ratchetTree).length < 2;
  }

  /** Notes a change; a later one of the same thing replaces it. */
  note(tx: Tx, item: SyncItem): void {
    if (this.isAlone) return;
    const value = typeof item.value === "boolean" ? Number(item.value) : item.value;
    tx.run("INSERT OR REPLACE INTO sync_out (what, key, value) VALUES (?, ?, ?)", [item.what, item.key, value]);
  }

  /** Queues what was noted. Call in a turn. */
  tend(): boolean {
    const rows = this.session.store.all("SELECT * FROM sync_out LIMIT ?", [ITEMS_MAX]);
    if (rows.length === 0) return false;
    const items = rows.map((row) => ({
      what: text(row, "what") as SyncItem["what"],
      key: text(row, "key"),
      value: row["value"] as string | number,
    }));
    this.session.store.write((tx) => {
      this.outbox.say(tx, this.session.selfGroupId, syncBody(items));
      for (const { what, key } of items) tx.run("DELETE FROM sync_out WHERE what = ? AND key = ?", [what, key]);
    });
    return true;
  }

  /** Another own device tells of a change; it is not told on. */
  takeIn(tx: Tx, items: SyncItem[]): void {
    for (const { what, key, value } of items) {
      switch (what) {
        case "remark":
          this.people.setRemark(tx, Number(key), String(value));
          break;
        case "verified":
          this.people.setVerified(tx, Number(key), value === 1 || value === true);
          break;
        case "read":
          this.chats.readElsewhere(tx, key, Number(value));
          break;
        case "removed_chat":
          this.chats.clear(tx, key);
          break;
        case "cleared_chat":
          this.chats.empty(tx, key, Number(value));
          break;
        case "hidden_chat":
          this.chats.hide(tx, key, Number(value));
          break;
        case "deleted":
          this.deleteByContent(tx, key);
          break;
        case "pinned":
        case "muted":
        case "folded":
          this.chats.keep(tx, key, { [what]: Number(value) === 1 });
          break;
        case "marked_unread":
          this.chats.keep(tx, key, { markedUnread: Number(value) === 1 });
          break;
        case "privacy":
          this.onPrivacy(tx, key, value === 1 || value === true);
          break;
        case "backup":
          this.onBackup(tx, Number(value) === 1);
          break;
        case "background":
          this.chats.keep(tx, key, { background: String(value) });
          break;
      }
    }
  }

  private deleteByContent(tx: Tx, contentId: string): void {
    const row = tx.one("SELECT * FROM message WHERE hex(content_id) = upper(?)", [contentId]);
    if (row !== undefined) this.chats.deleteMessage(tx, row);
  }
}
