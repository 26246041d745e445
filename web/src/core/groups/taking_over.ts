import { type ChatId, CoreError } from "../api.ts";
import { base64url, equal } from "../bytes.ts";
import { type Chats, PLAIN, touchChat } from "../chats/chats.ts";
import type { Incoming } from "../chats/receive.ts";
import { findPerson } from "../contacts/people.ts";
import { type Handed, openKeys } from "../content/handed.ts";
import { NotThere } from "../http.ts";
import { blobBytes } from "../media/blob.ts";
import { letGo } from "../media/shelf.ts";
import { Transport, until } from "../media/transport.ts";
import { openWhole } from "../media/whole.ts";
import { openBox } from "../mls/hpke.ts";
import { digest } from "../mls/suite.ts";
import type { Session } from "../session.ts";
import { blob, blobOrNull, integer, integerOrNull, type Row, type Tx, text } from "../store/store.ts";
import { Errand, pauseMs } from "../sync/errand.ts";
import { BUNDLE_BYTES_MAX, type OldMessage, unpackBundle } from "./bundle.ts";
import type { Conversation } from "./conversations.ts";
import { FILES_BYTES_MAX, notePlaces, putInPlace, withRoom } from "./enclosed.ts";
import { LATE_INFO, LATE_MS } from "./handing_over.ts";
import { mayAdd } from "./judging.ts";
import type { Standings } from "./standings.ts";

/**
 * What was said before this device's person came, from the one who brought her in [GH4], or from who wanted to [GH5].
 * It is shown as hers to vouch for; it adds what is not here, and changes nothing that is.
 */

const SLICE = 500;
const TRIES_MAX = 10;
const PROMISE_KEPT_MS = 30 * 86_400_000;
const GIVERS_MAX = 4;

/** How she came into a group: by whom, when, and with what promise. `isNew`: nobody was there before her. */
interface Coming {
  inviter: number | null;
  secret: Uint8Array | null;
  atMs: number;
  isNew: boolean;
}

/** What came is not what was said: nobody would make it right by trying again. */
class Broken extends Error {}

export class TakingOver {
  private readonly transport: Transport;
  private readonly errand = new Errand(() => this.once());

  constructor(
    private readonly session: Session,
    private readonly chats: Chats,
    private readonly standings: Standings,
  ) {
    this.transport = new Transport(session.http);
  }

  /** She is in a group: with a promise of history, or without, and then she is told that there is none. */
  came(tx: Tx, { groupId, chat }: Conversation, { inviter, secret, atMs, isNew }: Coming): void {
    tx.run("DELETE FROM handing_in WHERE group_id = ?", [groupId]);
    if (secret !== null && inviter !== null) this.promised(tx, groupId, inviter, secret, atMs);
    else if (chat !== null && !isNew) this.tellNone(tx, groupId, chat, atMs);
  }

  /** Once for each coming, above all that is said from then on; not where she has heard things before. */
  private tellNone(tx: Tx, groupId: Uint8Array, chat: ChatId, atMs: number): void {
    if (tx.one("SELECT 1 FROM message WHERE chat = ? AND sender IS NOT NULL LIMIT 1", [chat]) !== undefined) return;
    const event = { what: "history_none" as const, actor: null, people: [], name: "" };
    this.chats.event(tx, chat, event, atMs, digest("history none", groupId), { late: true });
  }

  private untellNone(tx: Tx, groupId: Uint8Array): void {
    const row = tx.one("SELECT * FROM message WHERE content_id = ?", [digest("history none", groupId)]);
    if (row !== undefined) this.chats.deleteMessage(tx, row);
  }

  /** A welcome held a promise of history. */
  promised(tx: Tx, groupId: Uint8Array, inviter: number, secret: Uint8Array, atMs: number): void {
    tx.run("DELETE FROM handing_in WHERE at_ms < ?", [Math.round(this.session.clock.now()) - PROMISE_KEPT_MS]);
    tx.run("INSERT OR REPLACE INTO handing_in (group_id, inviter, secret, at_ms) VALUES (?, ?, ?, ?)", [
      groupId,
      inviter,
      secret,
      atMs,
    ]);
  }

  /** Somebody says that she handed history over: everybody is told, and whom it is for fetches it. */
  heard(tx: Tx, { conversation, sender, atMs, contentId, late }: Incoming, handed: Handed): void {
    const { groupId, chat } = conversation;
    const standing = this.standings.find(groupId, tx);
    if (chat === null || standing === null || !mayAdd(standing, sender, sender)) return;
    this.openLate(tx, groupId, sender, handed);
    if (this.expects(tx, groupId, sender, handed)) return;
    const event = { what: "history_handed" as const, actor: sender, people: handed.to, name: String(handed.count) };
    this.chats.event(tx, chat, event, atMs, contentId, { late });
    letGo(tx, handed.blob);
    if (handed.files !== null) letGo(tx, handed.files.blob);
  }

