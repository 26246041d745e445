import type { ClientState } from "ts-mls";
import { CoreError, type ErrorCode } from "../api.ts";
import { hex } from "../bytes.ts";
import type { Directory } from "../devices/directory.ts";
import type { Commits, Judged } from "../groups/commits.ts";
import type { Conversation, Conversations } from "../groups/conversations.ts";
import { PROMISE_INFO } from "../groups/handing_over.ts";
import { isIntruder, membersOf, type Standing } from "../groups/judging.ts";
import { membersBeforeAndAfter, type Rosters } from "../groups/roster.ts";
import { promiseOfHanded, type Standings, standingOfHanded } from "../groups/standings.ts";
import { policyOfTrail } from "../groups/trail.ts";
import { SignedOut } from "../http.ts";
import {
  configFor,
  decrypt,
  headerOf,
  joinByWelcome,
  leafKeys,
  type Processed,
  processCommit,
  Unusable,
  welcomeRefs,
} from "../mls/group.ts";
import { openBox } from "../mls/hpke.ts";
import type { KeyPackages } from "../mls/key_packages.ts";
import type { Draft, States } from "../mls/states.ts";
import { type Envelope, EnvelopeKind } from "../protocol/frames.ts";
import type { Session } from "../session.ts";
import * as meta from "../store/meta.ts";
import { StoreFull, type Tx } from "../store/store.ts";

/**
 * Mail in batches: decrypt, then message, ratchet and cursor in ONE transaction, then the acknowledgement [DS5].
 *
 * Mail that cannot be used is never shown and never stops the rest: its group heals [HL2].
 */

const BATCH_MAX = 64;
const RETRY_MS = 2_000;

export interface Received {
  conversation: Conversation;
  senderKey: Uint8Array;
  content: Uint8Array;
  receivedAtMs: number;
}

export interface Welcomed {
  inviter: number | null;
  epoch: number;
  standing: Standing | null;
  /** Opens what the inviter hands over of what was said before [GH1]; null: she promised nothing. */
  secret: Uint8Array | null;
  atMs: number;
}

type Effect = (tx: Tx) => void;

/** The server's answer to an own commit must come first. */
class AwaitVerdict extends Error {}

export class Intake {
  private queue: Envelope[] = [];
  private running = false;
  private batchMax = BATCH_MAX;
  private cancelRetry: () => void = () => {};
  private newest = 0;
  private from = 0;
  storageFull = false;
  /** In the batch's transaction, for each decrypted message. */
  onContent: (tx: Tx, received: Received) => void = () => {};
  onWelcomed: (tx: Tx, conversation: Conversation, welcome: Welcomed) => void = () => {};
  onCommitted: (tx: Tx, conversation: Conversation, added: Uint8Array[]) => void = () => {};
  onRemoved: (tx: Tx, conversation: Conversation, standing: Standing | null) => void = () => {};
  /** Somebody asks to be added to a group. */
  onRequest: (tx: Tx, groupId: Uint8Array, sealed: Uint8Array, atMs: number) => void = () => {};
  /** Something this device said was erased before everybody had it. */
  onUndelivered: (tx: Tx, groupId: Uint8Array, atMs: number) => void = () => {};
  /** A commit in a group, with what it was judged to be. */
  onJudged: (tx: Tx, conversation: Conversation, judged: Judged) => void = () => {};
  acknowledge: (seq: number) => void = () => {};
  onIdle: () => void = () => {};
  onProgress: () => void = () => {};

  constructor(
    private readonly session: Session,
    private readonly states: States,
    private readonly directory: Directory,
    private readonly conversations: Conversations,
    private readonly rosters: Rosters,
    private readonly commits: Commits,
    private readonly keyPackages: KeyPackages,
    private readonly standings: Standings,
  ) {}

  /** A new connection: the server sends again what is not acknowledged. */
  reset(newest: number): void {
    this.queue = [];
    this.newest = newest;
    this.from = this.cursor;
  }

  get cursor(): number {
    return meta.number(this.session.store, "cursor");
  }

  /** 0..1 while catching up, null when all that waited is in. */
  get progress(): number | null {
    const cursor = this.cursor;
    if (cursor >= this.newest) return null;
    return this.newest === this.from ? 0 : (cursor - this.from) / (this.newest - this.from);
  }

  get idle(): boolean {
    return this.queue.length === 0;
  }

