import { type ChatId, CoreError, type HistoryShare, type PersonId } from "../api.ts";
import { fromBase64, random } from "../bytes.ts";
import { type Chats, groupChatId, touchChat } from "../chats/chats.ts";
import { findPerson } from "../contacts/people.ts";
import { leftBody } from "../content/kinds.ts";
import type { Sync } from "../devices/sync.ts";
import { NotThere } from "../http.ts";
import { forgetState } from "../mls/state.ts";
import type { States } from "../mls/states.ts";
import type { Session } from "../session.ts";
import * as meta from "../store/meta.ts";
import { blob, integer, type Tx } from "../store/store.ts";
import type { Outbox } from "../sync/outbox.ts";
import type { Commits } from "./commits.ts";
import type { Conversation, Conversations } from "./conversations.ts";
import type { HandingOver } from "./handing_over.ts";
import { encodeDeparture, signDeparture } from "./note.ts";
import { groupIdOf } from "./policy.ts";
import type { PolicyWish } from "./policy_wishes.ts";
import type { Standings } from "./standings.ts";

/** What people do with groups: make, name, add, remove, leave. */

const MEMBERS_MAX = 500;
const NAME_CHARACTERS_MAX = 50;
const OUTCOME_WAIT_MS = 10_000;

export class Groups {
  constructor(
    private readonly session: Session,
    private readonly chats: Chats,
    private readonly conversations: Conversations,
    private readonly commits: Commits,
    private readonly outbox: Outbox,
    private readonly sync: Sync,
    private readonly states: States,
    private readonly standings: Standings,
    private readonly handingOver: HandingOver,
  ) {}

  async create(people: PersonId[], name: string): Promise<ChatId> {
    const accounts = [...new Set(people.map(Number))].filter((account) => account !== this.session.accountId);
    if (accounts.length + 1 > MEMBERS_MAX) throw new CoreError("group_full");
    for (const account of accounts) {
      if (findPerson(this.session.store, account)?.friend !== true) throw new CoreError("no_consent");
    }
    const account = this.session.accountId;
    const origin = { account, accountKey: this.session.account.accountKey, nonce: random(16) };
    const groupId = groupIdOf(origin);
    const { policyWishes } = this.commits.proposing;
    const id = groupChatId(groupId);
    const now = Math.round(this.session.clock.now());
    this.session.store.write((tx) => {
      this.conversations.ensure(tx, groupId, "wanted");
      this.chats.ensure(tx, { id, groupId, person: null, name: shortName(name) });
      for (const person of accounts) this.commits.wish(tx, groupId, { what: "add", account: person });
      policyWishes.put(tx, groupId, { what: "found", origin, door: random(32) });
      if (shortName(name) !== "") policyWishes.put(tx, groupId, { what: "name", name: shortName(name) });
      for (const member of [this.session.accountId, ...accounts]) {
        tx.run("INSERT INTO membership (group_id, account, from_ms, to_ms) VALUES (?, ?, ?, NULL)", [
          groupId,
          member,
          now,
        ]);
      }
      this.chats.event(tx, id, { what: "created", actor: account, people: accounts, name }, now);
    });
    await this.settle(groupId);
    return id;
  }

  /** Changes the group's policy. Throws CoreError not_allowed: it is not hers to change [GP4]. */
  async change(chat: ChatId, wish: PolicyWish): Promise<void> {
    const { groupId } = this.memberOf(chat);
    this.session.store.write((tx) => this.commits.proposing.policyWishes.put(tx, groupId, wish));
    await this.settle(groupId);
  }

  async add(chat: ChatId, people: PersonId[], history: HistoryShare): Promise<void> {
    const { groupId } = this.memberOf(chat);
    const accounts = people.map(Number);
    for (const account of accounts) {
      if (findPerson(this.session.store, account)?.friend !== true) throw new CoreError("no_consent");
    }
    if (this.membersOf(groupId).length + accounts.length > MEMBERS_MAX) throw new CoreError("group_full");
    this.session.store.write((tx) => {
      for (const account of accounts) this.commits.wish(tx, groupId, { what: "add", account });
      this.handingOver.choose(tx, groupId, accounts, history, { chosen: true });
    });
    await this.settle(groupId);
  }

  /** What somebody who is let in is given of what was said before. */
  handOver(tx: Tx, groupId: Uint8Array, account: number, history: HistoryShare): void {
    this.handingOver.choose(tx, groupId, [account], history, { chosen: true });
  }

  async remove(chat: ChatId, people: PersonId[]): Promise<void> {
    const { groupId } = this.memberOf(chat);
    this.session.store.write((tx) => {
      for (const person of people) this.commits.wish(tx, groupId, { what: "remove", account: Number(person) });
    });
    await this.settle(groupId);
  }

  /** Waits for the group to be as wished; offline, the wish is stored and that is enough. */
  async settle(groupId: Uint8Array): Promise<void> {
    let decided = false;
    const outcome = this.commits.outcome(groupId).then((code) => {
      decided = true;
      return code;
    });
    await this.commits.reconcile(groupId);
    const stands = !this.commits.isPending(groupId) && this.conversations.find(groupId)?.status === "active";
    await Promise.resolve();
    if (stands && !decided) return;
    let cancel = () => {};
    const patience = new Promise<null>((resolve) => {
      cancel = this.session.platform.later(OUTCOME_WAIT_MS, () => resolve(null));
    });
    const offline = this.outbox.connected ? patience : Promise.resolve(null);
    const code = await Promise.race([outcome, offline]);
    cancel();
    if (code !== null) throw new CoreError(code);
  }

