import {
  type ChatId,
  CoreError,
  type MessageId,
  type OutgoingFile,
  type PersonId,
  type SendableDetail,
} from "../api.ts";
import { base64, utf8 } from "../bytes.ts";
import { findPerson } from "../contacts/people.ts";
import {
  type Attachment,
  isWebAddress,
  RECORD_DEPTH_MAX,
  RECORD_ITEMS_MAX,
  type RecordItem,
  STICKER_BYTES_MAX,
  type StoredDetail,
  THUMB_BYTES_MAX,
} from "../content/details.ts";
import { NOTHING, nudgeBody, textBody, timerBody } from "../content/kinds.ts";
import { staysInItsChat } from "../content/money.ts";
import type { Media, Parcel, Source } from "../media/media.ts";
import { attachmentsIn } from "../media/shelf.ts";
import type { Session } from "../session.ts";
import { blob, blobOrNull, integer, type Row, text } from "../store/store.ts";
import { isEmoji } from "./amend.ts";
import type { Chats } from "./chats.ts";
import { CHANGEABLE_MS, callOf, storedDetail, thumbOf } from "./render.ts";
import { type Saying, type Sending, sayingOf, senderOf } from "./sending.ts";

/** What a person does with messages that are there: answer, change, take back, react, pass on. */

const TEXT_BYTES_MAX = 200 * 1024;
const TIMER_S_MAX = 366 * 86_400;
const NOT_PASSED_ON = ["event", "recalled", "unknown"];

export class Acts {
  constructor(
    private readonly session: Session,
    private readonly chats: Chats,
    private readonly sending: Sending,
    private readonly media: Media,
  ) {}

  async send(chat: ChatId, words: string, quote: MessageId | null, mentions: PersonId[]): Promise<MessageId> {
    return this.sending.send(chat, {
      text: words,
      carried: null,
      quote: this.quoted(quote),
      mentions: mentions.map(Number),
    });
  }

  async sendDetail(chat: ChatId, wanted: SendableDetail, quote: MessageId | null): Promise<MessageId> {
    const carried = { detail: this.detailOf(wanted), thumb: null };
    return this.sending.send(chat, { text: "", carried, quote: this.quoted(quote), mentions: [] });
  }

  /** Throws CoreError sticker_too_large, and as Media.send does. */
  async sendFiles(chat: ChatId, files: OutgoingFile[], quote: MessageId | null): Promise<MessageId[]> {
    const isTooLarge = files.some(({ kind, content }) => kind === "sticker" && content.size > STICKER_BYTES_MAX);
    if (isTooLarge) throw new CoreError("sticker_too_large");
    const quoted = this.quoted(quote);
    const parcels = files.map(({ content, thumb, ...told }) => {
      const detail: Attachment = { ...told, ...UNSEALED, bytes: content.size };
      const saying = { text: "", carried: { detail, thumb: fitting(thumb) }, quote: quoted, mentions: [] };
      return { saying, sources: [{ path: "", content }] };
    });
    return this.media.send(chat, parcels);
  }

  private detailOf(wanted: SendableDetail): StoredDetail {
    switch (wanted.kind) {
      case "location":
        return wanted;
      case "link":
        if (!isWebAddress(wanted.url)) throw new CoreError("unexpected");
        return wanted;
      case "card": {
        const person = findPerson(this.session.store, Number(wanted.person));
        if (person === null) throw new CoreError("person_unknown");
        return { kind: "card", account: person.account, name: person.name };
      }
    }
  }

  private quoted(quote: MessageId | null): Uint8Array | null {
    if (quote === null) return null;
    const row = this.find(quote);
    return row === null ? null : blobOrNull(row, "content_id");
  }

  private find(id: MessageId): Row | null {
    return this.session.store.one("SELECT * FROM message WHERE n = ?", [Number(id)]) ?? null;
  }

  /** An own message that may still be changed. Throws CoreError too_late. */
  private changeable(id: MessageId): Row {
    const row = this.find(id);
    const now = this.session.clock.now();
    const mine = row !== null && senderOf(row) === this.session.accountId;
    if (!mine || row["content_id"] === null || integer(row, "at_ms") + CHANGEABLE_MS < now) {
      throw new CoreError("too_late");
    }
    return row;
  }

  async edit(id: MessageId, words: string): Promise<void> {
    const row = this.changeable(id);
    if (text(row, "kind") !== "text") throw new CoreError("too_late");
    if (utf8(words).length > TEXT_BYTES_MAX) throw new CoreError("too_long");
    await this.replace(row, words);
  }

  async recall(id: MessageId): Promise<void> {
    await this.replace(this.changeable(id), null);
  }

  private async replace(row: Row, words: string | null): Promise<void> {
    const target = blob(row, "content_id");
    const body = words === null ? NOTHING : textBody(words);
    await this.sending.tell(text(row, "chat"), body, { replaces: target }, (tx, { sentAtMs }) =>
      this.chats.amend.replace(tx, { target, account: this.session.accountId, text: words, atMs: sentAtMs }),
    );
  }

