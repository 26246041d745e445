import { hex, random } from "../bytes.ts";
import type { Chats } from "../chats/chats.ts";
import { type Body, encodeContent, messageId, type Relation, UNRELATED } from "../content/content.ts";
import { urgencyOf } from "../content/urgency.ts";
import type { Conversation, Conversations } from "../groups/conversations.ts";
import { encrypt } from "../mls/group.ts";
import { receiverData } from "../mls/state.ts";
import type { Draft, States } from "../mls/states.ts";
import { type Verdict, VerdictCode } from "../protocol/frames.ts";
import type { Session } from "../session.ts";
import * as meta from "../store/meta.ts";
import { blob, integer, integerOrNull, type Reader, type Row, type Tx } from "../store/store.ts";
import type { Link } from "./link.ts";

/**
 * What this device wants to say, from the moment it is stored to the server's verdict.
 *
 * A row without a number waits for its group (to be joined, or for a commit on its way). Number, ciphertext and
 * ratchet are stored in one transaction before the frame leaves, so a repeat after a crash is byte-identical [DS4].
 */

export const UNANSWERED_MAX = 64;
const PAUSE_MS_MIN = 500;

export interface Composed {
  content: Uint8Array;
  contentId: Uint8Array;
  counter: number;
  sentAtMs: number;
}

export class Outbox {
  private readonly unanswered = new Set<number>();
  /** Of the unanswered, those the server turned away: they go again under their numbers, before anything new [OV3]. */
  private readonly again = new Set<number>();
  /** How many may be on their way: one after `busy`, and one more for each that is accepted. */
  private window = UNANSWERED_MAX;
  /** Groups whose server epoch is ahead of ours: encrypting for the old one would be refused again. */
  private readonly awaitedEpoch = new Map<string, number>();
  private pausedUntilMs = 0;
  /** Told when the server's disk is full, or has room again. */
  onServerFull: (full: boolean) => void = () => {};

  constructor(
    private readonly session: Session,
    private readonly states: States,
    private readonly conversations: Conversations,
    private readonly chats: Chats,
    private readonly link: Link,
  ) {}

  get connected(): boolean {
    return this.link.ready;
  }

  /** How many numbers may be given out now: few unanswered, and none far above the lowest of them [DS4]. */
  get room(): number {
    if (this.again.size > 0) return 0;
    if (this.unanswered.size === 0) return this.window;
    const reach = Math.min(...this.unanswered) + UNANSWERED_MAX - meta.number(this.session.store, "next_no");
    return Math.min(this.window - this.unanswered.size, reach);
  }

  /** Content bytes with the group's next counter [CO1]; call in a turn, then `enqueue` it before the next. */
  compose(reader: Reader, groupId: Uint8Array, body: Body, relation: Relation = UNRELATED): Composed {
    const own = this.session.device.signatureKey;
    const row = reader.one("SELECT highest FROM heard WHERE group_id = ? AND device = ?", [groupId, own]);
    const counter = (row === undefined ? 0 : integer(row, "highest")) + 1;
    const sentAtMs = Math.round(this.session.clock.now());
    const content = encodeContent({ ...relation, ...body, salt: random(16), counter, sentAtMs });
    return { content, contentId: messageId(own, groupId, content), counter, sentAtMs };
  }

  enqueue(tx: Tx, groupId: Uint8Array, composed: Composed, message: number | null): number {
    const { content, counter, sentAtMs } = composed;
    tx.run("INSERT OR REPLACE INTO heard (group_id, device, highest, at_ms) VALUES (?, ?, ?, ?)", [
      groupId,
      this.session.device.signatureKey,
      counter,
      sentAtMs,
    ]);
    tx.run("INSERT OR REPLACE INTO sent (group_id, counter, content, sent_at_ms) VALUES (?, ?, ?, ?)", [
      groupId,
      counter,
      content,
      sentAtMs,
    ]);
    tx.run("INSERT INTO outbox (group_id, counter, content, message) VALUES (?, ?, ?, ?)", [
      groupId,
      counter,
      content,
      message,
    ]);
    tx.touch("connection");
    return integer(tx.one("SELECT last_insert_rowid() AS id") ?? {}, "id");
  }

  /** Composes and queues in one go, for content no message row belongs to. */
  say(tx: Tx, groupId: Uint8Array, body: Body, relation: Relation = UNRELATED): Composed {
    const composed = this.compose(tx, groupId, body, relation);
    this.enqueue(tx, groupId, composed, null);
    return composed;
  }

