import { type ClientState, decodeGroupState, encodeGroupState, type KeyPackage } from "ts-mls";
import { CoreError, type ErrorCode } from "../api.ts";
import { fromBase64, hex } from "../bytes.ts";
import type { Directory } from "../devices/directory.ts";
import {
  commit,
  createGroup,
  decodeKeyPackage,
  leafKeys,
  leafOf,
  type NewCommit,
  newKeyPackage,
} from "../mls/group.ts";
import { forgetState } from "../mls/state.ts";
import type { States } from "../mls/states.ts";
import { type Verdict, VerdictCode } from "../protocol/frames.ts";
import type { Session } from "../session.ts";
import * as meta from "../store/meta.ts";
import { blob, blobOrNull, integer, integerOrNull, type Row, type Tx, text } from "../store/store.ts";
import type { Link } from "../sync/link.ts";
import type { Outbox } from "../sync/outbox.ts";
import type { Conversation, Conversations } from "./conversations.ts";
import type { Rosters } from "./roster.ts";

/**
 * Changes of groups by wish: what she wants is stored until the group is so, each commit is stored before it is
 * sent, and a commit that lost its race is made anew from the same wishes in the next epoch [HL1].
 */

const RETRY_FIRST_MS = 2_000;
const RETRIES_COUNTED_MAX = 8;

export type Wish = { what: "add" | "remove"; account: number } | { what: "remove_device"; device: Uint8Array };

export interface Accepted {
  how: "created" | "changed" | "rejoined";
  came: number[]; // accounts this commit brought in
  leaves: Uint8Array[]; // all devices in the group now
}

interface Newcomer {
  deviceId: number;
  accountId: number;
  keyPackage: KeyPackage;
  signatureKey: Uint8Array;
}

export class Commits {
  private readonly working = new Set<string>();
  private readonly outcomes = new Map<string, ((code: ErrorCode | null) => void)[]>();
  /** In the transaction in which an own commit became the group's epoch. */
  onAccepted: (tx: Tx, conversation: Conversation, how: Accepted) => void = () => {};

  constructor(
    private readonly session: Session,
    private readonly states: States,
    private readonly directory: Directory,
    private readonly conversations: Conversations,
    private readonly rosters: Rosters,
    private readonly outbox: Outbox,
    private readonly link: Link,
  ) {}

