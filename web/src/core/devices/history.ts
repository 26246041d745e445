import { equal } from "../bytes.ts";
import { type Chats, isImported, POSITIONS_PER_MS, touchChat } from "../chats/chats.ts";
import type { People } from "../contacts/people.ts";
import { type HistoryItem, type HistoryPart, historyBody } from "../content/kinds.ts";
import type { Session } from "../session.ts";
import * as meta from "../store/meta.ts";
import {
  blob,
  blobOrNull,
  integer,
  integerOrNull,
  type Row,
  type Tx,
  text,
  textOrNull,
  type Value,
} from "../store/store.ts";
import type { Outbox } from "../sync/outbox.ts";

/**
 * History for a new own device [DL2]: people and chats first, then messages newest first, in parts through the self
 * group. The next part is queued when the one before it was accepted, so a crash resumes where it stood; every row
 * is taken in at most once, so a part that comes twice changes nothing.
 */

const PART_BYTES_MAX = 160 * 1024;
const ROWS_MAX = 1_000;
const ROW_OVERHEAD_BYTES = 160;
const PARTS_IN_OUTBOX_MAX = 4;

/** What a part brought to each chat: the chat is changed once for all of it. */
type Taken = Map<string, { count: number; newestMs: number }>;

export class History {
  constructor(
    private readonly session: Session,
    private readonly outbox: Outbox,
    private readonly chats: Chats,
    private readonly people: People,
  ) {}

  promise(tx: Tx, device: Uint8Array): void {
    tx.run("INSERT OR IGNORE INTO history_out (device, part, below) VALUES (?, 0, NULL)", [device]);
  }

  /** Queues the next parts for devices that were promised history. Call in a turn. */
  tend(): boolean {
    const waiting = this.session.store.one("SELECT count(*) AS n FROM outbox WHERE group_id = ?", [
      this.session.selfGroupId,
    ]);
    let room = PARTS_IN_OUTBOX_MAX - integer(waiting ?? {}, "n");
    let queued = false;
    for (const row of this.session.store.all("SELECT * FROM history_out")) {
      while (room-- > 0 && this.nextPart(blob(row, "device"))) queued = true;
    }
    return queued;
  }

  /** False when there is no more. */
  private nextPart(device: Uint8Array): boolean {
    return this.session.store.write((tx) => {
      const row = tx.one("SELECT part, below FROM history_out WHERE device = ?", [device]);
      if (row === undefined) return false;
      const part = integer(row, "part");
      const below = integerOrNull(row, "below") ?? Number.MAX_SAFE_INTEGER;
      const { items, lowest } =
        part === 0 ? { items: this.overview(tx), lowest: below } : this.messagesBelow(tx, below);
      if (items.length === 0) {
        tx.run("DELETE FROM history_out WHERE device = ?", [device]);
        return false;
      }
      this.outbox.say(tx, this.session.selfGroupId, historyBody({ to: device, part, of: 0, items }));
      tx.run("UPDATE history_out SET part = part + 1, below = ? WHERE device = ?", [lowest, device]);
      return true;
    });
  }

  private overview(tx: Tx): HistoryItem[] {
    const people = tx.all(
      "SELECT account, remark, verified, account_key FROM person WHERE remark <> '' OR verified = 1",
    );
    const chats = tx.all(
      "SELECT id, group_id, person, name, gone, read_order, named_at_ms, pinned, muted, folded, marked_unread, background, timer_s FROM chat",
    );
    const shares = tx.all("SELECT account, circle, share, at_ms FROM held_share");
    return [
      { k: "start" },
      { k: "privacy", typing_off: meta.flag(tx, "typing_off"), receipts: meta.flag(tx, "receipts") },
      ...shares.map((row): HistoryItem => ({ k: "share", ...row })),
      ...people.map((row): HistoryItem => ({ k: "person", ...row })),
      ...chats.map((row): HistoryItem => ({ k: "chat", ...row })),
    ];
  }

  private messagesBelow(tx: Tx, below: number): { items: HistoryItem[]; lowest: number } {
    const rows = tx.all(
      `SELECT n, chat, position, content_id, kind, sender, text, event, at_ms, detail, thumb, quote, mentions, edited,
       expires_at_ms, vouched, named FROM message
       WHERE n < ? AND (state IS NULL OR state = 'sent') ORDER BY n DESC LIMIT ?`,
      [below, ROWS_MAX],
    );
    const items: HistoryItem[] = [];
    let lowest = below;
    let bytes = 0;
    for (const row of rows) {
      const carried = (textOrNull(row, "detail")?.length ?? 0) + (blobOrNull(row, "thumb")?.length ?? 0);
      bytes += ROW_OVERHEAD_BYTES + 3 * text(row, "text").length + carried;
      if (bytes > PART_BYTES_MAX && items.length > 0) break;
      items.push({ k: "message", ...row }, ...this.reactionsTo(tx, row));
      lowest = integer(row, "n");
    }
    return { items, lowest };
  }

  private reactionsTo(tx: Tx, row: Row): HistoryItem[] {
    const contentId = blobOrNull(row, "content_id");
    if (contentId === null) return [];
    const rows = tx.all("SELECT * FROM reaction WHERE target = ?", [contentId]);
    return rows.map((one): HistoryItem => ({ k: "reaction", ...one }));
  }

