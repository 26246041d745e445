import { CoreError, type MessageId, type Sticker, type StickerId } from "../api.ts";
import { equal, fromHex, hex } from "../bytes.ts";
import { STICKER_BYTES_MAX } from "../content/details.ts";
import type { Sync } from "../devices/sync.ts";
import { forget, miss, offer } from "../following/lists.ts";
import { followingBody, type ToldSticker } from "../following/wire.ts";
import type { Media } from "../media/media.ts";
import { attachmentOf } from "../media/shelf.ts";
import { digest } from "../mls/suite.ts";
import type { Session } from "../session.ts";
import { blob, blobOrNull, integer, type Reader, type Row, type Tx, text } from "../store/store.ts";
import type { Outbox } from "../sync/outbox.ts";

/**
 * Her own stickers: each kept once, what she kept or put forward last first, and the same on all her own devices [FA2].
 * Their bytes are rows of the store, not files beside it, because they are small and belong to the backup.
 */

const STICKERS_MAX = 300;
const ALL_BYTES_MAX = 32 * 1024 * 1024;
/** Those taken out are among them. */
const KNOWN_MAX = 3_000;
/** With small pictures of at most 32 KiB: one message of a size that passes. */
const TOLD_AT_ONCE = 20;
const HERE = "position > gone_ms AND length(content) > 0";
const TYPES = /^image\/(png|jpeg|webp|gif)$/;

export interface NewSticker {
  content: Blob;
  width: number;
  height: number;
  thumb: Uint8Array | null;
}

export class Stickers {
  constructor(
    private readonly session: Session,
    private readonly media: Media,
    private readonly outbox: Outbox,
    private readonly sync: Sync,
  ) {}

  list(): Sticker[] {
    const here = `SELECT id, type, width, height FROM sticker WHERE ${HERE} ORDER BY position DESC, id LIMIT ?`;
    return this.session.store.all(here, [STICKERS_MAX]).map(shown);
  }

  /** The same picture again only comes forward. Throws CoreError: sticker_too_large, stickers_full. */
  async add({ content, width, height, thumb }: NewSticker): Promise<void> {
    if (content.size > STICKER_BYTES_MAX) throw new CoreError("sticker_too_large");
    if (!TYPES.test(content.type)) throw new CoreError("unexpected");
    const bytes = new Uint8Array(await content.arrayBuffer());
    const id = digest(bytes);
    this.session.store.write((tx) => {
      if (tx.one(`SELECT 1 FROM sticker WHERE id = ? AND ${HERE}`, [id]) === undefined) {
        const kept =
          tx.one(`SELECT count(*) AS n, ifnull(sum(length(content)), 0) AS bytes FROM sticker WHERE ${HERE}`) ?? {};
        const isFull = integer(kept, "n") >= STICKERS_MAX || integer(kept, "bytes") + bytes.length > ALL_BYTES_MAX;
        if (isFull) throw new CoreError("stickers_full");
        tx.run(
          `INSERT INTO sticker (id, type, width, height, content, thumb, position) VALUES (?, ?, ?, ?, ?, ?, 0)
           ON CONFLICT (id) DO UPDATE SET type = excluded.type, width = excluded.width, height = excluded.height,
           content = excluded.content, thumb = excluded.thumb`,
          [id, content.type, width, height, bytes, thumb],
        );
        forget(tx, nameOf(id));
        if (!this.sync.isAlone) offer(tx, nameOf(id), this.session.clock.now());
      }
      this.putFirst(tx, id);
    });
  }

  /** Takes over what somebody sent. Throws as `add` and Media.open do. */
  async keep(message: MessageId): Promise<void> {
    const { store } = this.session;
    const attachment = attachmentOf(store, Number(message), "");
    if (attachment?.kind !== "sticker") throw new CoreError("unexpected");
    if (attachment.bytes > STICKER_BYTES_MAX) throw new CoreError("sticker_too_large");
    const row = store.one("SELECT thumb FROM message WHERE n = ?", [Number(message)]);
    const content = await this.media.open(message, "");
    const { width, height } = attachment;
    await this.add({ content, width, height, thumb: row === undefined ? null : blobOrNull(row, "thumb") });
  }

  first(id: StickerId): void {
    this.session.store.write((tx) => this.putFirst(tx, fromHex(id)));
  }

  private putFirst(tx: Tx, id: Uint8Array): void {
    tx.run(
      `UPDATE sticker SET position = max(?, gone_ms + 1, (SELECT max(position) + 1 FROM sticker)), told = 0
       WHERE id = ?`,
      [Math.round(this.session.clock.now()), id],
    );
    tx.touch("stickers");
  }

  remove(id: StickerId): void {
    this.session.store.write((tx) => {
      tx.run("UPDATE sticker SET gone_ms = max(?, position), told = 0 WHERE id = ?", [
        Math.round(this.session.clock.now()),
        fromHex(id),
      ]);
      this.empty(tx, fromHex(id));
    });
  }

  /** What was taken out keeps its id and its times only, so that no other device brings it back. */
  private empty(tx: Tx, id: Uint8Array): void {
    tx.run("UPDATE sticker SET content = x'', thumb = NULL WHERE id = ? AND gone_ms >= position", [id]);
    forget(tx, nameOf(id));
    tx.run("DELETE FROM following_out WHERE name = ?", [nameOf(id)]);
    tx.touch("stickers");
  }

