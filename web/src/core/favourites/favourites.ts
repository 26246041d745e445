import { type ChatId, CoreError, type Favourite, type FavouriteId, type MessageId, type MessageKind } from "../api.ts";
import { fromHex, hex, random } from "../bytes.ts";
import type { Chats } from "../chats/chats.ts";
import { renderDetail, storedDetail, thumbOf } from "../chats/render.ts";
import { bodyOf, type Saying, type Sending, sayingOf, senderOf } from "../chats/sending.ts";
import { shownName } from "../contacts/people.ts";
import type { StoredDetail } from "../content/details.ts";
import { parseKind } from "../content/kinds.ts";
import type { Sync } from "../devices/sync.ts";
import type { Media } from "../media/media.ts";
import type { Session } from "../session.ts";
import { blob, blobOrNull, integer, integerOrNull, type Reader, type Row, type Tx, text } from "../store/store.ts";
import type { Outbox } from "../sync/outbox.ts";
import { KeptFiles, nameOf } from "./files.ts";
import { FAVOURITE_ID_BYTES, favouritesBody, type ToldFavourite } from "./wire.ts";

/** 收藏: what she keeps of messages, on all her own devices and nowhere else [FA1]. */

const TELLING_BYTES_MAX = 160 * 1024;
/** Neither told by a person nor understood, or money: there is nothing to keep. */
const NOT_KEPT: readonly string[] = ["event", "recalled", "unknown", "packet", "transfer", "collection"];

export class Favourites {
  readonly files: KeptFiles;
  /** Of the one file of a favourite: whether it is on another own device, and how much of it has come. */
  elsewhere: (name: string) => Favourite["elsewhere"] = () => null;

  constructor(
    private readonly session: Session,
    private readonly chats: Chats,
    private readonly sending: Sending,
    private readonly outbox: Outbox,
    private readonly sync: Sync,
    private readonly media: Media,
  ) {
    this.files = new KeptFiles(session, media);
  }

  /**
   * Keeps copies of messages with their files; what shall disappear is not kept.
   * Throws CoreError: offline, media_gone, media_broken, storage_full.
   */
  async keep(ids: MessageId[]): Promise<void> {
    const made: { id: Uint8Array; row: Row }[] = [];
    const rows = ids
      .map((id) => this.session.store.one("SELECT * FROM message WHERE n = ? AND expires_at_ms IS NULL", [Number(id)]))
      .filter((row): row is Row => row !== undefined && !NOT_KEPT.includes(text(row, "kind")));
    try {
      for (const row of rows) {
        const id = random(FAVOURITE_ID_BYTES);
        made.push({ id, row });
        const detail = storedDetail(row);
        if (detail !== null) await this.files.keep(id, integer(row, "n"), detail);
      }
      await this.change(() => made.map(({ id, row }) => this.toldOf(id, row, text(row, "chat"))));
    } catch (error) {
      for (const { id } of made) await this.files.remove(id);
      throw error;
    }
  }

  private toldOf(id: Uint8Array, row: Row, chat: ChatId): ToldFavourite {
    return {
      id,
      atMs: Math.round(this.session.clock.now()),
      saidMs: integer(row, "at_ms"),
      sender: senderOf(row),
      source: this.chats.summary(chat)?.title ?? "",
      content: bodyOf(sayingOf(row)),
    };
  }

  async drop(ids: FavouriteId[]): Promise<void> {
    await this.change(() => ids.map((id) => gone(fromHex(id))));
    for (const id of ids) await this.files.remove(fromHex(id));
  }

  /** Stores what is to be, and tells the own other devices; the counter of the self group needs a turn. */
  private async change(make: (tx: Tx) => ToldFavourite[]): Promise<void> {
    await this.session.turn.run(async () => {
      this.session.store.write((tx) => {
        const told = make(tx);
        for (const one of told) this.takeOne(tx, one);
        if (this.sync.isAlone) return;
        this.tell(tx, told);
        for (const { id } of told) this.files.offer(tx, id, detailOf(tx, id));
      });
    });
  }

  private tell(tx: Tx, told: ToldFavourite[]): void {
    let bunch: ToldFavourite[] = [];
    let bytes = 0;
    const send = (): void => {
      if (bunch.length > 0) this.outbox.say(tx, this.session.selfGroupId, favouritesBody(bunch));
    };
    for (const one of told) {
      const size = 200 + (one.content?.body.length ?? 0);
      if (bytes + size > TELLING_BYTES_MAX) {
        send();
        bunch = [];
        bytes = 0;
      }
      bunch.push(one);
      bytes += size;
    }
    send();
  }

  /** A new own device, or one that was away too long, is told of all that is kept. Call in a turn. */
  tellAll(tx: Tx): void {
    const rows = tx.all("SELECT * FROM favourite ORDER BY at_ms");
    this.tell(tx, rows.map(toldAgain));
  }

  /** Another own device tells; the same favourite twice is one, and what is gone stays gone. */
  takeIn(tx: Tx, told: ToldFavourite[]): void {
    const nowMs = this.session.clock.now();
    for (const one of told) {
      const known = tx.one("SELECT 1 FROM favourite WHERE id = ?", [one.id]) !== undefined;
      this.takeOne(tx, one);
      if (!known) this.files.await(tx, one.id, detailOf(tx, one.id), nowMs, new Set());
    }
  }

