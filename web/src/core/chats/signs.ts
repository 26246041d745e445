import type { ChatId, Privacy } from "../api.ts";
import { random } from "../bytes.ts";
import { encodeContent, UNCOUNTED, UNRELATED } from "../content/content.ts";
import { type ReadUpTo, readBody, typingBody } from "../content/kinds.ts";
import type { Sync } from "../devices/sync.ts";
import type { Conversations } from "../groups/conversations.ts";
import type { States } from "../mls/states.ts";
import type { Session } from "../session.ts";
import * as meta from "../store/meta.ts";
import { blob, integer, type Tx, text } from "../store/store.ts";
import type { Outbox } from "../sync/outbox.ts";
import type { Chats } from "./chats.ts";
import type { Incoming } from "./receive.ts";
import type { Sending } from "./sending.ts";

/**
 * What two friends may see of each other besides what they say: that one is writing, that one has read [CO7].
 *
 * Writing is told only while they talk (she was heard from just now), now and then, and never kept or repeated: a
 * friend who is away costs nobody anything, and finds nothing when she comes back.
 */

const TYPING_EVERY_MS = 5_000;
const TYPING_SHOWN_MS = 8_000;
const TALKING_MS = 3 * 60_000;
const READ_AFTER_MS = 1_500;

export class Signs {
  private readonly typedAtMs = new Map<ChatId, number>();
  private readonly reading = new Set<ChatId>();
  private ended = false;

  constructor(
    private readonly session: Session,
    private readonly states: States,
    private readonly conversations: Conversations,
    private readonly chats: Chats,
    private readonly sending: Sending,
    private readonly outbox: Outbox,
    private readonly sync: Sync,
  ) {}

  /** The core ends: what was to be told or taken down later is not. */
  end(): void {
    this.ended = true;
  }

  private later(delayMs: number, run: () => void): void {
    this.session.platform.later(delayMs, () => {
      if (!this.ended) run();
    });
  }

  privacy(): Privacy {
    const { store } = this.session;
    return { typing: !meta.flag(store, "typing_off"), receipts: meta.flag(store, "receipts") };
  }

  setPrivacy(wanted: Partial<Privacy>): void {
    this.session.store.write((tx) => {
      for (const name of ["typing", "receipts"] as const) {
        const on = wanted[name];
        if (on === undefined) continue;
        this.take(tx, name, on);
        this.sync.note(tx, { what: "privacy", key: name, value: on });
      }
    });
  }

  /** As another own device set it. */
  take(tx: Tx, name: string, on: boolean): void {
    if (name === "typing") meta.put(tx, "typing_off", !on);
    else if (name === "receipts") meta.put(tx, "receipts", on);
    tx.touch("privacy");
    tx.touch("chats");
  }

  /** She is writing in this chat. Does nothing where it is not told. */
  async typing(chat: ChatId): Promise<void> {
    const conversation = this.conversations.ofChat(chat);
    if (conversation?.kind !== "direct" || !this.privacy().typing) return;
    const now = this.session.clock.now();
    const again = now - (this.typedAtMs.get(chat) ?? 0) < TYPING_EVERY_MS;
    if (again || now - this.chats.heardAtMs(chat) > TALKING_MS) return;
    this.typedAtMs.set(chat, now);
    const { groupId } = conversation;
    await this.session.turn.run(async () => {
      if (!this.outbox.canSendNow(groupId) || this.outbox.hasWaiting(groupId)) return;
      const sentAtMs = Math.round(now);
      const content = encodeContent({ ...UNRELATED, ...typingBody(), salt: random(16), counter: UNCOUNTED, sentAtMs });
      const draft = this.states.draft();
      const ciphertext = await this.outbox.encrypt(draft, groupId, content);
      const no = this.session.store.write((tx) => {
        draft.save(tx);
        return meta.takeNumber(tx);
      });
      draft.adopt();
      this.outbox.transmit(no, groupId, ciphertext, content);
    });
  }

  seenTyping(tx: Tx, { conversation, sender, atMs }: Incoming): void {
    const { chat, person } = conversation;
    const now = this.session.clock.now();
    if (chat === null || sender !== person || !this.privacy().typing || now - atMs > TYPING_SHOWN_MS) return;
    this.chats.typing.set(chat, atMs);
    tx.touch(`chat:${chat}`);
    this.later(TYPING_SHOWN_MS, () => this.stopped(chat, atMs));
  }

  private stopped(chat: ChatId, atMs: number): void {
    if (this.chats.typing.get(chat) !== atMs) return;
    this.chats.typing.delete(chat);
    this.session.store.write((tx) => tx.touch(`chat:${chat}`));
  }

  /** Tells the friend what was read, once for what is read within a moment, if she wants that told. */
  hasRead(chat: ChatId): void {
    if (!this.privacy().receipts || this.reading.has(chat)) return;
    this.reading.add(chat);
    this.later(READ_AFTER_MS, () => {
      this.reading.delete(chat);
      this.tellRead(chat).catch(() => undefined); // no friend any more, or no room: reading stays untold
    });
  }

  private async tellRead(chat: ChatId): Promise<void> {
    const row = this.session.store.one(
      `SELECT m.content_id, m.at_ms FROM chat c JOIN message m ON m.chat = c.id AND m.position <= c.read_order
       WHERE c.id = ? AND c.kind = 'direct' AND m.at_ms > c.read_told_ms AND m.mine = 0 AND m.content_id IS NOT NULL
       AND m.kind <> 'event' ORDER BY m.position DESC LIMIT 1`,
      [chat],
    );
    if (row === undefined) return;
    const atMs = integer(row, "at_ms");
    await this.sending.tell(chat, readBody({ message: blob(row, "content_id"), atMs }), {}, (tx) => {
      tx.run("UPDATE chat SET read_told_ms = max(read_told_ms, ?) WHERE id = ?", [atMs, chat]);
    });
  }

  /** A friend tells what she has read; kept even while it is not shown. */
  seenRead(tx: Tx, { conversation, sender }: Incoming, { message, atMs }: ReadUpTo): void {
    const { chat, person } = conversation;
    if (chat === null || sender !== person || atMs > this.session.clock.now() + TALKING_MS) return;
    // By this device's clock the message may be a moment younger than by the friend's.
    const said = tx.one("SELECT at_ms FROM message WHERE content_id = ? AND chat = ? AND mine = 1", [message, chat]);
    const upToMs = Math.max(atMs, said === undefined ? 0 : integer(said, "at_ms"));
    const row = tx.one("SELECT id FROM chat WHERE id = ? AND read_by_ms < ?", [chat, upToMs]);
    if (row === undefined) return;
    tx.run("UPDATE chat SET read_by_ms = ? WHERE id = ?", [upToMs, text(row, "id")]);
    tx.touch(`chat:${chat}`);
  }
}
