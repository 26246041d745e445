import { equal, u64 } from "../bytes.ts";
import type { Chats } from "../chats/chats.ts";
import type { Incoming, Receive } from "../chats/receive.ts";
import { decodeContent } from "../content/content.ts";
import {
  againBody,
  decodeAgainItems,
  encodeAgainItems,
  type Resend as Request,
  resendBody,
  TYPE_AGAIN,
  TYPE_RESEND,
} from "../content/kinds.ts";
import { type Conversation, type Conversations, findConversation } from "../groups/conversations.ts";
import { generateKeyPair, openBox, sealBox } from "../mls/hpke.ts";
import { digest } from "../mls/suite.ts";
import type { Session } from "../session.ts";
import { blob, integer, type Row, type Tx } from "../store/store.ts";
import type { Outbox } from "../sync/outbox.ts";
import type { Counters } from "./counters.ts";

/** Asking others to send again what was lost here, and answering when they ask [HL2] to [HL5]. */

const GAP_ASKED_AFTER_MS = 60_000;
const GAP_TOLD_AFTER_MS = 86_400_000;
const RESENT_PER_DAY_MAX = 500;
const ANSWER_BYTES_MAX = 180 * 1024;
const ANSWER_KEY_LIFETIME_MS = 30 * 86_400_000;
const DAY_MS = 86_400_000;
const INFO = "hongyan again v1";
const EVERYBODY = new Uint8Array();

export class Resend {
  constructor(
    private readonly session: Session,
    private readonly conversations: Conversations,
    private readonly chats: Chats,
    private readonly counters: Counters,
    private readonly outbox: Outbox,
    private readonly receive: Receive,
  ) {}

  private ask(
    tx: Tx,
    groupId: Uint8Array,
    device: Uint8Array,
    counters: number[] | null,
    sinceMs: number | null,
  ): void {
    const { privateKey, publicKey } = generateKeyPair();
    const now = Math.round(this.session.clock.now());
    tx.run("INSERT INTO resend_key (public_key, private_key, at_ms) VALUES (?, ?, ?)", [publicKey, privateKey, now]);
    tx.run("DELETE FROM resend_key WHERE at_ms < ?", [now - ANSWER_KEY_LIFETIME_MS]);
    this.outbox.say(tx, groupId, resendBody({ device, counters, sinceMs, answerKey: publicKey }));
  }

  /** After a rejoin: everybody is asked for what they sent since. */
  askSince(tx: Tx, groupId: Uint8Array, sinceMs: number): void {
    this.ask(tx, groupId, EVERYBODY, null, sinceMs);
  }

  /** Asks about gaps that stayed open for a minute; tells about those that stayed for a day. Call in a turn. */
  tendGaps(): boolean {
    const due = this.counters.unasked(GAP_ASKED_AFTER_MS);
    return this.session.store.write((tx) => {
      for (const gap of due) {
        this.ask(tx, gap.groupId, gap.device, gap.counters, null);
        this.counters.asked(tx, gap);
      }
      for (const { groupId, device } of this.counters.takeHopeless(tx, GAP_TOLD_AFTER_MS))
        this.tell(tx, groupId, device);
      return due.length > 0;
    });
  }

  private tell(tx: Tx, groupId: Uint8Array, device: Uint8Array): void {
    const conversation = this.conversations.find(groupId);
    const person = this.conversations.accountOf(device);
    if (conversation === null || conversation.chat === null || person === null) return;
    const event = { what: "may_be_missing" as const, actor: person, people: [person], name: "" };
    this.receive.ensureChat(tx, conversation);
    this.chats.event(tx, conversation.chat, event, Math.round(this.session.clock.now()));
  }

