import type { ChatId, FoundChat, FoundMessage, MessageKind, SearchAnswer, SearchFilter } from "../api.ts";
import type { Chats } from "../chats/chats.ts";
import { shownName } from "../contacts/people.ts";
import type { Session } from "../session.ts";
import { integer, integerOrNull, type Row, text } from "../store/store.ts";
import { count, type Filter, find, findInChat, isSaidOften, isWhole, NO_FILTER } from "./messages.ts";
import { findGroups, findPeople } from "./names.ts";
import { Question } from "./question.ts";
import { snippet } from "./snippet.ts";
import { wordsOf } from "./words.ts";

/** Everything on this device by one question. Loaded when the first one is asked: it knows sounds and scripts. */

/** A chat with more than these says "more than". */
const COUNTED_MAX = 99;
const CHATS_READ_MAX = 80;
/** The newest by number, of which the newest by time is shown: mail that came late has a high number. */
const NEWEST_OF = 20;
const SHOWN_MAX = 500;

export class Search {
  constructor(
    private readonly session: Session,
    private readonly chats: Chats,
  ) {}

  /** At most `limit` of each; `only` leaves the others out. */
  everything(typed: string, only: "people" | "groups" | "messages" | null, wanted: number): SearchAnswer {
    const { store, accountId } = this.session;
    const question = Question.of(typed);
    const limit = Math.min(wanted, SHOWN_MAX);
    const whole = isWhole(store);
    const none = { people: [], groups: [], chats: [] };
    if (question === null) return { ...none, more: { people: false, groups: false, chats: false }, whole };
    const asked = (what: typeof only): boolean => only === null || only === what;
    const people = asked("people") ? findPeople(store, question, accountId) : [];
    const groups = asked("groups") ? findGroups(store, question, this.chats) : [];
    const chats = asked("messages") ? this.chatsWith(question, limit) : { found: [], more: false };
    return {
      people: people.slice(0, limit),
      groups: groups.slice(0, limit),
      chats: chats.found,
      more: { people: people.length > limit, groups: groups.length > limit, chats: chats.more },
      whole,
    };
  }

  /** Messages one by one: of one chat downwards in time from `before`, or of all, the newest first. */
  messages(
    typed: string,
    filter: SearchFilter,
    before: number | null,
    wanted: number,
  ): { messages: FoundMessage[]; more: boolean } {
    const { store } = this.session;
    const limit = Math.min(wanted, SHOWN_MAX);
    const question = Question.of(typed);
    const narrowed = filterOf(filter);
    const { chat } = narrowed;
    const found =
      chat === null
        ? this.everywhere(question, narrowed, limit)
        : findInChat(store, question, { ...narrowed, chat }, before, limit);
    const title = chat === null ? undefined : this.chats.head(chat).title;
    return { messages: found.rows.map((row) => this.shown(question, row, title)), more: found.more };
  }

  private everywhere(question: Question | null, filter: Filter, limit: number): { rows: Row[]; more: boolean } {
    const { rows, all } = find(this.session.store, question, filter);
    const sorted = rows.sort((a, b) => integer(b, "at_ms") - integer(a, "at_ms"));
    return { rows: sorted.slice(0, limit), more: sorted.length > limit || !all };
  }

  /** Chats in which it was said, the last one first. */
  private chatsWith(question: Question, limit: number): { found: FoundChat[]; more: boolean } {
    const { store } = this.session;
    if (isSaidOften(store, question)) return this.chatsInTurn(question, limit);
    const { rows } = find(store, question, NO_FILTER);
    const byChat = new Map<ChatId, Row[]>();
    for (const row of rows.sort((a, b) => integer(b, "at_ms") - integer(a, "at_ms"))) {
      const chat = text(row, "chat");
      const known = byChat.get(chat);
      if (known === undefined) byChat.set(chat, [row]);
      else known.push(row);
    }
    const found = [...byChat]
      .slice(0, limit)
      .map(([chat, inChat]) => this.foundChat(question, chat, inChat, inChat.length));
    return { found, more: byChat.size > limit };
  }

  /** Said in very many places: the chats are asked one by one, the last one first. */
  private chatsInTurn(question: Question, limit: number): { found: FoundChat[]; more: boolean } {
    const { store } = this.session;
    const chats = store.all("SELECT id FROM chat WHERE listed = 1 ORDER BY at_ms DESC");
    const found: FoundChat[] = [];
    for (const [place, row] of chats.entries()) {
      const filter = { ...NO_FILTER, chat: text(row, "id") };
      const counted = count(store, question, filter, COUNTED_MAX);
      const rows = counted === 0 ? [] : this.newestIn(question, filter, counted);
      if (rows.length > 0) found.push(this.foundChat(question, filter.chat, rows, counted ?? rows.length));
      const enough = found.length >= limit || place + 1 >= Math.max(limit, CHATS_READ_MAX);
      if (enough) return { found, more: place + 1 < chats.length };
    }
    return { found, more: false };
  }

  /** Those by which the chat is shown, and counted where the index could not say how many there are. */
  private newestIn(question: Question, filter: Filter & { chat: ChatId }, counted: number | null): Row[] {
    const { store } = this.session;
    const { rows, all } = find(store, question, filter, counted === null ? COUNTED_MAX + 1 : NEWEST_OF);
    if (rows.length > 0 || all) return rows;
    return findInChat(store, question, filter, null, 1).rows; // the index named many that are not meant
  }

  private foundChat(question: Question, chat: ChatId, rows: Row[], counted: number): FoundChat {
    const [newest] = rows.sort((a, b) => integer(b, "position") - integer(a, "position"));
    const { title, people } = this.chats.head(chat);
    return {
      chat,
      title,
      people,
      count: Math.min(counted, COUNTED_MAX),
      countedAll: counted <= COUNTED_MAX,
      newest: this.shown(question, newest ?? {}, title),
    };
  }

  private shown(question: Question | null, row: Row, title?: string): FoundMessage {
    const sender = integerOrNull(row, "sender");
    const chat = text(row, "chat");
    return {
      id: String(integer(row, "n")),
      chat,
      chatTitle: title ?? this.chats.head(chat).title,
      order: integer(row, "position"),
      kind: text(row, "kind") as MessageKind,
      sender: sender === null ? null : String(sender),
      senderName: sender === null ? "" : shownName(this.session.store, sender),
      mine: sender === this.session.accountId,
      atMs: integer(row, "at_ms"),
      words: snippet(question, wordsOf(row)),
    };
  }
}

function filterOf({ chat, person, kinds, fromMs, toMs }: SearchFilter): Filter {
  return {
    chat: chat ?? null,
    person: person === undefined || person === null ? null : Number(person),
    kinds: kinds ?? [],
    fromMs: fromMs ?? null,
    toMs: toMs ?? null,
  };
}
