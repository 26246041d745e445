import { type ChatId, CoreError, type MessageId, type MessageKind } from "../api.ts";
import type { Contacts } from "../contacts/contacts.ts";
import { findPerson } from "../contacts/people.ts";
import { type Body, type Relation, UNRELATED } from "../content/content.ts";
import { type Carried, detailBody } from "../content/details.ts";
import { textBody } from "../content/kinds.ts";
import type { Conversation, Conversations } from "../groups/conversations.ts";
import type { States } from "../mls/states.ts";
import type { Session } from "../session.ts";
import { blobOrNull, integer, integerOrNull, type Row, type Tx, text, textOrNull } from "../store/store.ts";
import type { Composed, Outbox } from "../sync/outbox.ts";
import { type Chats, PLAIN } from "./chats.ts";
import { storedDetail } from "./render.ts";

/** A message she sends: on the screen and safe on disk first, with the server as soon as may be. */

const TEXT_BYTES_MAX = 200 * 1024;

/** What a message says, and about which other. */
export interface Saying {
  text: string;
  carried: Carried | null;
  quote: Uint8Array | null;
  mentions: number[];
}

export class Sending {
  constructor(
    private readonly session: Session,
    private readonly states: States,
    private readonly conversations: Conversations,
    private readonly chats: Chats,
    private readonly contacts: Contacts,
    private readonly outbox: Outbox,
  ) {}

  /**
   * `settled` runs in the transaction that stores and queues the message.
   * Throws CoreError: too_long, not_a_member, no_consent, storage_full.
   */
  send(chat: ChatId, saying: Saying, settled: (tx: Tx) => void = () => {}): Promise<MessageId> {
    const body = bodyOf(saying);
    if (body.body.length > TEXT_BYTES_MAX) throw new CoreError("too_long");
    const timerS = this.timerOf(chat);
    return this.say(chat, body, relationOf(saying, timerS), (tx, { contentId, sentAtMs }) => {
      settled(tx);
      return this.show(tx, chat, saying, contentId, sentAtMs, timerS);
    });
  }

  /** What no bubble shows by itself: an edit, a reaction, a nudge. `stored` runs in the transaction that queues it. */
  tell(
    chat: ChatId,
    body: Body,
    relation: Partial<Relation>,
    stored: (tx: Tx, composed: Composed) => void,
  ): Promise<MessageId> {
    return this.say(chat, body, { ...UNRELATED, ...relation }, (tx, composed) => {
      stored(tx, composed);
      return null;
    });
  }

  /** A message that failed goes out anew; one that is under way is left alone. */
  async retry(id: MessageId): Promise<void> {
    const row = this.session.store.one("SELECT * FROM message WHERE n = ? AND state = 'failed'", [Number(id)]);
    if (row === undefined) return;
    const chat = text(row, "chat");
    const saying = sayingOf(row);
    await this.say(chat, bodyOf(saying), relationOf(saying, this.timerOf(chat)), (tx, { contentId }) =>
      this.showAgain(tx, row, contentId),
    );
  }

  /** Stores a message whose files are still on their way; `release` sends it. Throws CoreError too_long. */
  hold(tx: Tx, chat: ChatId, saying: Saying): number {
    if (bodyOf(saying).body.length > TEXT_BYTES_MAX) throw new CoreError("too_long");
    return this.show(tx, chat, saying, null, Math.round(this.session.clock.now()), this.timerOf(chat));
  }

  /** Sends a message that was held; `settled` runs in the transaction that queues it. Throws as `send` does. */
  async release(n: number, settled: (tx: Tx) => void): Promise<void> {
    const row = this.session.store.one("SELECT * FROM message WHERE n = ?", [n]);
    if (row === undefined) return;
    const chat = text(row, "chat");
    const saying = sayingOf(row);
    await this.say(chat, bodyOf(saying), relationOf(saying, this.timerOf(chat)), (tx, { contentId, sentAtMs }) => {
      settled(tx);
      if (tx.run("UPDATE message SET at_ms = ? WHERE n = ?", [sentAtMs, n]) === 0) return null;
      return this.showAgain(tx, row, contentId);
    });
  }