  /** Whether something for this group could be encrypted and sent right now. */
  canSendNow(groupId: Uint8Array): boolean {
    if (!this.link.ready || this.room <= 0 || this.session.platform.now() < this.pausedUntilMs) return false;
    const conversation = this.conversations.find(groupId);
    if (conversation?.status !== "active" || this.isAlone(conversation)) return false;
    const pending = this.session.store.one("SELECT 1 FROM pending_commit WHERE group_id = ?", [groupId]);
    const epoch = this.states.epochOf(groupId);
    if (pending !== undefined || epoch === null || this.isOverheard(groupId)) return false;
    const key = hex(groupId);
    const awaited = this.awaitedEpoch.get(key);
    if (awaited !== undefined && epoch < awaited) return false;
    this.awaitedEpoch.delete(key);
    return true;
  }

  /** Somebody is in the tree without right: nothing is said until she is out [GP6]. */
  private isOverheard(groupId: Uint8Array): boolean {
    const row = this.session.store.one("SELECT 1 FROM group_standing WHERE group_id = ? AND intruders > 0", [groupId]);
    return row !== undefined;
  }

  /** The friend of a chat of two has no device in it: what is said waits until she is back. */
  private isAlone({ kind, groupId, person }: Conversation): boolean {
    if (kind !== "direct" || person === null) return false;
    const row = this.session.store.one(
      "SELECT 1 FROM membership WHERE group_id = ? AND account = ? AND to_ms IS NULL",
      [groupId, person],
    );
    return row === undefined;
  }

  /** Whether something for this group waits already: what comes later must not overtake it. */
  hasWaiting(groupId: Uint8Array): boolean {
    const row = this.session.store.one("SELECT 1 FROM outbox WHERE group_id = ? AND no IS NULL", [groupId]);
    return row !== undefined;
  }

  /** Encrypts one content for the group's newest epoch; `seal` stores it under a number. Call in a turn. */
  async encrypt(draft: Draft, groupId: Uint8Array, content: Uint8Array): Promise<Uint8Array> {
    const state = draft.get(groupId);
    if (state === null) throw new Error("no state");
    const encrypted = await encrypt(state, content);
    draft.movedRatchet(receiverData(encrypted.next), state.privatePath.leafIndex);
    return encrypted.message;
  }

  seal(tx: Tx, id: number, ciphertext: Uint8Array): number {
    const no = meta.takeNumber(tx);
    tx.run("UPDATE outbox SET no = ?, ciphertext = ? WHERE id = ?", [no, ciphertext, id]);
    return no;
  }

  /** `content` is what `message` holds: it tells how urgent that is. */
  transmit(no: number, groupId: Uint8Array, message: Uint8Array, content: Uint8Array): void {
    this.unanswered.add(no);
    this.link.send({ frame: "send", no, groupId, message, urgency: urgencyOf(content) });
  }

  /** Sends what can be sent, oldest first. */
  async flush(): Promise<void> {
    if (!this.link.ready) return;
    await this.session.turn.run(async () => {
      this.sendAgain();
      while (this.room > 0) {
        const rows = this.sendable();
        if (rows.length === 0) return;
        const draft = this.states.draft();
        const sealed: { id: number; groupId: Uint8Array; ciphertext: Uint8Array; content: Uint8Array }[] = [];
        for (const row of rows) {
          const groupId = blob(row, "group_id");
          const content = blob(row, "content");
          const ciphertext = await this.encrypt(draft, groupId, content);
          sealed.push({ id: integer(row, "id"), groupId, ciphertext, content });
        }
        const numbers = this.session.store.write((tx) => {
          draft.save(tx);
          return sealed.map(({ id, ciphertext }) => this.seal(tx, id, ciphertext));
        });
        draft.adopt();
        sealed.forEach(({ groupId, ciphertext, content }, i) => {
          this.transmit(numbers[i] ?? 0, groupId, ciphertext, content);
        });
      }
    });
  }

  private sendable(): Row[] {
    const groups = this.session.store.all("SELECT DISTINCT group_id FROM outbox WHERE no IS NULL");
    const rows: Row[] = [];
    for (const group of groups) {
      const groupId = blob(group, "group_id");
      if (rows.length >= this.room) break;
      if (!this.canSendNow(groupId)) continue;
      rows.push(
        ...this.session.store.all("SELECT * FROM outbox WHERE group_id = ? AND no IS NULL ORDER BY id LIMIT ?", [
          groupId,
          this.room - rows.length,
        ]),
      );
    }
    return rows;
  }

  /** After `ready`: what was numbered and not answered is sent again under its number. */
  resumeUnanswered(): void {
    this.disconnected();
    for (const row of this.session.store.all("SELECT no FROM outbox WHERE no IS NOT NULL")) {
      this.unanswered.add(integer(row, "no"));
      this.again.add(integer(row, "no"));
    }
    this.sendAgain();
  }