  /** Says goodbye in the group; once that is with the server this device leaves the roster. */
  async leave(chat: ChatId): Promise<void> {
    const { groupId } = this.memberOf(chat);
    const { account, accountId } = this.session;
    await this.session.turn.run(async () => {
      const state = this.states.get(groupId);
      const leaves = state === null ? [] : this.standings.leaves(state.ratchetTree);
      const own = leaves.filter((leaf) => leaf.account === accountId).map(({ encryptionKey }) => encryptionKey);
      const departure = await signDeparture(groupId, { account: accountId, leaves: own }, account.seed);
      this.session.store.write((tx) => {
        tx.run("DELETE FROM wish WHERE group_id = ?", [groupId]);
        tx.run("DELETE FROM policy_wish WHERE group_id = ?", [groupId]);
        this.outbox.say(tx, groupId, leftBody(encodeDeparture(departure)));
        tx.run("UPDATE conversation SET leaving = 1 WHERE group_id = ?", [groupId]);
        tx.run("UPDATE chat SET gone = 1 WHERE id = ?", [chat]);
        const event = { what: "left" as const, actor: this.session.accountId, people: [], name: "" };
        this.chats.event(tx, chat, event, Math.round(this.session.clock.now()));
        touchChat(tx, chat);
        tx.touch(`group:${chat}`);
      });
    });
    await this.outbox.flush();
  }

  /** Groups whose goodbye the server has: this device goes. */
  async finishLeaving(): Promise<void> {
    const rows = this.session.store.all(
      `SELECT group_id FROM conversation c WHERE leaving = 1
       AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.group_id = c.group_id)`,
    );
    for (const row of rows) {
      const groupId = blob(row, "group_id");
      await this.session.http.leave(groupId).catch((error: unknown) => {
        if (!(error instanceof NotThere)) throw error;
      });
      await this.session.turn.run(async () => {
        this.session.store.write((tx) => this.goneFrom(tx, groupId));
        this.states.forget(groupId);
      });
    }
  }

  /** Put out without right [GP6]: what she was saying waits, and she asks to be back (admission.ts). */
  putOutOf(tx: Tx, groupId: Uint8Array): void {
    forgetState(tx, groupId);
    tx.run("DELETE FROM pending_commit WHERE group_id = ?", [groupId]);
    this.outbox.requeueAll(tx, groupId);
    this.conversations.setStatus(tx, groupId, "gone");
  }

  /** This device is no longer in the group, by right. */
  goneFrom(tx: Tx, groupId: Uint8Array): void {
    forgetState(tx, groupId);
    this.standings.forget(tx, groupId);
    tx.run("UPDATE conversation SET leaving = 0 WHERE group_id = ?", [groupId]);
    tx.run("DELETE FROM wish WHERE group_id = ?", [groupId]);
    tx.run("DELETE FROM pending_commit WHERE group_id = ?", [groupId]);
    this.outbox.failAll(tx, groupId);
    this.conversations.setStatus(tx, groupId, "gone");
  }

  /** Groups that this device is not in yet: a new device joins them all [DL2] and asks for what came meanwhile. */
  async findMissing(): Promise<void> {
    const { groups } = await this.session.http.groups();
    this.session.store.write((tx) => {
      for (const { group_id, joined } of groups) {
        const groupId = fromBase64(group_id);
        const known = this.conversations.find(groupId);
        if (known === null) {
          this.conversations.ensure(tx, groupId, "broken");
          this.conversations.setBroken(tx, groupId, meta.number(tx, "joined_at_ms"));
        } else if (!joined && known.status === "wanted" && !this.commits.isPending(groupId)) {
          this.conversations.setStatus(tx, groupId, "broken");
        }
      }
    });
  }

  /** A friend all of whose devices went is invited back into our chat: she may have come with a new one. */
  inviteBack(tx: Tx): void {
    const rows = tx.all(
      `SELECT c.group_id, c.person FROM conversation c JOIN person p ON p.account = c.person
       WHERE c.kind = 'direct' AND c.status = 'active' AND p.friend = 1
       AND NOT EXISTS (SELECT 1 FROM membership m WHERE m.group_id = c.group_id AND m.account = c.person
                       AND m.to_ms IS NULL)`,
    );
    for (const row of rows) {
      this.commits.wish(tx, blob(row, "group_id"), { what: "add", account: integer(row, "person") });
    }
  }

  /** Throws CoreError not_a_member. */
  memberOf(chat: ChatId): Conversation {
    const conversation = this.conversations.ofChat(chat);
    const row = this.session.store.one("SELECT gone FROM chat WHERE id = ?", [chat]);
    if (conversation === null || conversation.status === "gone" || row === undefined || integer(row, "gone") === 1) {
      throw new CoreError("not_a_member");
    }
    return conversation;
  }

  private membersOf(groupId: Uint8Array): number[] {
    return this.session.store
      .all("SELECT DISTINCT account FROM membership WHERE group_id = ? AND to_ms IS NULL ORDER BY from_ms, account", [
        groupId,
      ])
      .map((row) => integer(row, "account"));
  }

  titleOf(chat: ChatId): string {
    return this.chats.summary(chat)?.title ?? "";
  }

  noteRead(tx: Tx, chat: ChatId, position: number): void {
    this.sync.note(tx, { what: "read", key: chat, value: position });
  }
}

export function shortName(name: string): string {
  return [...name.trim()].slice(0, NAME_CHARACTERS_MAX).join("");
}
