import { type ClientState, decodeGroupState } from "ts-mls";
import { CoreError, type ErrorCode } from "../api.ts";
import { hex } from "../bytes.ts";
import type { Directory } from "../devices/directory.ts";
import { createGroup, leafKeys, type NewCommit, newKeyPackage } from "../mls/group.ts";
import { forgetState } from "../mls/state.ts";
import type { States } from "../mls/states.ts";
import { type Verdict, VerdictCode } from "../protocol/frames.ts";
import type { Session } from "../session.ts";
import { blob, blobOrNull, integer, type Row, type Tx } from "../store/store.ts";
import type { Link } from "../sync/link.ts";
import type { Outbox } from "../sync/outbox.ts";
import type { Conversation, Conversations } from "./conversations.ts";
import type { Judgement } from "./judging.ts";
import { claimNewcomers, type Newcomer } from "./newcomers.ts";
import { Pending, type RosterOrder } from "./pending.ts";
import { Proposing, type Refused } from "./proposing.ts";
import { membersBeforeAndAfter, type Rosters } from "./roster.ts";
import { decodeStanding, type Standings } from "./standings.ts";
import { type Wish, Wishes } from "./wishes.ts";

/**
 * Changes of groups by wish: what she wants is stored until the group is so, each commit is stored before it is
 * sent, and a commit that lost its race is made anew from the same wishes in the next epoch [HL1].
 */

export interface Accepted {
  how: "created" | "changed" | "rejoined";
  came: number[]; // accounts this commit brought in
}

export class Commits {
  private readonly working = new Set<string>();
  private readonly outcomes = new Map<string, ((code: ErrorCode | null) => void)[]>();
  private readonly pending: Pending;
  private readonly wishes: Wishes;
  readonly proposing: Proposing;
  /** In the transaction in which an own commit became the group's epoch. */
  onAccepted: (tx: Tx, conversation: Conversation, how: Accepted) => void = () => {};
  /** In that transaction, for a commit that changed what the group stands under. */
  onJudged: (tx: Tx, conversation: Conversation, judged: Judged) => void = () => {};
  /** A group that this device was to make is there without it: another device of this account may be in it. */
  onMadeElsewhere: () => void = () => {};

  constructor(
    private readonly session: Session,
    private readonly states: States,
    private readonly directory: Directory,
    private readonly conversations: Conversations,
    private readonly rosters: Rosters,
    private readonly outbox: Outbox,
    private readonly link: Link,
    private readonly standings: Standings,
  ) {
    this.pending = new Pending(session, outbox, link);
    this.wishes = new Wishes(session, conversations);
    this.proposing = new Proposing(session, directory, standings);
  }