  push(envelopes: Envelope[]): void {
    for (const envelope of envelopes) {
      this.session.clock.notBefore(envelope.receivedAtMs);
      this.queue.push(copy(envelope));
    }
    this.wake();
  }

  /** Goes on after a verdict, or after storage came back. */
  wake(): void {
    this.cancelRetry();
    if (!this.running) void this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    try {
      while (this.queue.length > 0) {
        const done = await this.session.turn.run(() => this.takeBatch());
        if (!done) break;
      }
    } finally {
      this.running = false;
    }
    if (this.queue.length === 0) this.onIdle();
  }

  /** Returns false when it must wait for something. */
  private async takeBatch(): Promise<boolean> {
    const queue = this.queue;
    const draft = this.states.draft();
    const effects: Effect[] = [];
    let taken = 0;
    let goesOn = true;
    for (const envelope of queue.slice(0, this.batchMax)) {
      if (envelope.seq > this.cursor) {
        try {
          await this.take(envelope, draft, effects);
        } catch (error) {
          // Offline in the middle, or a verdict is due: what came before is stored, the rest waits.
          goesOn = false;
          if (!(error instanceof AwaitVerdict)) this.retryLater();
          break;
        }
      }
      taken++;
      // What a welcome changes must be in the store before the group's first message is looked at.
      if (envelope.kind === EnvelopeKind.welcome) break;
    }
    const last = queue[taken - 1];
    if (last === undefined) return false;
    if (this.queue !== queue) return true;
    try {
      this.session.store.write((tx) => {
        draft.save(tx);
        for (const effect of effects) effect(tx);
        if (last.seq > this.cursor) meta.put(tx, "cursor", last.seq);
      });
    } catch (error) {
      if (!(error instanceof StoreFull)) return this.stumble(taken, last);
      this.full(true);
      this.retryLater();
      return false;
    }
    draft.adopt();
    this.full(false);
    this.done(taken, last);
    return goesOn;
  }

  private done(taken: number, last: Envelope): void {
    this.batchMax = BATCH_MAX;
    this.queue.splice(0, taken);
    this.acknowledge(last.seq);
    this.onProgress();
  }

  /** One piece of mail must never stop the rest: found by going one by one, its group heals instead [HL2]. */
  private stumble(taken: number, last: Envelope): boolean {
    if (taken > 1) {
      this.batchMax = 1;
      return true;
    }
    this.session.store.write((tx) => {
      this.conversations.ensure(tx, last.groupId, "broken");
      this.conversations.setBroken(tx, last.groupId, last.receivedAtMs);
      meta.put(tx, "cursor", last.seq);
    });
    this.done(taken, last);
    return true;
  }

  private full(full: boolean): void {
    if (this.storageFull === full) return;
    this.storageFull = full;
    this.onProgress();
  }

  private retryLater(): void {
    this.cancelRetry();
    this.cancelRetry = this.session.platform.later(RETRY_MS, () => this.wake());
  }

  private async take(envelope: Envelope, draft: Draft, effects: Effect[]): Promise<void> {
    const { groupId, receivedAtMs } = envelope;
    if (envelope.kind === EnvelopeKind.undelivered) {
      effects.push((tx) => this.onUndelivered(tx, groupId, receivedAtMs));
      return;
    }
    if (envelope.kind === EnvelopeKind.request) {
      effects.push((tx) => this.onRequest(tx, groupId, envelope.body ?? new Uint8Array(), receivedAtMs));
      return;
    }
    try {
      if (envelope.kind === EnvelopeKind.application) await this.takeMessage(envelope, draft, effects);
      else if (envelope.kind === EnvelopeKind.commit) await this.takeCommit(envelope, draft, effects);
      else if (envelope.kind === EnvelopeKind.welcome) await this.takeWelcome(envelope, draft, effects);
      else throw new Unusable("put out of the roster");
    } catch (error) {
      if (!isUnusable(error)) throw error;
      effects.push((tx) => {
        const conversation = this.conversations.ensure(tx, groupId, "broken");
        if (envelope.kind === EnvelopeKind.welcome) this.conversations.setStatus(tx, groupId, "broken");
        this.conversations.setBroken(tx, conversation.groupId, receivedAtMs);
      });
    }
  }

  /** Decides by epoch: true when the mail is for the state we have or an earlier one we keep. */
  private aim(groupId: Uint8Array, epoch: number, draft: Draft): ClientState | null {
    const state = draft.get(groupId);
    const own = state === null ? -1 : Number(state.groupContext.epoch);
    if (epoch > own) {
      const pending = this.commits.pendingEpoch(groupId);
      if (pending !== null && pending <= epoch) throw new AwaitVerdict();
      throw new Unusable(state === null ? "unknown group" : "a commit is missing");
    }
    return state;
  }