  /** `delayMs`: others may do it first. */
  wish(tx: Tx, groupId: Uint8Array, wish: Wish, delayMs = 0): void {
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

  /** Resolves with null once the group's next commit of ours is accepted, or with the refusal. */
  outcome(groupId: Uint8Array): Promise<ErrorCode | null> {
    return new Promise((resolve) => {
      const key = hex(groupId);
      this.outcomes.set(key, [...(this.outcomes.get(key) ?? []), resolve]);
    });
  }

  private settle(groupId: Uint8Array, code: ErrorCode | null): void {
    const key = hex(groupId);
    for (const resolve of this.outcomes.get(key) ?? []) resolve(code);
    this.outcomes.delete(key);
  }

  /** Groups in which something is wished for and due. */
  dueGroups(): Uint8Array[] {
    const now = this.session.clock.now();
    const rows = this.session.store.all(
      `SELECT DISTINCT w.group_id FROM wish w JOIN conversation c USING (group_id)
       WHERE w.retry_at_ms <= ? AND c.retry_at_ms <= ? AND c.status IN ('wanted', 'active')
       AND NOT EXISTS (SELECT 1 FROM pending_commit p WHERE p.group_id = w.group_id)
       UNION SELECT group_id FROM conversation c WHERE status = 'wanted' AND retry_at_ms <= ?
       AND NOT EXISTS (SELECT 1 FROM pending_commit p WHERE p.group_id = c.group_id)`,
      [now, now, now],
    );
    return rows.map((row) => blob(row, "group_id"));
  }

  async reconcileDue(): Promise<void> {
    for (const groupId of this.dueGroups()) await this.reconcile(groupId);
  }

  /** Makes and sends the one commit that brings the group to what is wished; nothing when it is so already. */
  async reconcile(groupId: Uint8Array): Promise<void> {
    const key = hex(groupId);
    if (!this.link.ready || this.working.has(key)) return;
    this.working.add(key);
    try {
      await this.propose(groupId);
    } catch (error) {
      const conversation = this.conversations.find(groupId);
      if (conversation !== null) this.session.store.write((tx) => this.conversations.postpone(tx, conversation));
      if (error instanceof CoreError && error.code === "no_consent") this.refuse(groupId, "no_consent");
    } finally {
      this.working.delete(key);
    }
  }

  private wishes(groupId: Uint8Array): Row[] {
    return this.session.store.all("SELECT * FROM wish WHERE group_id = ?", [groupId]);
  }

  private async propose(groupId: Uint8Array): Promise<void> {
    const newcomers = await this.newcomers(groupId);
    await this.session.turn.run(async () => {
      const conversation = this.conversations.find(groupId);
      if (conversation === null || this.isPending(groupId)) return;
      const creating = conversation.status === "wanted";
      if (!creating && conversation.status !== "active") return;
      const state = creating
        ? await createGroup(groupId, await newKeyPackage(this.session.device), this.states.strict)
        : this.states.get(groupId);
      if (state === null) return;
      const removals = creating ? [] : this.leavesToRemove(state, groupId);
      const adding = newcomers.filter(
        ({ signatureKey }) =>
          leafOf(state.ratchetTree, signatureKey) === null || removals.some((r) => r.key === hex(signatureKey)),
      );
      if (!creating && adding.length === 0 && removals.length === 0) {
        this.session.store.write((tx) => this.forgetFulfilled(tx, groupId, state, newcomers));
        return;
      }
      // A friend who has just come has no key packages yet and is about to make this chat herself.
      const friendIsMissing = !adding.some(({ accountId }) => accountId === conversation.person);
      if (creating && conversation.kind === "direct" && friendIsMissing) {
        this.session.store.write((tx) => this.conversations.postpone(tx, conversation));
        return;
      }
      const made = await commit(
        state,
        adding.map(({ keyPackage }) => keyPackage),
        removals.map(({ leaf }) => leaf),
      );
      this.dispatch(groupId, made, {
        external: false,
        added: adding.map(({ deviceId }) => deviceId),
        removed: removals.flatMap(({ deviceId }) => (deviceId === null ? [] : [deviceId])),
      });
    });
  }

  isPending(groupId: Uint8Array): boolean {
    return this.session.store.one("SELECT 1 FROM pending_commit WHERE group_id = ?", [groupId]) !== undefined;
  }

  /** The epoch a commit on its way leads to, or null. */
  pendingEpoch(groupId: Uint8Array): number | null {
    const row = this.session.store.one("SELECT next_epoch FROM pending_commit WHERE group_id = ?", [groupId]);
    return row === undefined ? null : integer(row, "next_epoch");
  }

  /** Stores a commit with the state it leads to, then sends it. Call in a turn. */
  dispatch(
    groupId: Uint8Array,
    made: NewCommit,
    roster: { external: boolean; added: number[]; removed: number[] },
  ): void {
    const no = this.session.store.write((tx) => {
      const number = meta.takeNumber(tx);
      tx.run(
        `INSERT OR REPLACE INTO pending_commit
         (group_id, no, external, message, welcome, added, removed, group_info, next, next_epoch)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
        ],
      );
      return number;
    });
    const row = this.session.store.one("SELECT * FROM pending_commit WHERE no = ?", [no]);
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
  resumePending(): void {
    for (const row of this.session.store.all("SELECT * FROM pending_commit ORDER BY no")) this.transmit(row);
  }

  /** Returns false when the number is not of a commit. Call in a turn. */
  verdict(verdict: Verdict): boolean {
    const row = this.session.store.one("SELECT * FROM pending_commit WHERE no = ?", [verdict.no]);
    if (row === undefined) return false;
    const groupId = blob(row, "group_id");
    const conversation = this.conversations.find(groupId);
    if (conversation === null) return true;
    if (verdict.code === VerdictCode.accepted) this.accept(row, conversation);
    else this.refused(verdict, row, conversation);
    return true;
  }

  private accept(row: Row, conversation: Conversation): void {
    const { groupId } = conversation;
    const decoded = decodeGroupState(blob(row, "next"), 0);
    if (decoded === undefined) throw new Error("a pending commit is damaged");
    const next: ClientState = {
      ...decoded[0],
      signaturePrivateKey: this.session.device.signKey,
      clientConfig: this.states.strict,
    };
    const external = integer(row, "external") === 1;
    const previous = this.states.get(groupId);
    const before = previous === null || external ? [] : leafKeys(previous.ratchetTree);
    const after = leafKeys(next.ratchetTree);
    const draft = this.states.draft();
    draft.newEpoch(next);
    const atMs = Math.round(this.session.clock.now());
    this.session.store.write((tx) => {
      draft.save(tx);
      tx.run("DELETE FROM pending_commit WHERE group_id = ?", [groupId]);
      this.conversations.setStatus(tx, groupId, "active");
      const accountsBefore = this.conversations.accountsOf(before);
      const came = [...this.conversations.accountsOf(after)].filter((account) => !accountsBefore.has(account));
      const created = !external && previous === null;
      if (external) this.rosters.replace(tx, groupId, after, atMs);
      else if (created) this.rosters.found(tx, groupId, after, atMs);
      else {
        const actor = this.session.accountId;
        this.rosters.apply(tx, conversation, { before, after, actor, atMs, epoch: Number(next.groupContext.epoch) });
      }
      this.forgetFulfilled(tx, groupId, next, []);
      const how = external ? "rejoined" : created ? "created" : "changed";
      this.onAccepted(tx, conversation, { how, came: external ? [] : came, leaves: after });
    });
    draft.adopt();
    this.settle(groupId, null);
  }

  private refused(verdict: Verdict, row: Row, conversation: Conversation): void {
    const { groupId } = conversation;
    const creating = conversation.status === "wanted";
    this.session.store.write((tx) => {
      tx.run("DELETE FROM pending_commit WHERE no = ?", [integer(row, "no")]);
      switch (verdict.code) {
        case VerdictCode.staleEpoch:
          // The group exists already: its welcome is on the way, and if not, rejoin.ts goes and looks.
          if (creating) {
            this.conversations.setBroken(tx, groupId, Math.round(this.session.clock.now()));
            this.conversations.postpone(tx, { ...conversation, retries: 1 });
          }
          break;
        case VerdictCode.notAMember:
          if (!creating) this.conversations.setBroken(tx, groupId, Math.round(this.session.clock.now()));
          this.conversations.postpone(tx, conversation);
          break;
        case VerdictCode.unknownGroup:
          // The server has lost the group: make it anew with whom we know in it.
          this.wantAgain(tx, conversation);
          break;
        case VerdictCode.noConsent:
        case VerdictCode.groupFull:
          break;
        default:
          this.conversations.postpone(tx, conversation, verdict.retryAfterMs);
      }
    });
    if (verdict.code === VerdictCode.noConsent) this.refuse(groupId, "no_consent");
    if (verdict.code === VerdictCode.groupFull) this.refuse(groupId, "group_full");
  }

  /** Somebody else's commit came first: ours is void, its wishes stay [HL1]. */
  lostRace(tx: Tx, groupId: Uint8Array): void {
    tx.run("DELETE FROM pending_commit WHERE group_id = ?", [groupId]);
  }

  /** The server has no such group any more: it is created again with the members known here. */
  wantAgain(tx: Tx, conversation: Conversation): void {
    const { groupId } = conversation;
    const members = tx.all("SELECT account FROM membership WHERE group_id = ? AND to_ms IS NULL", [groupId]);
    for (const member of members) {
      const account = integer(member, "account");
      if (account !== this.session.accountId) this.wish(tx, groupId, { what: "add", account });
    }
    forgetState(tx, groupId);
    this.states.forget(groupId);
    this.conversations.setStatus(tx, groupId, "wanted");
    this.conversations.postpone(tx, conversation);
    this.outbox.requeueAll(tx, groupId);
  }

  /** What cannot be had is no longer wished for; what was to be said in a group that cannot be is failed. */
  private refuse(groupId: Uint8Array, code: ErrorCode): void {
    this.session.store.write((tx) => {
      tx.run("DELETE FROM wish WHERE group_id = ? AND what = 'add'", [groupId]);
      if (this.conversations.find(groupId)?.status === "wanted") {
        this.conversations.setStatus(tx, groupId, "gone");
        this.outbox.failAll(tx, groupId);
      }
    });
    this.settle(groupId, code);
  }

  private leavesToRemove(
    state: ClientState,
    groupId: Uint8Array,
  ): { leaf: number; key: string; deviceId: number | null }[] {
    const wishes = this.wishes(groupId);
    const accounts = new Set(wishes.filter((w) => w["what"] === "remove").map((w) => integerOrNull(w, "account")));
    const devices = new Set(wishes.filter((w) => w["what"] === "remove_device").map((w) => hex(blob(w, "device"))));
    return leafKeys(state.ratchetTree).flatMap((key) => {
      const name = hex(key);
      const leaf = leafOf(state.ratchetTree, key);
      if (leaf === null || leaf === state.privatePath.leafIndex) return [];
      if (!devices.has(name) && !accounts.has(this.conversations.accountOf(key))) return [];
      return [{ leaf, key: name, deviceId: this.directory.known(key)?.deviceId ?? null }];
    });
  }

  /** Wishes that the group's tree already fulfils go. */
  private forgetFulfilled(tx: Tx, groupId: Uint8Array, state: ClientState, tried: Newcomer[]): void {
    const keys = leafKeys(state.ratchetTree);
    const present = this.conversations.accountsOf(keys);
    const leaves = new Set(keys.map(hex));
    for (const wish of this.wishes(groupId)) {
      const id = integer(wish, "id");
      const account = integer(wish, "account");
      const what = text(wish, "what");
      const done =
        what === "add"
          ? present.has(account)
          : what === "remove"
            ? !present.has(account)
            : !leaves.has(hex(blob(wish, "device")));
      if (done) tx.run("DELETE FROM wish WHERE id = ?", [id]);
      else if (!tried.some(({ accountId }) => accountId === account)) {
        const tries = Math.min(integer(wish, "tries"), RETRIES_COUNTED_MAX);
        const retryAtMs = Math.round(this.session.clock.now()) + RETRY_FIRST_MS * 2 ** tries;
        tx.run("UPDATE wish SET retry_at_ms = ?, tries = tries + 1 WHERE id = ?", [retryAtMs, id]);
      }
    }
  }

  /** Claims key packages for the accounts wished for that have no device in the group yet. */
  private async newcomers(groupId: Uint8Array): Promise<Newcomer[]> {
    const state = this.states.get(groupId);
    const conversation = this.conversations.find(groupId);
    const present = this.conversations.accountsOf(state === null ? [] : leafKeys(state.ratchetTree));
    const accounts = this.wishes(groupId)
      .filter((wish) => wish["what"] === "add" && !present.has(integer(wish, "account")))
      .map((wish) => integer(wish, "account"));
    const creating = conversation?.status === "wanted";
    const claimed = creating ? [...new Set([...accounts, this.session.accountId])] : accounts;
    if (claimed.length === 0) return [];
    const answer = await this.session.http.claimKeyPackages(claimed);
    const newcomers: Newcomer[] = [];
    for (const device of answer.devices) {
      if (device.device_id === this.session.deviceId) continue;
      try {
        const keyPackage = decodeKeyPackage(fromBase64(device.key_package));
        const signatureKey = keyPackage.leafNode.signaturePublicKey;
        newcomers.push({ deviceId: device.device_id, accountId: device.account_id, keyPackage, signatureKey });
      } catch {
        // A device that handed in nonsense cannot be added; its owner's other devices can.
      }
    }
    await this.directory.learn(newcomers.map(({ signatureKey }) => signatureKey));
    return newcomers.filter(({ signatureKey, accountId, deviceId }) => {
      const known = this.directory.known(signatureKey);
      return known !== null && known.accountId === accountId && known.deviceId === deviceId;
    });
  }
}
