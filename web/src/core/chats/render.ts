import type { Detail, Mention, Message, MessageKind, Quote, Reaction, RecordedMessage, SendState } from "../api.ts";
import { fromBase64 } from "../bytes.ts";
import { findPerson, shownName } from "../contacts/people.ts";
import { EVERYBODY } from "../content/content.ts";
import type { RecordItem, StoredDetail } from "../content/details.ts";
import { nicknameIn } from "../groups/nicknames.ts";
import type { Session } from "../session.ts";
import { blobOrNull, integer, integerOrNull, type Reader, type Row, text, textOrNull } from "../store/store.ts";
import { renderEvent, type StoredEvent } from "./events.ts";

/** A stored message as the app sees it: names of today, and nothing of keys. */

export const CHANGEABLE_MS = 2 * 60_000;
const QUOTE_CHARACTERS_MAX = 120;

export function renderMessage(session: Session, row: Row): Message {
  const { store, accountId } = session;
  const sender = integerOrNull(row, "sender");
  const event = textOrNull(row, "event");
  const mine = sender === accountId;
  const atMs = integer(row, "at_ms");
  const called = calledBy(row);
  const vouched = integerOrNull(row, "vouched");
  return {
    id: String(integer(row, "n")),
    chat: text(row, "chat"),
    kind: text(row, "kind") as MessageKind,
    sender: sender === null ? null : String(sender),
    senderName: senderNameOf(session, row),
    vouchedBy: vouched === null ? null : shownName(store, vouched),
    mine,
    text: text(row, "text"),
    event: event === null ? null : renderEvent(store, JSON.parse(event) as StoredEvent),
    detail: renderDetail(row),
    quote: quoteOf(session, row),
    reactions: reactionsOf(session, row),
    mentions: mentionsOf(session, called),
    callsMe: !mine && (called.includes(EVERYBODY) || called.includes(accountId)),
    edited: integer(row, "edited") === 1,
    changeableUntilMs: mine ? atMs + CHANGEABLE_MS : null,
    expiresAtMs: integerOrNull(row, "expires_at_ms"),
    atMs,
    state: textOrNull(row, "state") as SendState | null,
    order: integer(row, "position"),
  };
}

/** Her nickname in the group, or what she is called everywhere. */
function senderNameOf({ store }: Session, row: Row): string {
  const sender = integerOrNull(row, "sender");
  return (sender === null ? "" : nicknameIn(store, text(row, "chat"), sender)) || callOf(store, row);
}

/** What the reader calls the sender, or what she was called by who passed the message on; "" for events. */
export function callOf(reader: Reader, row: Row): string {
  const sender = integerOrNull(row, "sender");
  return (sender === null ? "" : shownName(reader, sender)) || (textOrNull(row, "named") ?? "");
}

function calledBy(row: Row): number[] {
  const mentions = textOrNull(row, "mentions");
  return mentions === null ? [] : (JSON.parse(mentions) as number[]);
}

function mentionsOf({ store }: Session, accounts: number[]): Mention[] {
  return accounts.map((account) => ({ id: String(account), name: findPerson(store, account)?.name ?? "" }));
}

/** Null when there is none. */
export function storedDetail(row: Row): StoredDetail | null {
  const detail = textOrNull(row, "detail");
  return detail === null ? null : (JSON.parse(detail) as StoredDetail);
}

export function renderDetail(row: Row): Detail | null {
  const detail = storedDetail(row);
  return detail === null ? null : detailView(detail, row["thumb"] instanceof Uint8Array, "");
}

function detailView(detail: StoredDetail, hasThumb: boolean, path: string): Detail {
  switch (detail.kind) {
    case "location":
      return detail;
    case "card":
      return { kind: "card", person: String(detail.account), name: detail.name };
    case "link":
      return { ...detail, hasThumb };
    case "packet":
      return { kind: "packet", greeting: detail.greeting, mineMinor: detail.mineMinor };
    case "transfer":
      return {
        kind: "transfer",
        act: detail.id,
        words: detail.words,
        payee: detail.payee ? String(detail.payee) : null,
      };
    case "collection":
      return { kind: "collection", act: detail.id, title: detail.title, split: detail.split };
    case "help":
      return { kind: "help", request: detail.session };
    case "record":
      return {
        kind: "record",
        title: detail.title,
        items: detail.items.map((item, i) => itemView(item, `${path}${i}`)),
      };
    default: {
      const { kind, name, type, bytes, width, height, ms, wave } = detail;
      return { kind, name, type, bytes, width, height, ms, wave, hasThumb };
    }
  }
}

function itemView(item: RecordItem, path: string): RecordedMessage {
  const { sender, atMs, text: words, detail, thumb } = item;
  const view = detail === null ? null : detailView(detail, thumb !== "", `${path}.`);
  return { sender, atMs, text: words, detail: view, path };
}

/** The line of a record at `path` ("2.0"): the first line of the record in its third. */
function itemAt(detail: StoredDetail, path: string): RecordItem | null {
  let inner: StoredDetail | null = detail;
  let item: RecordItem | null = null;
  for (const step of path.split(".")) {
    if (inner?.kind !== "record") return null;
    item = inner.items[Number(step)] ?? null;
    inner = item?.detail ?? null;
  }
  return item;
}

/** The small picture of a message or favourite, or of the line at `path` of its record. */
export function thumbOf(row: Row, path: string | null): Uint8Array | null {
  if (path === null) return blobOrNull(row, "thumb");
  const detail = storedDetail(row);
  const item = detail === null ? null : itemAt(detail, path);
  return item === null || item.thumb === "" ? null : fromBase64(item.thumb);
}

function quoteOf({ store }: Session, row: Row): Quote | null {
  const quote = row["quote"];
  if (!(quote instanceof Uint8Array)) return null;
  const quoted = store.one("SELECT n, kind, sender, named, text FROM message WHERE content_id = ?", [quote]);
  if (quoted === undefined) return { id: null, sender: "", kind: "unknown", text: "" };
  return {
    id: String(integer(quoted, "n")),
    sender: callOf(store, quoted),
    kind: text(quoted, "kind") as MessageKind,
    text: [...text(quoted, "text")].slice(0, QUOTE_CHARACTERS_MAX).join(""),
  };
}

function reactionsOf({ store, accountId }: Session, row: Row): Reaction[] {
  const contentId = row["content_id"];
  if (!(contentId instanceof Uint8Array)) return [];
  const found = new Map<string, Reaction>();
  for (const one of store.all("SELECT emoji, account FROM reaction WHERE target = ? ORDER BY at_ms", [contentId])) {
    const emoji = text(one, "emoji");
    const account = integer(one, "account");
    const reaction = found.get(emoji) ?? { emoji, people: [], mine: false };
    reaction.people.push(shownName(store, account));
    reaction.mine ||= account === accountId;
    found.set(emoji, reaction);
  }
  return [...found.values()];
}
