import type { ChatId, ChatKeeping, ChatSummary, Message, MessageId, MessageKind, SendState } from "../api.ts";
import { hex } from "../bytes.ts";
import { shownName } from "../contacts/people.ts";
import { EVERYBODY } from "../content/content.ts";
import type { Carried } from "../content/details.ts";
import type { Session } from "../session.ts";
import * as meta from "../store/meta.ts";
import { integer, integerOrNull, type Row, type Tx, text } from "../store/store.ts";
import { Amend } from "./amend.ts";
import type { StoredEvent } from "./events.ts";
import { renderMessage } from "./render.ts";

/** Chats and their messages as the app sees them; knows nothing of groups' keys or of the network. */

export const POSITIONS_PER_MS = 1_024;
const PEOPLE_IN_PICTURE = 9;
const GALLERY_MAX = 1_000;
const PREVIEW_CHARACTERS_MAX = 200;

export interface NewMessage {
  chat: ChatId;
  contentId: Uint8Array | null;
  kind: MessageKind;
  sender: number | null;
  text: string;
  event: StoredEvent | null;
  carried: Carried | null;
  quote: Uint8Array | null;
  mentions: readonly number[];
  expiresAtMs: number | null;
  atMs: number;
  state: SendState | null;
  unread: boolean;
  /** What was lost and comes again stands where it belongs by its time; all else stands below what is there. */
  late: boolean;
  /** Who handed it over, when it did not come from its sender; and what the sender is called, where nobody knows. */
  vouched: number | null;
  named: string | null;
}

/** What is kept of a chat, and its column. */
export const KEEPING_COLUMNS: Record<
  keyof ChatKeeping,
  "pinned" | "muted" | "folded" | "marked_unread" | "background"
> = {
  pinned: "pinned",
  muted: "muted",
  folded: "folded",
  markedUnread: "marked_unread",
  background: "background",
};

export function groupChatId(groupId: Uint8Array): ChatId {
  return `g:${hex(groupId)}`;
}

export function directChatId(accountId: number): ChatId {
  return `d:${accountId}`;
}

/** A chat from another program: nobody is in it. */
export function importedChatId(of: string): ChatId {
  return `i:${of}`;
}

export function isImported(chat: ChatId): boolean {
  return chat.startsWith("i:");
}

/** A message of words alone; the rest is given by those that have it. */
export const PLAIN = {
  event: null,
  carried: null,
  quote: null,
  mentions: [],
  expiresAtMs: null,
  late: false,
  vouched: null,
  named: null,
} as const;

export class Chats {
  readonly amend: Amend;
  /** Who was seen writing, and when; only in memory. */
  readonly typing = new Map<ChatId, number>();

  constructor(private readonly session: Session) {
    this.amend = new Amend(session);
  }

  /** Makes sure the chat exists; it is listed once it has a message or an event. */
  ensure(tx: Tx, chat: { id: ChatId; groupId: Uint8Array; person: number | null; name: string }): void {
    const kind = chat.person === null ? "group" : "direct";
    const made = tx.run(
      "INSERT OR IGNORE INTO chat (id, group_id, kind, person, name, at_ms) VALUES (?, ?, ?, ?, ?, ?)",
      [chat.id, chat.groupId, kind, chat.person, chat.name, 0],
    );
    if (made > 0) tx.touch("chats");
  }

  /** A chat that nobody is in and nobody can write in; back on the list. */
  ensureImported(tx: Tx, id: ChatId, groupId: Uint8Array, name: string): void {
    this.ensure(tx, { id, groupId, person: null, name });
    tx.run("UPDATE chat SET gone = 1, listed = 1 WHERE id = ?", [id]);
  }