  takeIn(tx: Tx, history: HistoryPart): void {
    if (!equal(history.to, this.session.device.signatureKey)) return;
    const taken: Taken = new Map();
    for (const item of history.items) {
      if (item["k"] === "person") this.takePerson(tx, item as Row);
      else if (item["k"] === "chat") this.takeChat(tx, item as Row);
      else if (item["k"] === "privacy") this.takePrivacy(tx, item);
      else if (item["k"] === "share") this.takeShare(tx, item as Row);
      else if (item["k"] === "message") this.takeMessage(tx, item as Row, taken);
      else if (item["k"] === "reaction") this.takeReaction(tx, item as Row);
    }
    for (const [chat, { count, newestMs }] of taken) {
      tx.run("UPDATE chat SET messages = messages + ?, listed = 1, at_ms = max(at_ms, ?) WHERE id = ?", [
        count,
        newestMs,
        chat,
      ]);
      touchChat(tx, chat);
    }
    tx.touch("chats");
    tx.touch("contacts");
  }

  private takePrivacy(tx: Tx, item: HistoryItem): void {
    meta.put(tx, "typing_off", item["typing_off"] === true);
    meta.put(tx, "receipts", item["receipts"] === true);
    tx.touch("privacy");
  }

  private takePerson(tx: Tx, row: Row): void {
    const account = integer(row, "account");
    const known = tx.one("SELECT account_key FROM person WHERE account = ?", [account]);
    if (known === undefined || !equal(blob(known, "account_key"), blob(row, "account_key"))) return;
    if (text(row, "remark") !== "") this.people.setRemark(tx, account, text(row, "remark"));
    if (integer(row, "verified") === 1) this.people.setVerified(tx, account, true);
  }

  private takeChat(tx: Tx, row: Row): void {
    const id = text(row, "id");
    const name = text(row, "name");
    this.chats.ensure(tx, { id, groupId: blob(row, "group_id"), person: integerOrNull(row, "person"), name });
    if (isImported(id)) this.chats.ensureImported(tx, id, blob(row, "group_id"), name);
    tx.run("UPDATE chat SET name = ?, named_at_ms = ? WHERE id = ? AND named_at_ms < ?", [
      name,
      integer(row, "named_at_ms"),
      id,
      integer(row, "named_at_ms"),
    ]);
    this.chats.keep(tx, id, {
      pinned: row["pinned"] === 1,
      muted: row["muted"] === 1,
      folded: row["folded"] === 1,
      markedUnread: row["marked_unread"] === 1,
      background: String(row["background"] ?? ""),
    });
    this.chats.setTimer(tx, id, Number(row["timer_s"] ?? 0));
    tx.run("UPDATE chat SET read_order = max(read_order, ?) WHERE id = ?", [integer(row, "read_order"), id]);
  }

  private takeShare(tx: Tx, row: Row): void {
    tx.run("INSERT OR IGNORE INTO held_share (account, circle, share, at_ms) VALUES (?, ?, ?, ?)", [
      integer(row, "account"),
      blob(row, "circle"),
      blob(row, "share"),
      integer(row, "at_ms"),
    ]);
  }

  private takeReaction(tx: Tx, row: Row): void {
    this.chats.amend.react(tx, {
      target: blob(row, "target"),
      account: integer(row, "account"),
      emoji: text(row, "emoji"),
      contentId: blob(row, "content_id"),
      atMs: integer(row, "at_ms"),
    });
  }

  private takeMessage(tx: Tx, row: Row, into: Taken): void {
    const chat = text(row, "chat");
    const atMs = integer(row, "at_ms");
    const contentId = row["content_id"];
    const sender = integerOrNull(row, "sender");
    const mine = sender === this.session.accountId;
    const twin: [string, Value[]] =
      contentId instanceof Uint8Array
        ? ["SELECT 1 FROM message WHERE content_id = ?", [contentId]]
        : [
            "SELECT 1 FROM message WHERE chat = ? AND position BETWEEN ? AND ? AND kind = ? AND event IS ?",
            [chat, atMs * POSITIONS_PER_MS, (atMs + 1) * POSITIONS_PER_MS - 1, text(row, "kind"), row["event"] ?? null],
          ];
    if (tx.one(...twin) !== undefined) return;
    if (contentId instanceof Uint8Array) {
      if (tx.one("SELECT 1 FROM deleted WHERE content_id = ?", [contentId]) !== undefined) return;
    }
    const position = integer(row, "position");
    const taken = tx.one("SELECT 1 FROM message WHERE chat = ? AND position = ?", [chat, position]);
    tx.run(
      `INSERT INTO message (chat, position, content_id, kind, sender, mine, text, event, at_ms, state, detail, thumb,
       quote, mentions, edited, expires_at_ms, vouched, named) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        chat,
        taken === undefined ? position : this.freePosition(tx, chat, position),
        contentId ?? null,
        text(row, "kind"),
        sender,
        Number(mine),
        text(row, "text"),
        row["event"] ?? null,
        atMs,
        mine ? "sent" : null,
        row["detail"] ?? null,
        row["thumb"] ?? null,
        row["quote"] ?? null,
        row["mentions"] ?? null,
        row["edited"] ?? 0,
        row["expires_at_ms"] ?? null,
        row["vouched"] ?? null,
        row["named"] ?? null,
      ],
    );
    const before = into.get(chat) ?? { count: 0, newestMs: 0 };
    into.set(chat, { count: before.count + 1, newestMs: Math.max(before.newestMs, atMs) });
  }

  private freePosition(tx: Tx, chat: string, position: number): number {
    const next = tx.one("SELECT max(position) AS p FROM message WHERE chat = ? AND position < ?", [
      chat,
      position + 1_024,
    ]);
    return (integerOrNull(next ?? { p: null }, "p") ?? position) + 1;
  }
}