  /** From somebody who did not bring her in, but was about to: once from each, soon after she came [GH5]. */
  private openLate(tx: Tx, groupId: Uint8Array, sender: number, { boxes }: Handed): void {
    const { accountId, account, clock } = this.session;
    const own = boxes.find(([one]) => one === accountId);
    const came = tx.one(
      "SELECT max(from_ms) AS at_ms FROM membership WHERE group_id = ? AND account = ? AND to_ms IS NULL",
      [groupId, accountId],
    );
    const atMs = came === undefined ? null : integerOrNull(came, "at_ms");
    if (own === undefined || sender === accountId || atMs === null || atMs < clock.now() - LATE_MS) return;
    const givers = tx.all("SELECT inviter FROM handing_in WHERE group_id = ?", [groupId]);
    if (givers.length >= GIVERS_MAX || givers.some((row) => integer(row, "inviter") === sender)) return;
    try {
      this.promised(tx, groupId, sender, openBox(account.boxPrivateKey, own[1], LATE_INFO), atMs);
    } catch {
      // Not sealed to her: it is for nobody here.
    }
  }

  private expects(tx: Tx, groupId: Uint8Array, sender: number, { blob: id, sealed, files }: Handed): boolean {
    const row = tx.one("SELECT * FROM handing_in WHERE group_id = ? AND inviter = ? AND blob IS NULL", [
      groupId,
      sender,
    ]);
    if (row === undefined) return false;
    const secret = blob(row, "secret");
    const keys = openKeys(secret, groupId, sealed);
    if (keys === null || keys.bytes > BUNDLE_BYTES_MAX) return false;
    tx.run(
      "UPDATE handing_in SET blob = ?, key = ?, prefix = ?, hash = ?, bytes = ? WHERE group_id = ? AND inviter = ?",
      [id, keys.key, keys.prefix, keys.hash, keys.bytes, groupId, sender],
    );
    const beside = files === null ? null : openKeys(secret, groupId, files.sealed);
    if (files !== null && (beside === null || beside.bytes > FILES_BYTES_MAX)) letGo(tx, files.blob);
    else if (files !== null && beside !== null) {
      tx.run(
        `UPDATE handing_in SET files_blob = ?, files_key = ?, files_prefix = ?, files_hash = ?, files_bytes = ?
         WHERE group_id = ? AND inviter = ?`,
        [files.blob, beside.key, beside.prefix, beside.hash, beside.bytes, groupId, sender],
      );
    }
    return true;
  }

  end(): void {
    this.errand.end();
  }

  /** Fetches what is due; call it when there is a connection. */
  tend(): void {
    this.errand.tend();
  }

  private async once(): Promise<void> {
    const { store, platform } = this.session;
    const due = "SELECT * FROM handing_in WHERE blob IS NOT NULL AND done = 0 AND retry_at_ms <= ?";
    for (const row of store.all(due, [platform.now()])) {
      try {
        const bundle = await this.fetch(row, "");
        await this.takeIn(row, await unpackBundle(blob(row, "group_id"), bundle));
      } catch (error) {
        if (this.errand.signal.aborted) return;
        store.write((tx) => this.postpone(tx, row, error));
      }
    }
  }

  private async fetch(row: Row, which: "" | "files_"): Promise<Uint8Array> {
    const bytes = integer(row, `${which}bytes`);
    const signal = until(this.errand.signal);
    const response = await this.transport.fetch(base64url(blob(row, `${which}blob`)), 0, null, signal);
    const told = response.headers.get("content-length");
    if (told !== null && Number(told) !== blobBytes(bytes)) throw new Broken();
    const sealed = new Uint8Array(await response.arrayBuffer());
    const secrets = { key: blob(row, `${which}key`), prefix: blob(row, `${which}prefix`) };
    const opened = await openWhole(secrets, bytes, sealed);
    if (opened === null || !equal(opened.hash, blob(row, `${which}hash`))) throw new Broken();
    return opened.content;
  }

  /** Null when they will not come: the messages stay as they are. */
  private async files(row: Row): Promise<Uint8Array | null> {
    if (row["files_blob"] === null) return null;
    try {
      return await this.fetch(row, "files_");
    } catch (error) {
      const hopeless = error instanceof Broken || (error instanceof NotThere && integer(row, "tries") >= TRIES_MAX);
      if (hopeless) return null;
      throw error;
    }
  }