  private async takeMessage(envelope: Envelope, draft: Draft, effects: Effect[]): Promise<void> {
    const { groupId, receivedAtMs } = envelope;
    const conversation = this.conversations.find(groupId);
    if (conversation?.status === "broken" || conversation?.status === "gone") return;
    const bytes = envelope.body ?? new Uint8Array();
    const { epoch } = headerOf(bytes);
    const state = this.aim(groupId, epoch, draft);
    const data = draft.epoch(groupId, epoch);
    if (data === null) return;
    let heard: Awaited<ReturnType<typeof decrypt>>;
    try {
      heard = await decrypt(bytes, data, this.states.strict);
    } catch (error) {
      // Seen before: nothing is lost. In an earlier epoch the counters tell whether something is.
      const current = Number(state?.groupContext.epoch) === epoch;
      if (!current || (isUnusable(error) && isReplay(error))) return;
      throw error;
    }
    const { senderLeaf, senderKey, content, secretTree } = heard;
    if (this.directory.known(senderKey) === null) await this.directory.learn([senderKey]);
    draft.movedRatchet({ ...data, secretTree }, senderLeaf);
    effects.push((tx) => {
      const ready = this.conversations.ensure(tx, groupId, "active");
      if (this.standings.isIntruder(tx, groupId, senderKey)) return;
      this.onContent(tx, { conversation: ready, senderKey, content, receivedAtMs });
    });
  }

  private async takeCommit(envelope: Envelope, draft: Draft, effects: Effect[]): Promise<void> {
    const { groupId, receivedAtMs } = envelope;
    const conversation = this.conversations.find(groupId);
    if (conversation?.status === "gone") return;
    const bytes = envelope.body ?? new Uint8Array();
    const { epoch } = headerOf(bytes);
    const state = draft.get(groupId);
    // The group has moved: what hindered the rejoin may be gone.
    if (conversation?.status === "broken") {
      effects.push((tx) => tx.run("UPDATE conversation SET retry_at_ms = 0 WHERE group_id = ?", [groupId]));
    }
    if (conversation?.status === "broken" || (state !== null && Number(state.groupContext.epoch) > epoch)) return;
    const current = this.aim(groupId, epoch, draft);
    if (current === null) return;
    const isGroup = conversation?.kind === "group";
    const processed = await processCommit(isGroup ? { ...current, clientConfig: this.lenient } : current, bytes);
    const before = leafKeys(current.ratchetTree);
    const after = leafKeys(processed.next.ratchetTree);
    const committer = processed.committer ?? processed.added[0] ?? null;
    const judged = isGroup ? await this.judge(current, processed, committer, draft) : null;
    if (processed.removedSelf) draft.forget(groupId);
    else draft.newEpoch(processed.next);
    effects.push((tx) => {
      const ready = this.conversations.ensure(tx, groupId, "active");
      const actor = committer === null ? null : this.conversations.accountOf(committer);
      const told = { actor, atMs: receivedAtMs, epoch: epoch + 1 };
      const members = membersBeforeAndAfter(this.conversations, before, after, judged);
      this.commits.lostRace(tx, groupId);
      if (judged !== null) this.standings.save(tx, groupId, judged.standing);
      this.rosters.apply(tx, ready, { ...members, ...told });
      this.onCommitted(tx, ready, processed.added);
      if (judged !== null) this.onJudged(tx, ready, { ...judged, ...told });
      if (processed.removedSelf) this.onRemoved(tx, ready, judged?.standing ?? null);
    });
  }

  /** What a commit does without right is void [GP3]; a leaf that nobody certifies is an intruder's. */
  private async judge(current: ClientState, processed: Processed, committer: Uint8Array | null, draft: Draft) {
    const key = hex(current.groupContext.groupId);
    const { next, note } = processed;
    const was = draft.standings.get(key) ?? this.standings.of(current.groupContext.groupId, current.ratchetTree);
    const judgement = await this.standings.judge(was, current, { tree: next.ratchetTree, committer, note });
    draft.standings.set(key, judgement.standing);
    return { ...judgement, was };
  }

  /** Takes leaves that no account certifies: to be judged, or of accounts that are gone. */
  private readonly lenient = configFor(async (key) => {
    await this.directory.isCertified(key);
    return true;
  });