  /** Stores a message once and returns its number: null when its content id is known, or was deleted here. */
  add(tx: Tx, message: NewMessage): number | null {
    if (message.contentId !== null) {
      const known = this.known(tx, message.contentId, message.vouched === null);
      const deleted = tx.one("SELECT 1 FROM deleted WHERE content_id = ?", [message.contentId]);
      if (known || deleted !== undefined) return null;
    }
    const position = this.positionFor(tx, message);
    const atMs = Math.floor(position / POSITIONS_PER_MS);
    tx.run(
      `INSERT INTO message (chat, position, content_id, kind, sender, mine, text, event, detail, thumb, quote, mentions,
       expires_at_ms, at_ms, state, vouched, named) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        message.chat,
        position,
        message.contentId,
        message.kind,
        message.sender,
        Number(message.sender === this.session.accountId),
        message.text,
        message.event === null ? null : JSON.stringify(message.event),
        message.carried === null ? null : JSON.stringify(message.carried.detail),
        message.carried?.thumb ?? null,
        message.quote,
        message.mentions.length === 0 ? null : JSON.stringify(message.mentions),
        message.expiresAtMs,
        atMs,
        message.state,
        message.vouched,
        message.named,
      ],
    );
    const n = integer(tx.one("SELECT last_insert_rowid() AS n") ?? {}, "n");
    const called = message.unread && this.callsMe(message.mentions);
    tx.run(
      `UPDATE chat SET messages = messages + 1, listed = 1, at_ms = max(at_ms, ?), unread = unread + ?,
       mentioned = max(mentioned, ?) WHERE id = ?`,
      [atMs, Number(message.unread), Number(called), message.chat],
    );
    if (message.contentId !== null) this.amend.catchUp(tx, n);
    touchChat(tx, message.chat);
    return n;
  }

  /** What somebody only vouched for makes way for the message itself [GH4]. */
  private known(tx: Tx, contentId: Uint8Array, genuine: boolean): boolean {
    const row = tx.one("SELECT n, chat, vouched FROM message WHERE content_id = ?", [contentId]);
    if (row === undefined) return false;
    if (!genuine || row["vouched"] === null) return true;
    tx.run("DELETE FROM message WHERE n = ?", [integer(row, "n")]);
    tx.run("DELETE FROM reaction WHERE target = ? AND vouched = 1", [contentId]);
    tx.run("UPDATE chat SET messages = messages - 1 WHERE id = ?", [text(row, "chat")]);
    touchChat(tx, text(row, "chat"));
    return false;
  }

  private callsMe(mentions: readonly number[]): boolean {
    return mentions.includes(EVERYBODY) || mentions.includes(this.session.accountId);
  }

  /** `late`: the event is told after the fact and stands where its time is. */
  event(
    tx: Tx,
    chat: ChatId,
    event: StoredEvent,
    atMs: number,
    contentId: Uint8Array | null = null,
    { late } = { late: false },
  ): void {
    this.add(tx, {
      ...PLAIN,
      chat,
      contentId,
      kind: "event",
      sender: null,
      text: "",
      event,
      atMs,
      state: null,
      unread: false,
      late,
    });
  }

  setName(tx: Tx, chat: ChatId, name: string): void {
    if (tx.run("UPDATE chat SET name = ? WHERE id = ? AND name <> ?", [name, chat, name]) === 0) return;
    touchChat(tx, chat);
    tx.touch(`group:${chat}`);
  }

  setState(tx: Tx, n: number, state: SendState): void {
    tx.run("UPDATE message SET state = ? WHERE n = ?", [state, n]);
    const row = tx.one("SELECT chat FROM message WHERE n = ?", [n]);
    if (row !== undefined) touchChat(tx, text(row, "chat"));
  }

  /** Positions are times with room for many in a millisecond; two clocks never put an answer above its question. */
  private positionFor(tx: Tx, { chat, atMs, late }: NewMessage): number {
    const from = Math.round(atMs) * POSITIONS_PER_MS;
    const below = late ? from + POSITIONS_PER_MS - 1 : Number.MAX_SAFE_INTEGER;
    const last = tx.one("SELECT max(position) AS p FROM message WHERE chat = ? AND position BETWEEN ? AND ?", [
      chat,
      from,
      below,
    ]);
    const taken = last === undefined ? null : integerOrNull(last, "p");
    return taken === null ? from : taken + 1;
  }

  summaries(): ChatSummary[] {
    const rows = this.session.store.all("SELECT * FROM chat WHERE listed = 1 ORDER BY pinned DESC, at_ms DESC");
    return rows.map((row) => this.summaryOf(row));
  }

  summary(chat: ChatId): ChatSummary | null {
    const row = this.session.store.one("SELECT * FROM chat WHERE id = ?", [chat]);
    return row === undefined ? null : this.summaryOf(row);
  }

  private summaryOf(row: Row): ChatSummary {
    const { id, title, people } = this.headOf(row);
    const last = this.session.store.one("SELECT * FROM message WHERE chat = ? ORDER BY position DESC LIMIT 1", [id]);
    return {
      id,
      kind: text(row, "kind") === "direct" ? "direct" : "group",
      title,
      people,
      last: last === undefined ? null : this.preview(last),
      unread: integer(row, "unread"),
      mentioned: integer(row, "mentioned") === 1,
      draft: text(row, "draft"),
      pinned: integer(row, "pinned") === 1,
      muted: integer(row, "muted") === 1,
      folded: integer(row, "folded") === 1,
      markedUnread: integer(row, "marked_unread") === 1,
      background: text(row, "background"),
      timerS: integer(row, "timer_s"),
      typing: this.isWriting(id),
      readUpToMs: meta.flag(this.session.store, "receipts") ? integer(row, "read_by_ms") : 0,
      atMs: integer(row, "at_ms"),
      left: integer(row, "gone") === 1,
      imported: isImported(id),
    };
  }

  /** What stands at the top of a chat, and of a line that leads to it. */
  head(chat: ChatId): { id: ChatId; title: string; people: string[] } {
    const row = this.session.store.one("SELECT * FROM chat WHERE id = ?", [chat]);
    return row === undefined ? { id: chat, title: "", people: [] } : this.headOf(row);
  }

  headOf(row: Row): { id: ChatId; title: string; people: string[] } {
    const people = this.peopleOf(row);
    const title = this.titleOf(row, people);
    return { id: text(row, "id"), title, people: people.slice(0, PEOPLE_IN_PICTURE).map(String) };
  }

  /** What she said since ends it. */
  private isWriting(chat: ChatId): boolean {
    const since = this.typing.get(chat);
    return since !== undefined && since > this.heardAtMs(chat);
  }

  /** When somebody else last said something in the chat. */
  heardAtMs(chat: ChatId): number {
    const row = this.session.store.one(
      "SELECT at_ms FROM message WHERE chat = ? AND mine = 0 AND sender IS NOT NULL ORDER BY position DESC LIMIT 1",
      [chat],
    );
    return row === undefined ? 0 : integer(row, "at_ms");
  }

  private preview(row: Row): ChatSummary["last"] {
    const message = this.messageOf(row);
    const mine = message.mine;
    return {
      text: [...message.text].slice(0, PREVIEW_CHARACTERS_MAX).join(""),
      sender: message.kind === "event" || mine ? null : message.senderName,
      atMs: message.atMs,
      state: message.state,
      kind: message.kind,
      event: message.event,
    };
  }

  private peopleOf(chat: Row): number[] {
    const person = integerOrNull(chat, "person");
    if (person !== null) return [person];
    const rows = this.session.store.all(
      "SELECT DISTINCT account FROM membership WHERE group_id = ? AND to_ms IS NULL AND account <> ? ORDER BY from_ms, account",
      [chat["group_id"] ?? null, this.session.accountId],
    );
    return rows.map((row) => integer(row, "account"));
  }

  private titleOf(chat: Row, people: number[]): string {
    const name = text(chat, "name");
    if (name !== "" && integerOrNull(chat, "person") === null) return name;
    return people.map((account) => shownName(this.session.store, account)).join("、");
  }

  messages(chat: ChatId, before: number | null, limit: number): { messages: Message[]; more: boolean; total: number } {
    const rows = this.session.store.all(
      "SELECT * FROM message WHERE chat = ? AND position < ? ORDER BY position DESC LIMIT ?",
      [chat, before ?? Number.MAX_SAFE_INTEGER, limit + 1],
    );
    const total = this.session.store.one("SELECT messages FROM chat WHERE id = ?", [chat]);
    return {
      messages: rows
        .slice(0, limit)
        .reverse()
        .map((row) => this.messageOf(row)),
      more: rows.length > limit,
      total: total === undefined ? 0 : integer(total, "messages"),
    };
  }

  /** `older` messages below `order` and `newer` from it on. */
  messagesAround(
    chat: ChatId,
    order: number,
    older: number,
    newer: number,
  ): { messages: Message[]; moreOlder: boolean; moreNewer: boolean } {
    const { store } = this.session;
    const below = store.all("SELECT * FROM message WHERE chat = ? AND position < ? ORDER BY position DESC LIMIT ?", [
      chat,
      order,
      older + 1,
    ]);
    const above = store.all("SELECT * FROM message WHERE chat = ? AND position >= ? ORDER BY position LIMIT ?", [
      chat,
      order,
      newer + 1,
    ]);
    const rows = [...below.slice(0, older).reverse(), ...above.slice(0, newer)];
    return {
      messages: rows.map((row) => this.messageOf(row)),
      moreOlder: below.length > older,
      moreNewer: above.length > newer,
    };
  }

  /** The order of the first message at or after a time. */
  firstSince(chat: ChatId, atMs: number): number | null {
    const row = this.session.store.one("SELECT min(position) AS p FROM message WHERE chat = ? AND position >= ?", [
      chat,
      Math.floor(atMs) * POSITIONS_PER_MS,
    ]);
    return row === undefined ? null : integerOrNull(row, "p");
  }

  /** For each span between neighbours of `atMs`, whether there is a message in it. */
  spansWithMessages(chat: ChatId, atMs: readonly number[]): boolean[] {
    return atMs.slice(1).map((to, place) => {
      const first = this.firstSince(chat, atMs[place] ?? to);
      return first !== null && first < to * POSITIONS_PER_MS;
    });
  }

  orderOf(id: MessageId): number | null {
    const row = this.session.store.one("SELECT position FROM message WHERE n = ?", [Number(id)]);
    return row === undefined ? null : integer(row, "position");
  }

  message(id: MessageId): Message | null {
    const row = this.session.store.one("SELECT * FROM message WHERE n = ?", [Number(id)]);
    return row === undefined ? null : this.messageOf(row);
  }

  /** Messages with pictures and videos, oldest first. */
  gallery(chat: ChatId): Message[] {
    const rows = this.session.store.all(
      "SELECT * FROM message WHERE chat = ? AND kind IN ('picture', 'video') ORDER BY position DESC LIMIT ?",
      [chat, GALLERY_MAX],
    );
    return rows.reverse().map((row) => this.messageOf(row));
  }

  private messageOf(row: Row): Message {
    return renderMessage(this.session, row);
  }

  setDraft(chat: ChatId, draft: string): void {
    this.session.store.write((tx) => {
      if (tx.run("UPDATE chat SET draft = ? WHERE id = ? AND draft <> ?", [draft, chat, draft]) === 0) return;
      tx.touch("chats");
      tx.touch(`chat:${chat}`);
    });
  }

  /** Returns the position read up to when there was something unread, else null. */
  markRead(tx: Tx, chat: ChatId): number | null {
    const changed = tx.run(
      `UPDATE chat SET unread = 0, mentioned = 0, marked_unread = 0,
       read_order = coalesce((SELECT max(position) FROM message WHERE chat = chat.id), 0)
       WHERE id = ? AND (unread > 0 OR marked_unread = 1)`,
      [chat],
    );
    if (changed === 0) return null;
    tx.touch("chats");
    tx.touch(`chat:${chat}`);
    return integer(tx.one("SELECT read_order FROM chat WHERE id = ?", [chat]) ?? {}, "read_order");
  }

  /** Another own device has read up to `position`. */
  readElsewhere(tx: Tx, chat: ChatId, position: number): void {
    tx.run("UPDATE chat SET read_order = max(read_order, ?) WHERE id = ?", [position, chat]);
    tx.run(
      `UPDATE chat SET unread = (SELECT count(*) FROM message m WHERE m.chat = chat.id AND m.position > chat.read_order
       AND m.mine = 0 AND m.kind <> 'event') WHERE id = ?`,
      [chat],
    );
    tx.run("UPDATE chat SET mentioned = 0, marked_unread = 0 WHERE id = ? AND unread = 0", [chat]);
    tx.touch("chats");
    tx.touch(`chat:${chat}`);
  }

  /** Changes how the chat is kept; returns what is different now, for the other own devices. */
  keep(tx: Tx, chat: ChatId, keeping: Partial<ChatKeeping>): [keyof ChatKeeping, string | number][] {
    const changed: [keyof ChatKeeping, string | number][] = [];
    for (const name of Object.keys(KEEPING_COLUMNS) as (keyof ChatKeeping)[]) {
      const wanted = keeping[name];
      if (wanted === undefined) continue;
      const value = typeof wanted === "boolean" ? Number(wanted) : wanted;
      const column = KEEPING_COLUMNS[name];
      if (tx.run(`UPDATE chat SET ${column} = ? WHERE id = ? AND ${column} <> ?`, [value, chat, value]) > 0) {
        changed.push([name, value]);
      }
    }
    if (changed.length > 0) touchChat(tx, chat);
    return changed;
  }

  /** New messages of the chat disappear after `seconds`; 0: never. */
  setTimer(tx: Tx, chat: ChatId, seconds: number): boolean {
    const changed = tx.run("UPDATE chat SET timer_s = ? WHERE id = ? AND timer_s <> ?", [seconds, chat, seconds]) > 0;
    if (changed) touchChat(tx, chat);
    return changed;
  }

  deleteMessage(tx: Tx, row: Row): void {
    const chat = text(row, "chat");
    const contentId = row["content_id"];
    if (contentId instanceof Uint8Array) {
      tx.run("INSERT OR IGNORE INTO deleted (content_id, at_ms) VALUES (?, ?)", [contentId, this.session.clock.now()]);
    }
    // A number may be given again: nothing may still speak of the message that had it.
    tx.run("UPDATE outbox SET message = NULL WHERE message = ?", [integer(row, "n")]);
    tx.run("DELETE FROM message WHERE n = ?", [integer(row, "n")]);
    if (contentId instanceof Uint8Array) tx.run("DELETE FROM reaction WHERE target = ?", [contentId]);
    tx.run("UPDATE chat SET messages = messages - 1 WHERE id = ?", [chat]);
    touchChat(tx, chat);
  }

  /** Takes away what was said up to `position`; the chat itself stays, kept as it is. */
  empty(tx: Tx, chat: ChatId, position: number): void {
    const those = "FROM message WHERE chat = ? AND position <= ?";
    tx.run(
      `INSERT OR IGNORE INTO deleted (content_id, at_ms) SELECT content_id, ? ${those} AND content_id IS NOT NULL`,
      [this.session.clock.now(), chat, position],
    );
    tx.run(`UPDATE outbox SET message = NULL WHERE message IN (SELECT n ${those})`, [chat, position]);
    tx.run(`DELETE FROM reaction WHERE target IN (SELECT content_id ${those})`, [chat, position]);
    tx.run(`DELETE ${those}`, [chat, position]);
    tx.run("UPDATE chat SET messages = (SELECT count(*) FROM message m WHERE m.chat = chat.id) WHERE id = ?", [chat]);
    this.readElsewhere(tx, chat, position);
    touchChat(tx, chat);
  }

  /** Takes a chat off the list with all its messages on this device. */
  clear(tx: Tx, chat: ChatId): void {
    this.empty(tx, chat, this.newest(tx, chat));
    this.unlist(tx, chat);
    tx.run("UPDATE chat SET draft = '' WHERE id = ?", [chat]);
  }

  /** Off the list until something new is said; what was said up to `position` is kept, and counts as read. */
  hide(tx: Tx, chat: ChatId, position: number): void {
    this.readElsewhere(tx, chat, position);
    if (this.newest(tx, chat) <= position) this.unlist(tx, chat);
  }

  private unlist(tx: Tx, chat: ChatId): void {
    tx.run("UPDATE chat SET listed = 0, marked_unread = 0 WHERE id = ?", [chat]);
    touchChat(tx, chat);
  }

  /** The position of the last message; 0 when there is none. */
  newest(tx: Tx, chat: ChatId): number {
    return (
      integerOrNull(tx.one("SELECT max(position) AS p FROM message WHERE chat = ?", [chat]) ?? { p: null }, "p") ?? 0
    );
  }
}

export function touchChat(tx: Tx, chat: ChatId): void {
  tx.touch("chats");
  tx.touch(`chat:${chat}`);
  tx.touch(`messages:${chat}`);
}
