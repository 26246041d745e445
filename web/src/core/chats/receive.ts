import type { MessageKind } from "../api.ts";
import { type Content, decodeContent, EVERYBODY, messageId, UNCOUNTED } from "../content/content.ts";
import type { Carried } from "../content/details.ts";
import type { Handed } from "../content/handed.ts";
import type { HelpTold } from "../content/help.ts";
import {
  type GroupWord,
  type HistoryPart,
  type Kind,
  type Nickname,
  parseKind,
  type ReadUpTo,
  type Resend,
  type StatedProfile,
  type SyncItem,
} from "../content/kinds.ts";
import type { ToldFavourite } from "../favourites/wire.ts";
import type { Following } from "../following/wire.ts";
import type { Conversation, Conversations } from "../groups/conversations.ts";
import type { Rosters } from "../groups/roster.ts";
import type { Counters } from "../healing/counters.ts";
import { digest } from "../mls/suite.ts";
import type { Session } from "../session.ts";
import * as meta from "../store/meta.ts";
import type { Tx } from "../store/store.ts";
import { type Chats, PLAIN } from "./chats.ts";

/** What a decrypted message does: one row, one event, or work for the part of the core it speaks to. */

const SENT_AT_TRUSTED_MS = 5 * 60_000;

export interface Incoming {
  conversation: Conversation;
  senderKey: Uint8Array;
  sender: number;
  contentId: Uint8Array;
  atMs: number;
  receivedAtMs: number; // by the server's clock
  late: boolean;
  content: Content;
}

export class Receive {
  onResend: (tx: Tx, incoming: Incoming, resend: Resend) => void = () => {};
  onAgain: (tx: Tx, incoming: Incoming, sealed: Uint8Array) => void = () => {};
  onProfile: (tx: Tx, incoming: Incoming, profile: StatedProfile) => void = () => {};
  onSync: (tx: Tx, items: SyncItem[]) => void = () => {};
  onHistory: (tx: Tx, history: HistoryPart) => void = () => {};
  onFavourites: (tx: Tx, told: ToldFavourite[]) => void = () => {};
  onFollowing: (tx: Tx, incoming: Incoming, told: Following) => void = () => {};
  onNickname: (tx: Tx, incoming: Incoming, nickname: Nickname) => void = () => {};
  onWord: (tx: Tx, incoming: Incoming, word: GroupWord) => void = () => {};
  /** Whether she may call everybody in a group [GP10]. */
  mayCallAll: (tx: Tx, groupId: Uint8Array, account: number) => boolean = () => true;
  onHanded: (tx: Tx, incoming: Incoming, handed: Handed) => void = () => {};
  onShare: (tx: Tx, incoming: Incoming, circle: Uint8Array, share: Uint8Array) => void = () => {};
  onHelp: (tx: Tx, incoming: Incoming, told: HelpTold) => void = () => {};
  onHelpAsked: (tx: Tx, incoming: Incoming, session: string) => void = () => {};
  onLeft: (tx: Tx, incoming: Incoming) => void = () => {};
  onTyping: (tx: Tx, incoming: Incoming) => void = () => {};
  onRead: (tx: Tx, incoming: Incoming, read: ReadUpTo) => void = () => {};

  constructor(
    private readonly session: Session,
    private readonly conversations: Conversations,
    private readonly chats: Chats,
    private readonly rosters: Rosters,
    private readonly counters: Counters,
  ) {}

  /** `again`: the content came in an answer to a resend request, its time is the one it was sent at. */
  content(
    tx: Tx,
    conversation: Conversation,
    senderKey: Uint8Array,
    bytes: Uint8Array,
    receivedAtMs: number,
    again = false,
  ): void {
    const sender = this.conversations.accountOf(senderKey);
    if (sender === null || !this.mayTalk(conversation, sender)) return;
    const content = decodeContent(bytes);
    if (content === null) return;
    if (content.counter !== UNCOUNTED) {
      this.counters.hear(tx, conversation.groupId, senderKey, content.counter, this.session.clock.now());
    }
    const live = content.sentAtMs <= receivedAtMs && content.sentAtMs > receivedAtMs - SENT_AT_TRUSTED_MS;
    const atMs = live || again ? Math.min(content.sentAtMs, receivedAtMs) : receivedAtMs;
    const contentId = messageId(senderKey, conversation.groupId, bytes);
    const incoming = { conversation, senderKey, sender, contentId, atMs, receivedAtMs, late: again, content };
    this.dispatch(tx, incoming, parseKind(content.type, content.body));
  }

  /** In a direct chat only the two, in the self group only this account. */
  private mayTalk(conversation: Conversation, sender: number): boolean {
    if (conversation.kind === "group" || sender === this.session.accountId) return true;
    return conversation.kind === "direct" && sender === conversation.person;
  }