  /** In slices, so that she can read and write meanwhile; a slice that comes twice changes nothing. */
  private async takeIn(row: Row, messages: OldMessage[]): Promise<void> {
    const { store, turn } = this.session;
    const chat = this.chatOf(row);
    if (chat === null) throw new Broken();
    for (let from = 0; from < messages.length; from += SLICE) {
      const slice = messages.slice(from, from + SLICE);
      await turn.run(async () => {
        store.write((tx) => {
          for (const message of slice) this.take(tx, row, chat, message);
        });
      });
    }
    await putInPlace(this.session, messages, integer(row, "inviter"), await this.files(row));
    await turn.run(async () => {
      store.write((tx) => this.finish(tx, row, chat));
    });
  }

  /** [GH4] */
  private take(tx: Tx, row: Row, chat: ChatId, message: OldMessage): void {
    const { contentId, sender, name, atMs, text: words, quote, edited } = message;
    const carried = withRoom(message);
    // Nobody puts words into her own mouth, nor into the time since she came.
    if (sender === this.session.accountId || atMs > integer(row, "at_ms")) return;
    const n = this.chats.add(tx, {
      ...PLAIN,
      chat,
      contentId,
      kind: carried === null ? "text" : carried.detail.kind,
      sender,
      text: words,
      carried,
      quote,
      atMs,
      state: null,
      unread: false,
      late: true,
      vouched: integer(row, "inviter"),
      named: name,
    });
    if (n === null) return;
    if (edited) tx.run("UPDATE message SET edited = 1 WHERE n = ?", [n]);
    notePlaces(tx, n, message);
    for (const { account, emoji, contentId: id, atMs: reactedMs } of message.reactions) {
      // Nobody reacts for her, nor does anybody without a name.
      if (account === this.session.accountId || findPerson(tx, account) === null) continue;
      const reaction = { target: contentId, account, emoji, contentId: id, atMs: reactedMs };
      this.chats.amend.react(tx, reaction, { vouched: true });
    }
  }

  private chatOf(row: Row): ChatId | null {
    const chat = this.session.store.one("SELECT id FROM chat WHERE group_id = ?", [blob(row, "group_id")]);
    return chat === undefined ? null : text(chat, "id");
  }

  private finish(tx: Tx, row: Row, chat: ChatId): void {
    const groupId = blob(row, "group_id");
    const inviter = integer(row, "inviter");
    this.settle(tx, row);
    const counted = tx.one("SELECT count(*) AS n FROM message WHERE chat = ? AND vouched = ?", [chat, inviter]);
    const count = integer(counted ?? { n: 0 }, "n");
    if (count === 0) return;
    this.untellNone(tx, groupId);
    const event = { what: "history_received" as const, actor: inviter, people: [], name: String(count) };
    const id = digest("history received", groupId, blob(row, "blob"));
    this.chats.event(tx, chat, event, Math.round(this.session.clock.now()), id);
    touchChat(tx, chat);
  }

  /** Nothing more is taken from this giver; what opened it is forgotten. */
  private settle(tx: Tx, row: Row): void {
    tx.run(
      `UPDATE handing_in SET done = 1, secret = x'', key = NULL, prefix = NULL, hash = NULL, files_key = NULL,
       files_prefix = NULL, files_hash = NULL WHERE group_id = ? AND inviter = ?`,
      [blob(row, "group_id"), integer(row, "inviter")],
    );
    letGo(tx, blob(row, "blob"));
    const files = blobOrNull(row, "files_blob");
    if (files !== null) letGo(tx, files);
  }

  private postpone(tx: Tx, row: Row, error: unknown): void {
    const groupId = blob(row, "group_id");
    const tries = integer(row, "tries");
    const offline = error instanceof CoreError;
    if (error instanceof Broken || (error instanceof NotThere && tries >= TRIES_MAX)) {
      this.settle(tx, row);
      const chat = this.chatOf(row);
      if (chat !== null) this.tellNone(tx, groupId, chat, integer(row, "at_ms"));
      return;
    }
    tx.run("UPDATE handing_in SET tries = ?, retry_at_ms = ? WHERE group_id = ? AND inviter = ?", [
      offline ? tries : tries + 1,
      Math.ceil(this.session.platform.now() + pauseMs(tries, this.session.platform)),
      groupId,
      integer(row, "inviter"),
    ]);
  }
}
