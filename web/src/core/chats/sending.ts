import { type ChatId, CoreError, type MessageId } from "../api.ts";
import { utf8 } from "../bytes.ts";
import type { Contacts } from "../contacts/contacts.ts";
import { findPerson } from "../contacts/people.ts";
import { textBody } from "../content/kinds.ts";
import type { Conversation, Conversations } from "../groups/conversations.ts";
import type { States } from "../mls/states.ts";
import type { Session } from "../session.ts";
import { integer, type Row, type Tx, text } from "../store/store.ts";
import type { Outbox } from "../sync/outbox.ts";
import type { Chats } from "./chats.ts";

/** A message she sends: on the screen and safe on disk first, with the server as soon as may be. */

const TEXT_BYTES_MAX = 200 * 1024;

export class Sending {
  constructor(
    private readonly session: Session,
    private readonly states: States,
    private readonly conversations: Conversations,
    private readonly chats: Chats,
    private readonly contacts: Contacts,
    private readonly outbox: Outbox,
  ) {}

  /** Throws CoreError: too_long, not_a_member, no_consent, storage_full. */
  send(chat: ChatId, message: string): Promise<MessageId> {
    if (utf8(message).length > TEXT_BYTES_MAX) throw new CoreError("too_long");
    const conversation = this.open(chat);
    return this.say(conversation, chat, message, null);
  }

  /** A message that failed goes out anew; one that is under way is left alone. */
  async retry(id: MessageId): Promise<void> {
    const row = this.session.store.one("SELECT * FROM message WHERE n = ? AND state = 'failed'", [Number(id)]);
    if (row === undefined) return;
    const chat = text(row, "chat");
    await this.say(this.open(chat), chat, text(row, "text"), row);
  }

  private open(chat: ChatId): Conversation {
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

  private say(conversation: Conversation, chat: ChatId, message: string, again: Row | null): Promise<MessageId> {
    const { groupId } = conversation;
    return this.session.turn.run(async () => {
      const composed = this.outbox.compose(this.session.store, groupId, textBody(message));
      const now = this.outbox.canSendNow(groupId) && !this.outbox.hasWaiting(groupId);
      const draft = this.states.draft();
      const ciphertext = now ? await this.outbox.encrypt(draft, groupId, composed.content) : null;
      const { message: n, no } = this.session.store.write((tx) => {
        draft.save(tx);
        const stored =
          again === null
            ? this.show(tx, chat, composed.contentId, message, composed.sentAtMs)
            : this.showAgain(tx, again, composed.contentId);
        const row = this.outbox.enqueue(tx, groupId, composed, stored);
        return { message: stored, no: ciphertext === null ? null : this.outbox.seal(tx, row, ciphertext) };
      });
      draft.adopt();
      if (no !== null && ciphertext !== null) this.outbox.transmit(no, groupId, ciphertext);
      return String(n);
    });
  }

  private show(tx: Tx, chat: ChatId, contentId: Uint8Array, message: string, atMs: number): number {
    tx.run("UPDATE chat SET draft = '' WHERE id = ?", [chat]);
    const stored = this.chats.add(tx, {
      chat,
      contentId,
      kind: "text",
      sender: this.session.accountId,
      text: message,
      event: null,
      atMs,
      state: "sending",
      unread: false,
      late: false,
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
