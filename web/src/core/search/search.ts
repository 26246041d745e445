import type { ChatId, FoundChat, FoundMessage, MessageKind, SearchAnswer, SearchFilter, SearchPart } from "../api.ts";
import type { Chats } from "../chats/chats.ts";
import { callOf } from "../chats/render.ts";
import type { Session } from "../session.ts";
import { integer, integerOrNull, type Row, text } from "../store/store.ts";
import { findFavourites } from "./favourites.ts";
import {
  type Filter,
  FOUND_MAX,
  find,
  findInChat,
  fitting,
  fittingFresh,
  fresh,
  isWhole,
  NO_FILTER,
  named,
} from "./messages.ts";
import { findGroups, findPeople, peopleThatFit } from "./names.ts";
import { Question } from "./question.ts";
import { snippet } from "./snippet.ts";
import { wordsOf } from "./words.ts";

/** Everything on this device by one question. Loaded when the first one is asked: it knows sounds and scripts. */

/** A chat with more than these says "more than". */
const COUNTED_MAX = 99;
const CHATS_READ_MAX = 80;
const READ_AT_ONCE = 50;
/** The newest by number, of which the newest by time is shown: mail that came late has a high number. */
const NEWEST_OF = 20;
const SHOWN_MAX = 500;

const NOTHING = {
  people: [],
  groups: [],
  chats: [],
  favourites: [],
  more: { people: false, groups: false, chats: false, favourites: false },
};

export class Search {
  constructor(
    private readonly session: Session,
    private readonly chats: Chats,
  ) {}

  /** At most `limit` of each; `only` leaves the others out. */
  everything(typed: string, only: SearchPart | null, wanted: number): SearchAnswer {
    const { store, accountId } = this.session;
    const question = Question.of(typed);
    const limit = Math.min(wanted, SHOWN_MAX);
    const whole = isWhole(store);
    if (question === null) return { ...NOTHING, whole };
    const asked = (what: typeof only): boolean => only === null || only === what;
    const nobody = { found: [], more: false };
    const hits = asked("people") || asked("groups") ? peopleThatFit(store, question) : [];
    const people = asked("people") ? findPeople(store, hits, accountId, limit) : nobody;
    const groups = asked("groups") ? findGroups(store, question, hits, this.chats, limit) : nobody;
    const chats = asked("messages") ? this.chatsWith(question, limit) : nobody;
    const favourites = asked("favourites") ? findFavourites(store, question, limit) : nobody;
    return {
      people: people.found,
      groups: groups.found,
      chats: chats.found,
      favourites: favourites.found,
      more: { people: people.more, groups: groups.more, chats: chats.more, favourites: favourites.more },
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
    const unindexed = fresh(store);
    const indexed = named(store, question, NO_FILTER, FOUND_MAX) ?? { numbers: [], all: false };
    if (!indexed.all) return this.chatsInTurn(question, limit, indexed.numbers, unindexed);
    const rows = [
      ...fittingFresh(unindexed, question, NO_FILTER),
      ...fitting(store, indexed.numbers, question, NO_FILTER),
    ];
    const byChat = new Map<ChatId, Row[]>();
    for (const row of rows.sort((a, b) => integer(b, "at_ms") - integer(a, "at_ms"))) {
      const chat = text(row, "chat");
      const known = byChat.get(chat);
      if (known === undefined) byChat.set(chat, [row]);
      else known.push(row);
    }
    const found = [...byChat]
      .slice(0, limit)
      .map(([chat, inChat]) => this.foundChat(question, chat, inChat, inChat.length, true));
    return { found, more: byChat.size > limit };
  }

  /** Said in very many places: the chats are asked one by one, those first in which the newest `numbers` are. */
  private chatsInTurn(
    question: Question,
    limit: number,
    numbers: number[],
    unindexed: Row[],
  ): { found: FoundChat[]; more: boolean } {
    const found: FoundChat[] = [];
    let asked = 0;
    for (const chat of this.chatsBehind(question, numbers, unindexed)) {
      if (found.length >= limit || asked >= Math.max(limit, CHATS_READ_MAX)) return { found, more: true };
      asked += 1;
      const one = this.chatWith(question, chat, unindexed);
      if (one !== null) found.push(one);
    }
    return { found, more: false };
  }

  /** All chats, each once; no more is read than is taken. */
  private *chatsBehind(question: Question, numbers: number[], unindexed: Row[]): Generator<ChatId> {
    const { store } = this.session;
    const given = new Set<ChatId>();
    const next = function* (rows: Row[], column: string): Generator<ChatId> {
      for (const row of rows) {
        const chat = text(row, column);
        if (given.has(chat)) continue;
        given.add(chat);
        yield chat;
      }
    };
    yield* next(fittingFresh(unindexed, question, NO_FILTER), "chat");
    for (let from = 0; from < numbers.length; from += READ_AT_ONCE)
      yield* next(fitting(store, numbers.slice(from, from + READ_AT_ONCE), question, NO_FILTER), "chat");
    yield* next(store.all("SELECT id FROM chat WHERE listed = 1 ORDER BY at_ms DESC"), "id");
  }

  /** Null when it was not said in this chat. */
  private chatWith(question: Question, chat: ChatId, unindexed: Row[]): FoundChat | null {
    const { store } = this.session;
    const filter = { ...NO_FILTER, chat };
    const waiting = fittingFresh(unindexed, question, filter);
    const { numbers, all } = named(store, question, filter, COUNTED_MAX) ?? { numbers: [], all: false };
    // What the index alone says exactly need not be read to be counted.
    const read = question.isExact ? numbers.slice(0, NEWEST_OF) : numbers;
    const rows = [...waiting, ...fitting(store, read, question, filter)];
    const counted = question.isExact ? waiting.length + numbers.length : rows.length;
    if (rows.length > 0) return this.foundChat(question, chat, rows, counted, all);
    if (all) return null;
    const last = findInChat(store, question, filter, null, 1); // the index named many that are not meant
    return last.rows.length === 0 ? null : this.foundChat(question, chat, last.rows, 1, !last.more);
  }

  private foundChat(question: Question, chat: ChatId, rows: Row[], counted: number, all: boolean): FoundChat {
    const [newest] = rows.sort((a, b) => integer(b, "position") - integer(a, "position"));
    const { title, people } = this.chats.head(chat);
    return {
      chat,
      title,
      people,
      count: Math.min(counted, COUNTED_MAX),
      countedAll: all && counted <= COUNTED_MAX,
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
      senderName: callOf(this.session.store, row),
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