  /** Answers a request for this device's messages, sealed to the asker, within what is due to her [HL5]. */
  answer(tx: Tx, incoming: Incoming, request: Request): void {
    const { conversation, senderKey, sender } = incoming;
    const mine = this.session.device.signatureKey;
    if (request.device.length > 0 && !equal(request.device, mine)) return;
    const counted = request.counters !== null;
    const wanted = this.sentToThem(tx, conversation, request).filter(
      (row) =>
        (counted || isForPeople(blob(row, "content"))) &&
        this.wasMember(tx, conversation.groupId, sender, integer(row, "sent_at_ms")),
    );
    const allowed = wanted.slice(-this.allowance(tx, senderKey));
    this.spend(tx, senderKey, allowed.length);
    let items: [Uint8Array, number][] = [];
    let bytes = 0;
    const flush = () => {
      if (items.length === 0) return;
      const sealed = sealBox(request.answerKey, encodeAgainItems(items), INFO);
      this.outbox.say(tx, conversation.groupId, againBody(senderKey, sealed));
      items = [];
      bytes = 0;
    };
    for (const row of allowed) {
      const content = blob(row, "content");
      if (bytes + content.length > ANSWER_BYTES_MAX) flush();
      items.push([content, integer(row, "sent_at_ms")]);
      bytes += content.length;
    }
    flush();
  }

  private sentToThem(tx: Tx, conversation: Conversation, request: Request): Row[] {
    if (request.counters !== null) {
      const rows = request.counters
        .slice(0, RESENT_PER_DAY_MAX)
        .map((counter) =>
          tx.one("SELECT * FROM sent WHERE group_id = ? AND counter = ?", [conversation.groupId, counter]),
        );
      return rows.filter((row) => row !== undefined);
    }
    // What is under way without a verdict may have been accepted before the asker came back: it is due too.
    return tx.all(
      `SELECT s.* FROM sent s LEFT JOIN outbox o ON o.group_id = s.group_id AND o.counter = s.counter
       WHERE s.group_id = ? AND (s.accepted_ms >= ? OR o.no IS NOT NULL) ORDER BY s.counter`,
      [conversation.groupId, request.sinceMs ?? Number.MAX_SAFE_INTEGER],
    );
  }

  private wasMember(tx: Tx, groupId: Uint8Array, account: number, atMs: number): boolean {
    if (account === this.session.accountId) return true;
    // A chat of two is hers from its first word to its last, whichever device she has.
    if (findConversation(tx, groupId)?.person === account) return true;
    const row = tx.one(
      "SELECT 1 FROM membership WHERE group_id = ? AND account = ? AND from_ms <= ? AND coalesce(to_ms, ?) >= ?",
      [groupId, account, atMs, atMs, atMs],
    );
    return row !== undefined;
  }

  private day(): number {
    return Math.floor(this.session.clock.now() / DAY_MS);
  }

  private allowance(tx: Tx, device: Uint8Array): number {
    const row = tx.one("SELECT count FROM resent WHERE device = ? AND day = ?", [device, this.day()]);
    return RESENT_PER_DAY_MAX - (row === undefined ? 0 : integer(row, "count"));
  }

  private spend(tx: Tx, device: Uint8Array, count: number): void {
    tx.run("DELETE FROM resent WHERE day < ?", [this.day()]);
    tx.run(
      `INSERT INTO resent (device, day, count) VALUES (?, ?, ?)
       ON CONFLICT (device, day) DO UPDATE SET count = count + excluded.count`,
      [device, this.day(), count],
    );
  }

  /** Takes in an answer that one of this device's keys opens; what is known already changes nothing. */
  takeIn(tx: Tx, incoming: Incoming, sealed: Uint8Array): void {
    for (const row of tx.all("SELECT private_key FROM resend_key ORDER BY at_ms DESC")) {
      let items: [Uint8Array, number][];
      try {
        items = decodeAgainItems(openBox(blob(row, "private_key"), sealed, INFO));
      } catch {
        continue;
      }
      const now = Math.round(this.session.clock.now());
      for (const [content] of items) {
        this.receive.content(tx, incoming.conversation, incoming.senderKey, content, now, true);
      }
      return;
    }
  }
}

/** Distinguishes two equal events at different times. */
export function eventId(what: string, account: number, atMs: number): Uint8Array {
  return digest(what, u64(account), u64(atMs));
}

/** Requests and answers are not sent again: each would call forth others. */
function isForPeople(bytes: Uint8Array): boolean {
  const type = decodeContent(bytes)?.type;
  return type !== TYPE_RESEND && type !== TYPE_AGAIN;
}
