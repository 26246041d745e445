import type { Chats } from "../chats/chats.ts";
import { digest } from "../mls/suite.ts";
import type { Session } from "../session.ts";
import type { Tx } from "../store/store.ts";
import type { Conversation, Conversations } from "./conversations.ts";
import { isIntruder, type Standing } from "./judging.ts";

/** What a change of a group's leaves means to people: who came, who went, who may ask for which message. */

export interface RosterChange extends Members {
  actor: number | null;
  atMs: number;
  epoch: number; // the epoch the change leads to: an event of it is shown once
}

export interface Members {
  before: Set<number>;
  after: Set<number>;
}

/** Members by right, where a group has a policy: who was added without right never came, who was removed so stays. */
export function membersBeforeAndAfter(
  conversations: Conversations,
  before: Uint8Array[],
  after: Uint8Array[],
  judged: { was: Standing; standing: Standing } | null,
): Members {
  if (judged === null) return { before: conversations.accountsOf(before), after: conversations.accountsOf(after) };
  const byRight = (keys: Uint8Array[], standing: Standing) => {
    const honest = keys.filter((key) => !isIntruder(standing, key));
    return new Set([...conversations.accountsOf(honest), ...standing.victims]);
  };
  return { before: byRight(before, judged.was), after: byRight(after, judged.standing) };
}

export class Rosters {
  constructor(
    private readonly session: Session,
    private readonly chats: Chats,
    private readonly conversations: Conversations,
  ) {}

  apply(tx: Tx, conversation: Conversation, change: RosterChange): void {
    const { before, after } = change;
    const came = [...after].filter((account) => !before.has(account));
    const went = [...before].filter((account) => !after.has(account));
    const entered = came.filter((account) => this.enter(tx, conversation.groupId, account, change.atMs));
    for (const account of went) this.exit(tx, conversation.groupId, account, change.atMs);
    if (came.length + went.length > 0 && conversation.chat !== null) {
      tx.touch("chats");
      tx.touch(`chat:${conversation.chat}`);
      tx.touch(`group:${conversation.chat}`);
    }
    if (conversation.kind !== "group" || conversation.chat === null) return;
    const invited = entered.filter((account) => account !== change.actor && account !== this.session.accountId);
    const removed = went.filter((account) => !this.hasLeft(tx, conversation.groupId, account));
    if (invited.length > 0) this.event(tx, conversation, change, "joined_by", invited);
    if (removed.length > 0) this.event(tx, conversation, change, "removed_by", removed);
  }

  /** After a join by welcome or external commit: the members are whoever is in the tree. */
  replace(tx: Tx, groupId: Uint8Array, keys: Uint8Array[], atMs: number): void {
    const present = this.conversations.accountsOf(keys);
    const known = tx.all("SELECT account FROM membership WHERE group_id = ? AND to_ms IS NULL", [groupId]);
    const listed = new Set(known.map((row) => Number(row["account"])));
    for (const account of present) this.enter(tx, groupId, account, atMs);
    for (const account of listed) if (!present.has(account)) this.exit(tx, groupId, account, atMs);
    tx.touch("chats");
  }

  /** A group just created: who could not be added yet is a member all the same, and comes without an event. */
  found(tx: Tx, groupId: Uint8Array, keys: Uint8Array[], atMs: number): void {
    for (const account of this.conversations.accountsOf(keys)) this.enter(tx, groupId, account, atMs);
    tx.touch("chats");
  }

  /** False when she counts as a member already. */
  private enter(tx: Tx, groupId: Uint8Array, account: number, atMs: number): boolean {
    const open = "SELECT 1 FROM membership WHERE group_id = ? AND account = ? AND to_ms IS NULL";
    if (tx.one(open, [groupId, account]) !== undefined) return false;
    tx.run("INSERT INTO membership (group_id, account, from_ms, to_ms) VALUES (?, ?, ?, NULL)", [
      groupId,
      account,
      atMs,
    ]);
    tx.run("DELETE FROM departed WHERE group_id = ? AND account = ?", [groupId, account]);
    return true;
  }

  private exit(tx: Tx, groupId: Uint8Array, account: number, atMs: number): void {
    tx.run("UPDATE membership SET to_ms = ? WHERE group_id = ? AND account = ? AND to_ms IS NULL", [
      atMs,
      groupId,
      account,
    ]);
  }

  /** A member said that she leaves; her devices are removed by whoever commits first, with her signed goodbye. */
  depart(tx: Tx, groupId: Uint8Array, account: number, proof: Uint8Array | null): void {
    tx.run("INSERT OR REPLACE INTO departed (group_id, account, proof) VALUES (?, ?, ?)", [groupId, account, proof]);
  }

  private hasLeft(tx: Tx, groupId: Uint8Array, account: number): boolean {
    const row = tx.one("SELECT 1 FROM departed WHERE group_id = ? AND account = ?", [groupId, account]);
    return row !== undefined;
  }

  private event(
    tx: Tx,
    conversation: Conversation,
    change: RosterChange,
    what: "joined_by" | "removed_by",
    people: number[],
  ): void {
    if (conversation.chat === null) return;
    const id = digest("roster event", conversation.groupId, `${change.epoch} ${what}`);
    this.chats.event(tx, conversation.chat, { what, actor: change.actor, people, name: "" }, change.atMs, id);
  }
}
