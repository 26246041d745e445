import type { ChatId } from "../api.ts";
import { equal } from "../bytes.ts";
import { directChatId, groupChatId } from "../chats/chats.ts";
import type { Directory } from "../devices/directory.ts";
import type { Session } from "../session.ts";
import { blob, integer, integerOrNull, type Reader, type Row, type Tx, text, textOrNull } from "../store/store.ts";

/**
 * The MLS groups this device takes part in, or should.
 *
 * status  what is true                                     what happens next
 * wanted  should exist, this device has no state of it     commits.ts creates it
 * active  this device has the state of some epoch          messages flow
 * broken  this device has lost its way                     rejoin.ts joins by external commit [HL2]
 * gone    left, removed, or never to be had                nothing, until a welcome comes
 */

export type Status = "wanted" | "active" | "broken" | "gone";
export type GroupKind = "self" | "direct" | "group";

export interface Conversation {
  groupId: Uint8Array;
  kind: GroupKind;
  chat: ChatId | null;
  person: number | null;
  status: Status;
  askSinceMs: number | null;
  retryAtMs: number;
  retries: number;
}

const RETRY_FIRST_MS = 1_000;
const CLOCKS_DIFFER_MS = 60_000;
const RETRY_MS_MAX = 10 * 60_000;

function fromRow(row: Row): Conversation {
  return {
    groupId: blob(row, "group_id"),
    kind: text(row, "kind") as GroupKind,
    chat: textOrNull(row, "chat"),
    person: integerOrNull(row, "person"),
    status: text(row, "status") as Status,
    askSinceMs: integerOrNull(row, "ask_since_ms"),
    retryAtMs: integer(row, "retry_at_ms"),
    retries: integer(row, "retries"),
  };
}

export function findConversation(reader: Reader, groupId: Uint8Array): Conversation | null {
  const row = reader.one("SELECT * FROM conversation WHERE group_id = ?", [groupId]);
  return row === undefined ? null : fromRow(row);
}

export class Conversations {
  constructor(
    private readonly session: Session,
    private readonly directory: Directory,
  ) {}

  find(groupId: Uint8Array): Conversation | null {
    return findConversation(this.session.store, groupId);
  }

  ofChat(chat: ChatId): Conversation | null {
    const row = this.session.store.one("SELECT * FROM conversation WHERE chat = ?", [chat]);
    return row === undefined ? null : fromRow(row);
  }

  withStatus(status: Status, dueMs: number): Conversation[] {
    return this.session.store
      .all("SELECT * FROM conversation WHERE status = ? AND retry_at_ms <= ?", [status, dueMs])
      .map(fromRow);
  }

  /** What kind of group this is, seen from its id and its members' accounts. */
  kindOf(reader: Reader, groupId: Uint8Array): { kind: GroupKind; person: number | null } {
    if (equal(groupId, this.session.selfGroupId)) return { kind: "self", person: null };
    for (const row of reader.all("SELECT account, account_key FROM person")) {
      if (equal(this.session.directGroupId(blob(row, "account_key")), groupId)) {
        return { kind: "direct", person: integer(row, "account") };
      }
    }
    return { kind: "group", person: null };
  }

  /** Makes sure a conversation is known; an existing one keeps its status. */
  ensure(tx: Tx, groupId: Uint8Array, status: Status): Conversation {
    const found = findConversation(tx, groupId);
    if (found !== null) return found;
    const { kind, person } = this.kindOf(tx, groupId);
    const chat = kind === "self" ? null : person === null ? groupChatId(groupId) : directChatId(person);
    tx.run("INSERT INTO conversation (group_id, kind, chat, person, status) VALUES (?, ?, ?, ?, ?)", [
      groupId,
      kind,
      chat,
      person,
      status,
    ]);
    return { groupId, kind, chat, person, status, askSinceMs: null, retryAtMs: 0, retries: 0 };
  }

  setStatus(tx: Tx, groupId: Uint8Array, status: Status): void {
    tx.run("UPDATE conversation SET status = ?, retry_at_ms = 0, retries = 0 WHERE group_id = ?", [status, groupId]);
    const gone = Number(status === "gone");
    tx.run("UPDATE chat SET gone = ? WHERE group_id = ? AND gone <> ?", [gone, groupId, gone]);
    tx.touch("chats");
    const chat = findConversation(tx, groupId)?.chat;
    if (chat !== undefined && chat !== null) {
      tx.touch(`chat:${chat}`);
      tx.touch(`group:${chat}`);
    }
  }

  /** This device lost its way in the group; what came since `sinceMs` will be asked for again. */
  setBroken(tx: Tx, groupId: Uint8Array, sinceMs: number): void {
    tx.run(
      `UPDATE conversation SET status = 'broken', ask_since_ms = min(coalesce(ask_since_ms, ?), ?)
       WHERE group_id = ? AND status <> 'gone'`,
      [sinceMs - CLOCKS_DIFFER_MS, sinceMs - CLOCKS_DIFFER_MS, groupId],
    );
  }

  /** The next try waits twice as long as this one did. */
  postpone(tx: Tx, conversation: Conversation, leastMs = 0): void {
    const delay = Math.min(RETRY_MS_MAX, RETRY_FIRST_MS * 2 ** conversation.retries);
    const spread = delay * (0.5 + this.session.platform.jitter());
    tx.run("UPDATE conversation SET retry_at_ms = ?, retries = retries + 1 WHERE group_id = ?", [
      this.session.clock.now() + Math.round(Math.max(leastMs, spread)),
      conversation.groupId,
    ]);
  }

  /** The accounts that have a device among these leaves. */
  accountsOf(keys: Uint8Array[]): Set<number> {
    const accounts = new Set<number>();
    for (const key of keys) {
      const account = this.accountOf(key);
      if (account !== null) accounts.add(account);
    }
    return accounts;
  }

  accountOf(key: Uint8Array): number | null {
    if (equal(key, this.session.device.signatureKey)) return this.session.accountId;
    return this.directory.accountOf(key);
  }
}
