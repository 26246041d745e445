import { x25519 } from "@noble/curves/ed25519.js";
import { CoreError, type HistoryShare, type JoinRequest } from "../api.ts";
import { equal } from "../bytes.ts";
import { findPerson, shownName } from "../contacts/people.ts";
import type { States } from "../mls/states.ts";
import type { Session } from "../session.ts";
import { blob, integer, type Tx, text } from "../store/store.ts";
import type { Commits } from "./commits.ts";
import type { Conversation, Conversations } from "./conversations.ts";
import { CODE_LIFETIME_MS, codeIsSigned, makeCode, openRequest, type Request, readCode, sealRequest } from "./door.ts";
import { membersOf, type Standing } from "./judging.ts";
import { roleOf } from "./policy.ts";
import { turnOf } from "./repair.ts";
import type { Standings } from "./standings.ts";

/**
 * Coming into a group by its code [GP9]: whoever may add does it for the one who asks, the inviter first; where the
 * group wants approval, the owner and admins are asked.
 */

const ASK_BACK_EVERY_MS = 3_600_000;
const OTHERS_WAIT_MS = 2_000;
const REQUEST_KEPT_MS = 7 * 86_400_000;
const CLOCKS_DIFFER_MS = 10 * 60_000;

export class Admission {
  /** In the transaction that wishes for somebody who came by the code: what the group gives her [GH6]. */
  onAdmitted: (tx: Tx, groupId: Uint8Array, account: number, history: HistoryShare) => void = () => {};

  constructor(
    private readonly session: Session,
    private readonly states: States,
    private readonly standings: Standings,
    private readonly conversations: Conversations,
    private readonly commits: Commits,
  ) {}

  /** A code for a group she is in. Throws CoreError not_allowed where she may not bring anybody in. */
  async code(conversation: Conversation, title: string): Promise<{ fragment: string; expiresAtMs: number }> {
    const { groupId } = conversation;
    const { standing, members } = this.known(groupId);
    const { policy } = standing;
    const { accountId } = this.session;
    if (policy.door === null || (policy.adding === "admins" && roleOf(policy, accountId) === "member")) {
      throw new CoreError("not_allowed");
    }
    const expiresAtMs = Math.round(this.session.clock.now()) + CODE_LIFETIME_MS;
    const people = [...members].slice(0, 4).map((account) => findPerson(this.session.store, account)?.name ?? "");
    const code = {
      groupId,
      door: x25519.getPublicKey(policy.door),
      inviter: accountId,
      expiresAtMs,
      name: title,
      count: members.size,
      people,
    };
    return { fragment: await makeCode(code, this.session.account.seed), expiresAtMs };
  }

  /** Asks the members to be added. Throws CoreError link_expired, too_many_tries. */
  async ask(fragment: string): Promise<void> {
    const code = readCode(fragment);
    if (code === null || code.expiresAtMs < this.session.clock.now()) throw new CoreError("link_expired");
    const { groupId, door } = code;
    const sealed = await sealRequest(groupId, this.own(code), door, this.session.account.seed);
    await this.session.http.askToJoin(groupId, sealed);
  }

  private own(code: Request["code"]): Request {
    const { accountId, account, clock, store } = this.session;
    const name = findPerson(store, accountId)?.name ?? "";
    const { accountKey, boxKey } = account;
    return { account: accountId, accountKey, boxKey, name, atMs: Math.round(clock.now()), code };
  }

  /** Who was put out without right says that she wants to be back, so that the server lets her be added [DS15]. */
  async askBack(): Promise<void> {
    const rows = this.session.store.all(
      `SELECT g.group_id FROM group_standing g JOIN conversation c USING (group_id)
       WHERE c.status = 'gone' AND c.leaving = 0 AND c.retry_at_ms <= ?`,
      [this.session.clock.now()],
    );
    for (const row of rows) {
      const groupId = blob(row, "group_id");
      const conversation = this.conversations.find(groupId);
      const standing = this.standings.find(groupId);
      const door = standing?.policy.door;
      if (conversation === null || !door || !standing?.victims.includes(this.session.accountId)) continue;
      this.session.store.write((tx) => this.conversations.postpone(tx, conversation, ASK_BACK_EVERY_MS));
      const publicDoor = x25519.getPublicKey(door);
      const sealed = await sealRequest(groupId, this.own(null), publicDoor, this.session.account.seed);
      await this.session.http.askToJoin(groupId, sealed);
    }
  }

  /** A request that came by mail, in its own turn: it is checked before anything is wished. */
  received(groupId: Uint8Array, sealed: Uint8Array, atMs: number): void {
    void this.session.turn.run(() => this.take(groupId, sealed, atMs)).catch(() => undefined);
  }

  private async take(groupId: Uint8Array, sealed: Uint8Array, atMs: number): Promise<void> {
    const conversation = this.conversations.find(groupId);
    if (conversation?.status !== "active" || this.states.get(groupId) === null) return;
    const { standing, members } = this.known(groupId);
    const { door } = standing.policy;
    const request = door === null ? null : await openRequest(groupId, sealed, door);
    if (request === null || Math.abs(request.atMs - atMs) > CLOCKS_DIFFER_MS) return;
    const isVictim = standing.victims.includes(request.account);
    if (members.has(request.account) && !isVictim) return;
    // A key that is not the pinned one is somebody else, whatever account she names.
    const pinned = this.standings.accountKey(request.account);
    if (pinned !== null && !equal(pinned, request.accountKey)) return;
    if (!isVictim && !(await this.isInvited(request, groupId, standing, members, atMs))) return;
    this.session.store.write((tx) => this.admitOrAsk(tx, conversation, standing, request));
  }