  private async takeWelcome(envelope: Envelope, draft: Draft, effects: Effect[]): Promise<void> {
    const { groupId, receivedAtMs, sender } = envelope;
    const bytes = envelope.body ?? new Uint8Array();
    const own = this.keyPackages.find(welcomeRefs(bytes));
    if (own === null) throw new Unusable("a welcome for an unknown key package");
    const { publicPackage, privatePackage } = own;
    const { state: joined, handed } = await joinByWelcome(bytes, publicPackage, privatePackage, this.lenient);
    if (hex(joined.groupContext.groupId) !== hex(groupId)) throw new Unusable("a welcome to another group");
    const known = draft.get(groupId);
    if (known !== null && known.groupContext.epoch >= joined.groupContext.epoch) {
      const broken = this.conversations.find(groupId)?.status !== "active";
      if (!broken) return;
    }
    draft.newEpoch({ ...joined, clientConfig: this.states.strict });
    const keys = leafKeys(joined.ratchetTree);
    await this.directory.learn(keys);
    const inviterKey = this.directory.byDeviceId(sender);
    const standing = handed.length === 0 ? null : await this.takeHanded(groupId, joined, handed);
    if (standing !== null) draft.standings.set(hex(groupId), standing);
    const secret = standing === null ? null : this.promised(handed, privatePackage.initPrivateKey);
    const inTree = inviterKey !== null && keys.some((key) => hex(key) === hex(inviterKey.signatureKey));
    effects.push((tx) => {
      const conversation = this.conversations.ensure(tx, groupId, "active");
      this.keyPackages.used(tx, own.ref);
      this.commits.lostRace(tx, groupId);
      this.conversations.setStatus(tx, groupId, "active");
      tx.run("DELETE FROM heard WHERE group_id = ? AND device <> ?", [groupId, this.session.device.signatureKey]);
      tx.run("DELETE FROM gap WHERE group_id = ?", [groupId]);
      this.standings.forget(tx, groupId);
      if (standing !== null) this.standings.save(tx, groupId, standing);
      else if (conversation.kind === "group") this.standings.doubt(tx, groupId, joined.ratchetTree);
      const honest = keys.filter((key) => standing === null || !isIntruder(standing, key));
      this.rosters.replace(tx, groupId, honest, receivedAtMs);
      const epoch = Number(joined.groupContext.epoch);
      const inviter = inTree ? (inviterKey?.accountId ?? null) : null;
      this.onWelcomed(tx, conversation, { inviter, epoch, standing, secret, atMs: receivedAtMs });
    });
  }

  private promised(handed: Uint8Array, initPrivateKey: Uint8Array): Uint8Array | null {
    const sealed = promiseOfHanded(handed, this.session.device.signatureKey);
    try {
      return sealed === null ? null : openBox(initPrivateKey, sealed, PROMISE_INFO);
    } catch {
      return null;
    }
  }

  /** What the adder says the group stands under, if its trail holds; else this device knows nothing yet [GP8]. */
  private async takeHanded(groupId: Uint8Array, joined: ClientState, handed: Uint8Array): Promise<Standing | null> {
    const told = standingOfHanded(handed);
    const members = membersOf(told, this.standings.leaves(joined.ratchetTree));
    const policy = await policyOfTrail(groupId, told.trail, {
      accountKey: (account) => this.standings.accountKey(account),
      isMember: (account) => members.has(account),
    });
    // The first epoch's welcome is the founder's own, and a group's id names its founder [CO3].
    return policy === null ? null : { ...told, certain: true, handed: joined.groupContext.epoch > 1n };
  }
}

/** Frames are views of the bytes received; what waits in the queue keeps only its own. */
function copy(envelope: Envelope): Envelope {
  return { ...envelope, groupId: envelope.groupId.slice(), body: envelope.body?.slice() ?? null };
}

const PASSING: readonly ErrorCode[] = ["offline", "too_many_tries", "storage_full"];

/** The server's silence and a full disk mean "not now"; every other failure is the mail's. */
function isUnusable(error: unknown): error is Error {
  if (error instanceof CoreError) return !PASSING.includes(error.code);
  const notNow = error instanceof AwaitVerdict || error instanceof SignedOut || error instanceof StoreFull;
  return error instanceof Error && !notNow;
}

function isReplay(error: Error): boolean {
  return error.cause instanceof Error && error.cause.message === "Desired gen in the past";
}