  private takeOne(tx: Tx, { id, atMs, saidMs, sender, source, content }: ToldFavourite): void {
    tx.touch("favourites");
    if (content === null) {
      this.files.forget(tx, id);
      tx.run(
        `INSERT INTO favourite (id, at_ms, said_ms, sender, source, kind, text, words, gone) VALUES (?, ?, 0, NULL, '', 'text', '', '', 1)
         ON CONFLICT (id) DO UPDATE SET gone = 1, text = '', detail = NULL, thumb = NULL, words = '', source = ''`,
        [id, atMs],
      );
      return;
    }
    const kind = parseKind(content.type, content.body);
    if (kind.kind !== "text" && kind.kind !== "detail") return;
    const carried = kind.kind === "detail" ? kind.carried : null;
    const said = kind.kind === "text" ? kind.text : "";
    tx.run(
      `INSERT OR IGNORE INTO favourite (id, at_ms, said_ms, sender, source, kind, text, detail, thumb, words)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      [
        id,
        atMs,
        saidMs,
        sender,
        source,
        carried?.detail.kind ?? "text",
        said,
        carried === null ? null : JSON.stringify(carried.detail),
        carried?.thumb ?? null,
        searched([said, source, ...wordsOf(carried?.detail ?? null)]),
      ],
    );
  }

  list(kinds: readonly MessageKind[], query: string, limit: number): { favourites: Favourite[]; more: boolean } {
    const wanted = query.trim();
    const ofKind = kinds.length === 0 ? "" : `AND kind IN (${kinds.map(() => "?").join(", ")})`;
    const rows = this.session.store.all(
      `SELECT * FROM favourite WHERE gone = 0 AND instr(words, ?) > 0 ${ofKind} ORDER BY at_ms DESC, id LIMIT ?`,
      [searched([wanted]), ...kinds, limit + 1],
    );
    return { favourites: rows.slice(0, limit).map((row) => this.view(row)), more: rows.length > limit };
  }

  private view(row: Row): Favourite {
    const sender = integerOrNull(row, "sender");
    return {
      id: hex(blob(row, "id")),
      kind: text(row, "kind") as MessageKind,
      text: text(row, "text"),
      detail: renderDetail(row),
      senderName: sender === null ? "" : shownName(this.session.store, sender),
      source: text(row, "source"),
      atMs: integer(row, "at_ms"),
      elsewhere: this.elsewhere(nameOf(blob(row, "id"), "")),
    };
  }

  private find(id: FavouriteId): Row | undefined {
    return this.session.store.one("SELECT * FROM favourite WHERE id = ? AND gone = 0", [fromHex(id)]);
  }

  one(id: FavouriteId): Favourite | null {
    const row = this.find(id);
    return row === undefined ? null : this.view(row);
  }

  /**
   * What a photo, a video, a voice message or a file holds, or that of line `path` of a record, from another own device
   * if need be.
   * Throws CoreError: media_gone, elsewhere, offline, storage_full.
   */
  async content(id: FavouriteId, path: string): Promise<Blob> {
    const row = this.find(id);
    const detail = row === undefined ? null : storedDetail(row);
    if (detail === null) throw new CoreError("media_gone");
    return this.files.content(fromHex(id), detail, path);
  }

  thumbnail(id: FavouriteId, path: string | null): Uint8Array | null {
    const row = this.find(id);
    return row === undefined ? null : thumbOf(row, path);
  }

  /** Its files go anew, for the blobs that it was kept with are gone. Throws as `content` and Media.send do. */
  async send(chat: ChatId, id: FavouriteId): Promise<MessageId> {
    const row = this.find(id);
    if (row === undefined) throw new CoreError("unexpected");
    const parcel = await this.files.parcel(fromHex(id), kept(row));
    if (parcel.sources.length === 0) return this.sending.send(chat, parcel.saying);
    const [sent = ""] = await this.media.send(chat, [parcel]);
    return sent;
  }
}

function detailOf(reader: Reader, id: Uint8Array): StoredDetail | null {
  const row = reader.one("SELECT detail FROM favourite WHERE id = ? AND gone = 0", [id]);
  return row === undefined ? null : storedDetail(row);
}

function kept(row: Row): Saying {
  const detail = storedDetail(row);
  const carried = detail === null ? null : { detail, thumb: blobOrNull(row, "thumb") };
  return { text: text(row, "text"), carried, quote: null, mentions: [] };
}

function gone(id: Uint8Array): ToldFavourite {
  return { id, atMs: 0, saidMs: 0, sender: null, source: "", content: null };
}

function toldAgain(row: Row): ToldFavourite {
  const id = blob(row, "id");
  if (integer(row, "gone") === 1) return gone(id);
  return {
    id,
    atMs: integer(row, "at_ms"),
    saidMs: integer(row, "said_ms"),
    sender: integerOrNull(row, "sender"),
    source: text(row, "source"),
    content: bodyOf(kept(row)),
  };
}

function wordsOf(detail: ReturnType<typeof storedDetail>): string[] {
  if (detail === null) return [];
  const named = "name" in detail ? [detail.name] : [];
  if (detail.kind === "link") return [detail.title, detail.summary, detail.url];
  if (detail.kind !== "record") return named;
  return [detail.title, ...detail.items.flatMap((item) => [item.sender, item.text, ...wordsOf(item.detail)])];
}

/** Small letters, full-width ones as plain ones: as it is stored and as it is looked for. */
function searched(words: string[]): string {
  return words.join("\n").normalize("NFKC").toLowerCase();
}