  /** Oldest first, so that nothing overtakes what was written before it. */
  private sendAgain(): void {
    if (this.session.platform.now() < this.pausedUntilMs) return;
    for (const no of [...this.again].sort((a, b) => a - b)) {
      if (this.unanswered.size - this.again.size >= this.window) return;
      this.again.delete(no);
      const row = this.session.store.one("SELECT * FROM outbox WHERE no = ?", [no]);
      // Without a row it was encrypted anew meanwhile, or its group is gone.
      if (row === undefined) this.unanswered.delete(no);
      else this.transmit(no, blob(row, "group_id"), blob(row, "ciphertext"), blob(row, "content"));
    }
  }

  /** The server does not take anything for so long; all who are told so come back at different times [OV3]. */
  private pause(forMs: number): void {
    this.window = 1;
    const { platform } = this.session;
    const now = platform.now();
    if (now + forMs <= this.pausedUntilMs) return;
    const waitMs = forMs * (1 + platform.jitter());
    this.pausedUntilMs = now + waitMs;
    platform.later(waitMs, () => {
      this.flush().catch(() => undefined); // a full disk: the next round finds the same work
    });
  }

  /** Another frame (a commit) takes one of the numbers. */
  countUnanswered(no: number): void {
    this.unanswered.add(no);
  }

  disconnected(): void {
    this.unanswered.clear();
    this.again.clear();
  }

  /** Returns false when the number is not of a message. Call in a turn. */
  verdict(verdict: Verdict): boolean {
    const turnedAway = verdict.code === VerdictCode.busy || verdict.code === VerdictCode.storageFull;
    if (turnedAway) this.pause(Math.max(PAUSE_MS_MIN, verdict.retryAfterMs));
    if (verdict.code === VerdictCode.accepted) this.window = Math.min(UNANSWERED_MAX, this.window + 1);
    const row = this.session.store.one("SELECT * FROM outbox WHERE no = ?", [verdict.no]);
    if (row !== undefined && turnedAway) this.again.add(verdict.no);
    else this.unanswered.delete(verdict.no);
    if (row === undefined) return false;
    const groupId = blob(row, "group_id");
    this.session.store.write((tx) => {
      tx.touch("connection");
      switch (verdict.code) {
        case VerdictCode.accepted:
          this.settle(tx, row, "sent");
          break;
        case VerdictCode.malformed:
        case VerdictCode.tooLarge:
        case VerdictCode.noConsent:
          this.settle(tx, row, "failed");
          break;
        case VerdictCode.unknownGroup:
        case VerdictCode.notAMember:
          this.requeue(tx, row);
          this.conversations.setBroken(tx, groupId, Math.round(this.session.clock.now()));
          break;
        case VerdictCode.storageFull:
        case VerdictCode.busy:
          break;
        default:
          this.requeue(tx, row);
      }
    });
    if (verdict.code === VerdictCode.staleEpoch) {
      const key = hex(groupId);
      this.awaitedEpoch.set(key, Math.max(verdict.epoch, this.awaitedEpoch.get(key) ?? 0));
    }
    if (verdict.code === VerdictCode.storageFull) this.onServerFull(true);
    if (verdict.code === VerdictCode.accepted) this.onServerFull(false);
    return true;
  }

  private settle(tx: Tx, row: Row, state: "sent" | "failed"): void {
    tx.run("DELETE FROM outbox WHERE id = ?", [integer(row, "id")]);
    if (state === "sent") {
      tx.run("UPDATE sent SET accepted_ms = ? WHERE group_id = ? AND counter = ?", [
        Math.round(this.session.clock.now()),
        blob(row, "group_id"),
        integer(row, "counter"),
      ]);
    }
    const message = integerOrNull(row, "message");
    if (message !== null) this.chats.setState(tx, message, state);
  }

  private requeue(tx: Tx, row: Row): void {
    tx.run("UPDATE outbox SET no = NULL, ciphertext = NULL WHERE id = ?", [integer(row, "id")]);
  }

  /** The ciphertexts of a lost epoch, or of a restored copy, are worth nothing: encrypt again. */
  requeueAll(tx: Tx, groupId: Uint8Array | null): void {
    if (groupId === null) tx.run("UPDATE outbox SET no = NULL, ciphertext = NULL");
    else tx.run("UPDATE outbox SET no = NULL, ciphertext = NULL WHERE group_id = ?", [groupId]);
  }

  /** The group is gone for this device: nothing of it will be sent. */
  failAll(tx: Tx, groupId: Uint8Array): void {
    for (const row of tx.all("SELECT * FROM outbox WHERE group_id = ?", [groupId])) this.settle(tx, row, "failed");
    tx.touch("connection");
  }

  /** Groups that have waited for an epoch we should have seen by now. */
  stuckGroups(): { key: string; epoch: number }[] {
    return [...this.awaitedEpoch].map(([key, epoch]) => ({ key, epoch }));
  }

  waiting(): number {
    const row = this.session.store.one("SELECT count(*) AS n FROM outbox WHERE message IS NOT NULL");
    return row === undefined ? 0 : integer(row, "n");
  }
}