  async react(id: MessageId, emoji: string, on: boolean): Promise<void> {
    const row = this.find(id);
    if (row === null || row["content_id"] === null || !isEmoji(emoji)) throw new CoreError("unexpected");
    const target = blob(row, "content_id");
    const account = this.session.accountId;
    const said = this.chats.amend.reactionId(target, account, emoji);
    if (on === (said !== null)) return;
    const chat = text(row, "chat");
    if (said === null) {
      await this.sending.tell(chat, textBody(emoji), { inReplyTo: target, isReaction: true }, (tx, composed) =>
        this.chats.amend.react(tx, {
          target,
          account,
          emoji,
          contentId: composed.contentId,
          atMs: composed.sentAtMs,
        }),
      );
    } else {
      await this.sending.tell(chat, NOTHING, { replaces: said, isReaction: true }, (tx, { sentAtMs }) =>
        this.chats.amend.replace(tx, { target: said, account, text: null, atMs: sentAtMs }),
      );
    }
  }

  async nudge(chat: ChatId, person: PersonId): Promise<void> {
    const account = Number(person);
    await this.sending.tell(chat, nudgeBody(account), {}, (tx, { contentId, sentAtMs }) =>
      this.chats.event(
        tx,
        chat,
        { what: "nudged", actor: this.session.accountId, people: [account], name: "" },
        sentAtMs,
        contentId,
      ),
    );
  }

  /** New messages of the chat disappear for everybody after so long. */
  async setTimer(chat: ChatId, seconds: number): Promise<void> {
    if (!Number.isSafeInteger(seconds) || seconds < 0 || seconds > TIMER_S_MAX) throw new CoreError("unexpected");
    await this.sending.tell(chat, timerBody(seconds), {}, (tx, { contentId, sentAtMs }) => {
      if (!this.chats.setTimer(tx, chat, seconds)) return;
      const actor = this.session.accountId;
      this.chats.event(tx, chat, { what: "timer_set", actor, people: [], name: String(seconds) }, sentAtMs, contentId);
    });
  }

  /** Messages that can be passed on, in the order they were said. */
  private passable(ids: MessageId[]): Row[] {
    const rows = ids.map((id) => this.find(id)).filter((row): row is Row => row !== null);
    const kinds = rows.filter(
      (row) => !NOT_PASSED_ON.some((kind) => kind === text(row, "kind")) && !staysInItsChat(text(row, "kind")),
    );
    return kinds.sort((a, b) => integer(a, "position") - integer(b, "position")).slice(0, RECORD_ITEMS_MAX);
  }

  async forward(ids: MessageId[], chats: ChatId[], mergedAs: string | null): Promise<void> {
    const rows = this.passable(ids);
    if (rows.length === 0) return;
    for (const chat of chats) this.sending.open(chat);
    const parcels =
      mergedAs === null
        ? await Promise.all(rows.map((row) => this.parcel(passedOn(sayingOf(row)), (path) => [row, path])))
        : [await this.parcel(this.record(rows, mergedAs), (path) => lineOf(rows, path))];
    for (const chat of chats) {
      for (const parcel of parcels) {
        if (parcel.sources.length > 0) await this.media.send(chat, [parcel]);
        else await this.sending.send(chat, parcel.saying);
      }
    }
  }

  /** What is passed on with its files, which go out anew for the other chat; in a record those that are gone are left out. */
  private async parcel(saying: Saying, originOf: (path: string) => Origin): Promise<Parcel> {
    const sources: Source[] = [];
    const detail = saying.carried?.detail;
    for (const { path } of detail === undefined ? [] : attachmentsIn(detail)) {
      const [row, there] = originOf(path);
      if (row === undefined) continue;
      try {
        sources.push({ path, content: await this.media.open(String(integer(row, "n")), there) });
      } catch (error) {
        if (detail?.kind !== "record") throw error;
      }
    }
    return { saying, sources };
  }

  private record(rows: Row[], title: string): Saying {
    const items = rows.map((row) => this.recordItem(row));
    return { text: "", carried: { detail: { kind: "record", title, items }, thumb: null }, quote: null, mentions: [] };
  }

  private recordItem(row: Row): RecordItem {
    const thumb = blobOrNull(row, "thumb");
    const detail = storedDetail(row);
    const deep = detail !== null && depthOf(detail) >= RECORD_DEPTH_MAX - 1;
    return {
      sender: callOf(this.session.store, row),
      atMs: integer(row, "at_ms"),
      text: text(row, "text"),
      detail: deep && detail.kind === "record" ? { ...detail, items: [] } : detail,
      thumb: thumb === null ? "" : base64(thumb),
    };
  }

  thumbnail(id: MessageId, path: string | null): Uint8Array | null {
    const row = this.find(id);
    return row === null ? null : thumbOf(row, path);
  }
}

/** Where a file that is passed on lies: at a path of a stored message. */
type Origin = [Row | undefined, string];

function lineOf(rows: Row[], path: string): Origin {
  const [line = "", ...inner] = path.split(".");
  return [rows[Number(line)], inner.join(".")];
}

/** Until the file's blob is made. */
const UNSEALED = { blob: "", key: "", nonce: "", hash: "", expiresS: 0 } as const;

function fitting(thumb: Uint8Array | null): Uint8Array | null {
  return thumb !== null && thumb.length <= THUMB_BYTES_MAX ? thumb : null;
}

/** Who was called by the first message is not called by its copy, nor is what it answered there. */
function passedOn(saying: Saying): Saying {
  return { ...saying, quote: null, mentions: [] };
}

function depthOf(detail: StoredDetail): number {
  if (detail.kind !== "record") return 0;
  return 1 + Math.max(0, ...detail.items.map((item) => (item.detail === null ? 0 : depthOf(item.detail))));
}