  private async isInvited(
    { code }: Request,
    groupId: Uint8Array,
    { policy }: Standing,
    members: Set<number>,
    atMs: number,
  ): Promise<boolean> {
    if (code === null || !equal(code.groupId, groupId) || code.expiresAtMs < atMs) return false;
    const inviterKey = this.standings.accountKey(code.inviter);
    if (inviterKey === null || !members.has(code.inviter) || !(await codeIsSigned(code, inviterKey))) return false;
    return policy.adding !== "admins" || roleOf(policy, code.inviter) !== "member";
  }

  private admitOrAsk(tx: Tx, conversation: Conversation, standing: Standing, request: Request): void {
    const { groupId } = conversation;
    const { policy } = standing;
    const { account, code } = request;
    const mine = roleOf(policy, this.session.accountId);
    const inviter = code?.inviter ?? account;
    const isOpen = code === null || policy.adding !== "approval" || roleOf(policy, inviter) !== "member";
    if (isOpen ? code !== null && policy.adding !== "everyone" && mine === "member" : mine === "member") return;
    const now = Math.round(this.session.clock.now());
    tx.run(
      `INSERT OR REPLACE INTO join_request (group_id, account, account_key, box_key, name, inviter, at_ms, admitted)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
      [groupId, account, request.accountKey, request.boxKey, request.name, inviter, request.atMs, Number(isOpen)],
    );
    tx.run("DELETE FROM join_request WHERE at_ms < ?", [now - REQUEST_KEPT_MS]);
    if (isOpen) this.admit(tx, groupId, standing, account, inviter);
    if (isOpen && code !== null) this.onAdmitted(tx, groupId, account, policy.history);
    this.touch(tx, groupId);
  }

  /** The inviter at once, the others in turn, should she be away. */
  private admit(tx: Tx, groupId: Uint8Array, standing: Standing, account: number, inviter: number): void {
    const state = this.states.get(groupId);
    const leaves = state === null ? [] : this.standings.leaves(state.ratchetTree);
    const isMine = inviter === this.session.accountId;
    const delayMs = isMine ? 0 : OTHERS_WAIT_MS + turnOf(this.session, standing, leaves);
    this.commits.wish(tx, groupId, { what: "add", account }, delayMs);
    if (isMine) this.session.platform.later(0, () => void this.commits.reconcile(groupId));
  }

  /** Those who wait for an answer, oldest first; of no concern to members who may not give one. */
  waiting(groupId: Uint8Array): JoinRequest[] {
    const rows = this.session.store.all(
      "SELECT * FROM join_request WHERE group_id = ? AND admitted = 0 ORDER BY at_ms",
      [groupId],
    );
    return rows.map((row) => ({
      person: String(integer(row, "account")),
      name: text(row, "name"),
      inviter: shownName(this.session.store, integer(row, "inviter")),
      atMs: integer(row, "at_ms"),
    }));
  }

  /** `accepted` runs in the transaction. Throws CoreError not_allowed, link_expired (she took it back, or it is too old). */
  answer(groupId: Uint8Array, account: number, accept: boolean, accepted: (tx: Tx) => void): void {
    const row = this.session.store.one("SELECT account_key FROM join_request WHERE group_id = ? AND account = ?", [
      groupId,
      account,
    ]);
    if (row === undefined) throw new CoreError("link_expired");
    const { standing } = this.known(groupId);
    if (roleOf(standing.policy, this.session.accountId) === "member") throw new CoreError("not_allowed");
    const pinned = this.standings.accountKey(account);
    const isShe = pinned === null || equal(pinned, blob(row, "account_key"));
    this.session.store.write((tx) => {
      if (!accept || !isShe) {
        this.forget(tx, groupId, account);
        return;
      }
      tx.run("UPDATE join_request SET admitted = 1 WHERE group_id = ? AND account = ?", [groupId, account]);
      this.commits.wish(tx, groupId, { what: "add", account });
      accepted(tx);
      this.touch(tx, groupId);
    });
  }

  private forget(tx: Tx, groupId: Uint8Array, account: number): void {
    tx.run("DELETE FROM join_request WHERE group_id = ? AND account = ?", [groupId, account]);
    this.touch(tx, groupId);
  }

  private touch(tx: Tx, groupId: Uint8Array): void {
    const chat = this.conversations.find(groupId)?.chat;
    if (chat) for (const topic of ["chats", `chat:${chat}`, `group:${chat}`]) tx.touch(topic);
  }

  private known(groupId: Uint8Array): { standing: Standing; members: Set<number> } {
    const state = this.states.get(groupId);
    if (state === null) throw new CoreError("not_a_member");
    const standing = this.standings.of(groupId, state.ratchetTree);
    return { standing, members: membersOf(standing, this.standings.leaves(state.ratchetTree)) };
  }
}