  /** The group to speak in. Throws CoreError: not_a_member, no_consent. */
  open(chat: ChatId): Conversation {
    const row = this.session.store.one("SELECT person, gone FROM chat WHERE id = ?", [chat]);
    const person = row?.["person"];
    if (typeof person === "number") {
      if (findPerson(this.session.store, person)?.friend !== true) throw new CoreError("no_consent");
      this.contacts.openDirect(person);
    }
    const conversation = this.conversations.ofChat(chat);
    const gone = row === undefined || (typeof person !== "number" && integer(row, "gone") === 1);
    if (conversation === null || gone) throw new CoreError("not_a_member");
    return conversation;
  }

  private timerOf(chat: ChatId): number {
    const row = this.session.store.one("SELECT timer_s FROM chat WHERE id = ?", [chat]);
    return row === undefined ? 0 : integer(row, "timer_s");
  }

  private say(
    chat: ChatId,
    body: Body,
    relation: Relation,
    store: (tx: Tx, composed: Composed) => number | null,
  ): Promise<MessageId> {
    const { groupId } = this.open(chat);
    return this.session.turn.run(async () => {
      const composed = this.outbox.compose(this.session.store, groupId, body, relation);
      const now = this.outbox.canSendNow(groupId) && !this.outbox.hasWaiting(groupId);
      const draft = this.states.draft();
      const ciphertext = now ? await this.outbox.encrypt(draft, groupId, composed.content) : null;
      const { message: n, no } = this.session.store.write((tx) => {
        draft.save(tx);
        const stored = store(tx, composed);
        // While this waited for its turn the other side refused: nothing goes there until it is tried again.
        if (this.conversations.find(groupId)?.status === "gone") {
          if (stored !== null) this.chats.setState(tx, stored, "failed");
          return { message: stored, no: null };
        }
        const row = this.outbox.enqueue(tx, groupId, composed, stored);
        return { message: stored, no: ciphertext === null ? null : this.outbox.seal(tx, row, ciphertext) };
      });
      draft.adopt();
      if (no !== null && ciphertext !== null) this.outbox.transmit(no, groupId, ciphertext, composed.content);
      return String(n);
    });
  }

  private show(
    tx: Tx,
    chat: ChatId,
    saying: Saying,
    contentId: Uint8Array | null,
    atMs: number,
    timerS: number,
  ): number {
    if (saying.carried === null) tx.run("UPDATE chat SET draft = '' WHERE id = ?", [chat]);
    const kind: MessageKind = saying.carried === null ? "text" : saying.carried.detail.kind;
    const stored = this.chats.add(tx, {
      ...PLAIN,
      ...saying,
      chat,
      contentId,
      kind,
      sender: this.session.accountId,
      expiresAtMs: timerS === 0 ? null : atMs + timerS * 1000,
      atMs,
      state: "sending",
      unread: false,
    });
    if (stored === null) throw new CoreError("unexpected");
    return stored;
  }

  private showAgain(tx: Tx, row: Row, contentId: Uint8Array): number {
    const n = integer(row, "n");
    tx.run("UPDATE message SET content_id = ? WHERE n = ?", [contentId, n]);
    this.chats.setState(tx, n, "sending");
    return n;
  }
}

export function bodyOf({ text: words, carried }: Saying): Body {
  return carried === null ? textBody(words) : detailBody(carried);
}

function relationOf({ quote, mentions }: Saying, timerS: number): Relation {
  return { ...UNRELATED, inReplyTo: quote, mentions, expiresAfterS: timerS === 0 ? null : timerS };
}

/** What a stored message said, to say it again. */
export function sayingOf(row: Row): Saying {
  const detail = storedDetail(row);
  const mentions = textOrNull(row, "mentions");
  return {
    text: text(row, "text"),
    carried: detail === null ? null : { detail, thumb: blobOrNull(row, "thumb") },
    quote: blobOrNull(row, "quote"),
    mentions: mentions === null ? [] : (JSON.parse(mentions) as number[]),
  };
}

/** Who said a stored message; null for events. */
export function senderOf(row: Row): number | null {
  return integerOrNull(row, "sender");
}