  private dispatch(tx: Tx, incoming: Incoming, kind: Kind): void {
    const { conversation, content } = incoming;
    switch (kind.kind) {
      case "text":
        if (content.isReaction) this.reacted(tx, incoming, kind.text);
        else if (content.replaces !== null) this.replaced(tx, incoming, content.replaces, kind.text);
        else this.show(tx, incoming, "text", kind.text, null);
        break;
      case "nothing":
        if (content.replaces !== null) this.replaced(tx, incoming, content.replaces, null);
        break;
      case "detail":
        this.detailed(tx, incoming, kind.carried);
        break;
      case "help":
        if (conversation.kind === "direct") this.onHelp(tx, incoming, kind.told);
        break;
      case "nudge":
        this.nudged(tx, incoming, kind.account);
        break;
      case "timer":
        this.timed(tx, incoming, kind.seconds);
        break;
      case "typing":
        if (!incoming.late) this.onTyping(tx, incoming);
        break;
      case "read":
        this.onRead(tx, incoming, kind.read);
        break;
      case "unknown":
        this.show(tx, incoming, "unknown", "", null);
        break;
      case "group":
        if (conversation.kind !== "group") break;
        if (kind.left) this.left(tx, incoming, kind.departure);
        if (kind.nickname !== null) this.onNickname(tx, incoming, kind.nickname);
        if (kind.word !== null && !incoming.late) this.onWord(tx, incoming, kind.word);
        break;
      case "handed":
        if (conversation.kind === "group") this.onHanded(tx, incoming, kind.handed);
        break;
      case "resend":
        // A request or an answer that comes again has had its day: to act on it would never end.
        if (!incoming.late) this.onResend(tx, incoming, kind.resend);
        break;
      case "again":
        if (!incoming.late) this.onAgain(tx, incoming, kind.sealed);
        break;
      case "profile":
        // Between friends and among the own devices; in a group nobody shows herself to strangers.
        if (conversation.kind !== "group") this.onProfile(tx, incoming, kind.profile);
        break;
      case "sync":
        if (conversation.kind === "self") this.onSync(tx, kind.items);
        break;
      case "favourites":
        if (conversation.kind === "self") this.onFavourites(tx, kind.told);
        break;
      case "following":
        if (conversation.kind === "self") this.onFollowing(tx, incoming, kind.told);
        break;
      case "share":
        if (conversation.kind === "direct") this.onShare(tx, incoming, kind.circle, kind.share);
        break;
      case "history":
        if (conversation.kind === "self") this.onHistory(tx, kind.history);
        break;
    }
  }

  /** A request for help means something between two only. */
  private detailed(tx: Tx, incoming: Incoming, carried: Carried): void {
    const { detail } = carried;
    const direct = incoming.conversation.kind === "direct";
    if (detail.kind === "help" && direct) this.onHelpAsked(tx, incoming, detail.session);
    this.show(tx, incoming, detail.kind, "", carried);
  }

  private replaced(tx: Tx, incoming: Incoming, target: Uint8Array, text: string | null): void {
    const { sender, atMs, conversation } = incoming;
    if (conversation.kind !== "self") this.chats.amend.replace(tx, { target, account: sender, text, atMs });
  }

  private reacted(tx: Tx, incoming: Incoming, emoji: string): void {
    const { sender, contentId, atMs, content } = incoming;
    if (content.inReplyTo === null) return;
    this.chats.amend.react(tx, { target: content.inReplyTo, account: sender, emoji, contentId, atMs });
  }

  private nudged(tx: Tx, incoming: Incoming, account: number): void {
    const { conversation, sender, contentId, atMs, late } = incoming;
    if (conversation.chat === null || account === 0) return;
    this.ensureChat(tx, conversation);
    const event = { what: "nudged" as const, actor: sender, people: [account], name: "" };
    this.chats.event(tx, conversation.chat, event, atMs, contentId, { late });
  }

  private timed(tx: Tx, incoming: Incoming, seconds: number): void {
    const { conversation, sender, contentId, atMs, late } = incoming;
    if (conversation.chat === null) return;
    this.ensureChat(tx, conversation);
    if (late || !this.chats.setTimer(tx, conversation.chat, seconds)) return;
    const event = { what: "timer_set" as const, actor: sender, people: [], name: String(seconds) };
    this.chats.event(tx, conversation.chat, event, atMs, contentId);
  }

  private show(tx: Tx, incoming: Incoming, kind: MessageKind, text: string, carried: Carried | null): void {
    const { conversation, sender, contentId, atMs, late, content } = incoming;
    if (conversation.chat === null) return;
    this.ensureChat(tx, conversation);
    const mine = sender === this.session.accountId;
    this.chats.add(tx, {
      ...PLAIN,
      chat: conversation.chat,
      contentId,
      kind,
      sender,
      text,
      carried,
      quote: content.inReplyTo,
      mentions: this.mentioned(tx, incoming),
      expiresAtMs: content.expiresAfterS === null ? null : atMs + content.expiresAfterS * 1000,
      atMs,
      state: mine ? "sent" : null,
      // What was said before this device was there has been read elsewhere.
      unread: !mine && (!late || atMs >= meta.number(tx, "joined_at_ms")),
      late,
    });
  }

  private mentioned(tx: Tx, { conversation, sender, content }: Incoming): readonly number[] {
    if (conversation.kind !== "group") return [];
    if (!content.mentions.includes(EVERYBODY) || this.mayCallAll(tx, conversation.groupId, sender)) {
      return content.mentions;
    }
    return content.mentions.filter((account) => account !== EVERYBODY);
  }

  ensureChat(tx: Tx, conversation: Conversation): void {
    if (conversation.chat === null) return;
    const { chat: id, groupId, person } = conversation;
    this.chats.ensure(tx, { id, groupId, person, name: "" });
  }

  private left(tx: Tx, incoming: Incoming, departure: Uint8Array | null): void {
    const { conversation, sender, atMs } = incoming;
    if (conversation.kind !== "group" || conversation.chat === null) return;
    this.ensureChat(tx, conversation);
    this.rosters.depart(tx, conversation.groupId, sender, departure);
    const id = digest("left event", incoming.contentId);
    this.chats.event(tx, conversation.chat, { what: "left", actor: sender, people: [], name: "" }, atMs, id);
    this.onLeft(tx, incoming);
  }
}