  /** Tells the other own devices what changed. Call in a turn. */
  tend(): boolean {
    if (this.sync.isAlone) return false;
    const rows = this.session.store.all("SELECT *, length(content) AS bytes FROM sticker WHERE told = 0 LIMIT ?", [
      TOLD_AT_ONCE,
    ]);
    if (rows.length === 0) return false;
    this.session.store.write((tx) => {
      this.outbox.say(tx, this.session.selfGroupId, followingBody({ stickers: rows.map(told) }));
      for (const row of rows) tx.run("UPDATE sticker SET told = 1 WHERE id = ?", [blob(row, "id")]);
    });
    return true;
  }

  /** Another own device is new, or was away too long. */
  tellAgain(tx: Tx): void {
    tx.run("UPDATE sticker SET told = 0");
  }

  /** Another own device tells: of each time the later one counts, whatever comes first [FA2]. */
  takeIn(tx: Tx, list: readonly ToldSticker[]): void {
    for (const one of list) {
      if (!TYPES.test(one.type) || one.bytes > STICKER_BYTES_MAX) continue;
      const known = tx.one("SELECT count(*) AS n FROM sticker") ?? { n: 0 };
      const { n = 0 } = tx.one("SELECT count(*) AS n FROM sticker WHERE id = ?", [one.id]) ?? {};
      if (n === 0 && integer(known, "n") >= KNOWN_MAX) continue;
      tx.run(
        `INSERT INTO sticker (id, type, width, height, content, thumb, position, gone_ms, told)
         VALUES (?, ?, ?, ?, x'', ?, ?, ?, 1)
         ON CONFLICT (id) DO UPDATE SET position = max(position, excluded.position), gone_ms = max(gone_ms, excluded.gone_ms),
         thumb = coalesce(thumb, excluded.thumb)`,
        [one.id, one.type, one.width, one.height, one.thumb, one.position, one.goneMs],
      );
      this.empty(tx, one.id);
      if (this.isAwaited(tx, one.id)) miss(tx, nameOf(one.id), one.bytes, this.session.clock.now());
    }
    if (list.length > 0) tx.touch("stickers");
  }

  private isAwaited(reader: Reader, id: Uint8Array): boolean {
    const away = "SELECT 1 FROM sticker WHERE id = ? AND position > gone_ms AND length(content) = 0";
    return reader.one(away, [id]) !== undefined;
  }

  isKept(reader: Reader, name: string): boolean {
    const kept = "SELECT 1 FROM sticker WHERE id = ? AND position > gone_ms";
    return reader.one(kept, [idOf(name)]) !== undefined;
  }

  async has(name: string): Promise<boolean> {
    return (await this.read(name)) !== null;
  }

  async read(name: string): Promise<Blob | null> {
    const row = this.session.store.one(`SELECT content FROM sticker WHERE id = ? AND ${HERE}`, [idOf(name)]);
    return row === undefined ? null : new Blob([blob(row, "content") as Uint8Array<ArrayBuffer>]);
  }

  /** Its bytes came as a file of this name; they are what the id says, or nothing. */
  async place(name: string): Promise<boolean> {
    const { store, platform } = this.session;
    const file = await platform.files.read(name);
    const content = file === null ? new Uint8Array() : new Uint8Array(await file.arrayBuffer());
    await platform.files.remove(name);
    if (!equal(digest(content), idOf(name))) return false;
    store.write((tx) => {
      tx.run("UPDATE sticker SET content = ? WHERE id = ? AND position > gone_ms", [content, idOf(name)]);
      tx.touch("stickers");
    });
    return true;
  }

  /** What is kept and not here is awaited. */
  survey(): void {
    const { store, clock } = this.session;
    store.write((tx) => {
      for (const row of tx.all("SELECT id FROM sticker WHERE position > gone_ms AND length(content) = 0")) {
        miss(tx, nameOf(blob(row, "id")), 0, clock.now());
      }
    });
  }

  /** Throws CoreError media_gone. */
  content(id: StickerId): Blob {
    const row = this.session.store.one(`SELECT type, content FROM sticker WHERE id = ? AND ${HERE}`, [fromHex(id)]);
    if (row === undefined) throw new CoreError("media_gone");
    return new Blob([blob(row, "content") as Uint8Array<ArrayBuffer>], { type: text(row, "type") });
  }

  /** Its small picture; null when it has none. */
  thumb(id: StickerId): Uint8Array | null {
    const row = this.session.store.one("SELECT thumb FROM sticker WHERE id = ?", [fromHex(id)]);
    return row === undefined ? null : blobOrNull(row, "thumb");
  }
}

function nameOf(id: Uint8Array): string {
  return `s${hex(id)}`;
}

function idOf(name: string): Uint8Array {
  return fromHex(name.slice(1));
}

function told(row: Row): ToldSticker {
  return {
    id: blob(row, "id"),
    type: text(row, "type"),
    width: integer(row, "width"),
    height: integer(row, "height"),
    bytes: integer(row, "bytes"),
    thumb: blobOrNull(row, "thumb"),
    position: integer(row, "position"),
    goneMs: integer(row, "gone_ms"),
  };
}

function shown(row: Row): Sticker {
  return {
    id: hex(blob(row, "id")),
    type: text(row, "type"),
    width: integer(row, "width"),
    height: integer(row, "height"),
  };
}