  /** `delayMs`: others may do it first. */
  wish(tx: Tx, groupId: Uint8Array, wish: Wish, delayMs = 0): void {
    this.wishes.put(tx, groupId, wish, delayMs);
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

  async reconcileDue(): Promise<void> {
    for (const groupId of this.wishes.dueGroups()) await this.reconcile(groupId);
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

  private async propose(groupId: Uint8Array): Promise<void> {
    const newcomers = await this.newcomers(groupId);
    await this.session.turn.run(async () => {
      const conversation = this.conversations.find(groupId);
      if (conversation === null || this.pending.has(groupId)) return;
      const creating = conversation.status === "wanted";
      if (!creating && conversation.status !== "active") return;
      const state = creating
        ? await createGroup(groupId, await newKeyPackage(this.session.device), this.states.strict)
        : this.states.get(groupId);
      if (state === null) return;
      const proposal = await this.proposing.propose(conversation, state, newcomers, this.wishes.of(groupId));
      this.refuseWishes(groupId, proposal.refused);
      const { adding, removals, made } = proposal;
      if (made === null && !creating) {
        this.session.store.write((tx) => this.forgetFulfilled(tx, groupId, state, newcomers));
        return;
      }
      // A friend who has just come has no key packages yet and is about to make this chat herself.
      const friendIsMissing = !adding.some(({ accountId }) => accountId === conversation.person);
      if (made === null || (creating && conversation.kind === "direct" && friendIsMissing)) {
        this.session.store.write((tx) => this.conversations.postpone(tx, conversation));
        return;
      }
      const roster = {
        external: false,
        added: adding.map(({ deviceId }) => deviceId),
        removed: removals.flatMap(({ deviceId }) => (deviceId === null ? [] : [deviceId])),
      };
      this.pending.dispatch(groupId, made, roster, proposal.standing);
    });
  }

  isPending(groupId: Uint8Array): boolean {
    return this.pending.has(groupId);
  }

  pendingEpoch(groupId: Uint8Array): number | null {
    return this.pending.epoch(groupId);
  }

  dispatch(groupId: Uint8Array, made: NewCommit, roster: RosterOrder): void {
    this.pending.dispatch(groupId, made, roster, null);
  }

  resumePending(): void {
    this.pending.resume();
  }

  /** Returns false when the number is not of a commit. Call in a turn. */
  verdict(verdict: Verdict): boolean {
    const row = this.pending.ofNumber(verdict.no);
    if (row === undefined) return false;
    const conversation = this.conversations.find(blob(row, "group_id"));
    if (conversation === null) return true;
    if (verdict.code === VerdictCode.accepted) this.accept(row, conversation);
    else this.refused(verdict, conversation);
    return true;
  }

  private accept(row: Row, conversation: Conversation): void {
    const { groupId } = conversation;
    const next = this.nextState(row);
    const external = integer(row, "external") === 1;
    const previous = this.states.get(groupId);
    const after = leafKeys(next.ratchetTree);
    const draft = this.states.draft();
    draft.newEpoch(next);
    const atMs = Math.round(this.session.clock.now());
    const epoch = Number(next.groupContext.epoch);
    const judged = this.judgedOf(row, previous ?? next);
    const created = !external && previous === null;
    const how = external ? "rejoined" : created ? "created" : "changed";
    this.session.store.write((tx) => {
      draft.save(tx);
      this.pending.drop(tx, groupId);
      this.conversations.setStatus(tx, groupId, "active");
      const members = membersBeforeAndAfter(
        this.conversations,
        external || previous === null ? [] : leafKeys(previous.ratchetTree),
        after,
        judged,
      );
      const came = external ? [] : [...members.after].filter((account) => !members.before.has(account));
      if (external && conversation.kind === "group") this.standings.doubt(tx, groupId, next.ratchetTree);
      if (external) this.rosters.replace(tx, groupId, after, atMs);
      else if (created) this.rosters.found(tx, groupId, after, atMs);
      else this.rosters.apply(tx, conversation, { ...members, actor: this.session.accountId, atMs, epoch });
      if (judged !== null) {
        this.standings.save(tx, groupId, judged.standing);
        this.onJudged(tx, conversation, { ...judged, actor: this.session.accountId, atMs, epoch });
      }
      this.forgetFulfilled(tx, groupId, next, []);
      this.onAccepted(tx, conversation, { how, came });
    });
    draft.adopt();
    this.settle(groupId, null);
  }

  private nextState(row: Row): ClientState {
    const decoded = decodeGroupState(blob(row, "next"), 0);
    if (decoded === undefined) throw new Error("a pending commit is damaged");
    return {
      ...decoded[0],
      signaturePrivateKey: this.session.device.signKey,
      clientConfig: this.states.strict,
    };
  }

  private judgedOf(row: Row, state: ClientState): Pick<Judged, "standing" | "faults" | "was"> | null {
    const standing = blobOrNull(row, "standing");
    if (standing === null) return null;
    const was = this.standings.of(blob(row, "group_id"), state.ratchetTree);
    return { standing: decodeStanding(standing), faults: [], was };
  }

  private refused(verdict: Verdict, conversation: Conversation): void {
    const { groupId } = conversation;
    const creating = conversation.status === "wanted";
    this.session.store.write((tx) => {
      this.pending.drop(tx, groupId);
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
    if (creating && verdict.code === VerdictCode.notAMember) this.onMadeElsewhere();
    if (verdict.code === VerdictCode.noConsent) this.refuse(groupId, "no_consent");
    if (verdict.code === VerdictCode.groupFull) this.refuse(groupId, "group_full");
  }

  /** Somebody else's commit came first: ours is void, its wishes stay [HL1]. */
  lostRace(tx: Tx, groupId: Uint8Array): void {
    this.pending.drop(tx, groupId);
  }

  /** The server has no such group any more: it is created again with the members known here. */
  private wantAgain(tx: Tx, conversation: Conversation): void {
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

  /** She has no right to these changes, or none any more [GP5]. */
  private refuseWishes(groupId: Uint8Array, { wishes, policy }: Refused): void {
    if (wishes.length + policy.length === 0) return;
    this.session.store.write((tx) => {
      for (const id of wishes) tx.run("DELETE FROM wish WHERE id = ?", [id]);
      this.proposing.policyWishes.drop(tx, groupId, policy);
    });
    this.settle(groupId, "not_allowed");
  }

  private forgetFulfilled(tx: Tx, groupId: Uint8Array, state: ClientState, tried: Newcomer[]): void {
    const accounts = new Set(tried.map(({ accountId }) => accountId));
    this.wishes.forgetFulfilled(tx, groupId, leafKeys(state.ratchetTree), accounts);
    const { policy } = this.standings.of(groupId, state.ratchetTree);
    this.proposing.policyWishes.forgetFulfilled(tx, groupId, policy);
  }

  /** Claims key packages for the accounts wished for that have no device in the group yet. */
  private newcomers(groupId: Uint8Array): Promise<Newcomer[]> {
    const state = this.states.get(groupId);
    const present = this.conversations.accountsOf(state === null ? [] : leafKeys(state.ratchetTree));
    const accounts = this.wishes
      .of(groupId)
      .filter((wish) => wish["what"] === "add" && !present.has(integer(wish, "account")))
      .map((wish) => integer(wish, "account"));
    const creating = this.conversations.find(groupId)?.status === "wanted";
    const claimed = creating ? [...new Set([...accounts, this.session.accountId])] : accounts;
    return claimNewcomers(this.session, this.directory, groupId, claimed);
  }
}

/** A judgement with what held before it, and whose commit it was. */
export interface Judged extends Judgement {
  was: Judgement["standing"];
  actor: number | null;
  atMs: number;
  epoch: number;
}
