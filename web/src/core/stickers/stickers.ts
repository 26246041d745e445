import { CoreError, type MessageId, type Sticker, type StickerId } from "../api.ts";
import { fromHex, hex } from "../bytes.ts";
import { STICKER_BYTES_MAX } from "../content/details.ts";
import type { Media } from "../media/media.ts";
import { attachmentOf } from "../media/shelf.ts";
import { digest } from "../mls/suite.ts";
import type { Session } from "../session.ts";
import { blob, blobOrNull, integer, type Row, text } from "../store/store.ts";

/**
 * Her own stickers: each kept once, what she kept or put forward last first. Their bytes are rows of the store, not
 * files beside it, because they are small and belong to the backup.
 */

const STICKERS_MAX = 300;
const ALL_BYTES_MAX = 32 * 1024 * 1024;
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
  ) {}

  list(): Sticker[] {
    return this.session.store.all("SELECT id, type, width, height FROM sticker ORDER BY position DESC, id").map(shown);
  }

  /** The same picture again only comes forward. Throws CoreError: sticker_too_large, stickers_full. */
  async add({ content, width, height, thumb }: NewSticker): Promise<void> {
    if (content.size > STICKER_BYTES_MAX) throw new CoreError("sticker_too_large");
    if (!TYPES.test(content.type)) throw new CoreError("unexpected");
    const bytes = new Uint8Array(await content.arrayBuffer());
    const id = digest(bytes);
    this.session.store.write((tx) => {
      if (tx.one("SELECT 1 FROM sticker WHERE id = ?", [id]) === undefined) {
        const kept = tx.one("SELECT count(*) AS n, ifnull(sum(length(content)), 0) AS bytes FROM sticker") ?? {};
        const isFull = integer(kept, "n") >= STICKERS_MAX || integer(kept, "bytes") + bytes.length > ALL_BYTES_MAX;
        if (isFull) throw new CoreError("stickers_full");
        tx.run("INSERT INTO sticker (id, type, width, height, content, thumb, position) VALUES (?, ?, ?, ?, ?, ?, 0)", [
          id,
          content.type,
          width,
          height,
          bytes,
          thumb,
        ]);
      }
    });
    this.first(hex(id));
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
    this.session.store.write((tx) => {
      tx.run("UPDATE sticker SET position = (SELECT max(position) + 1 FROM sticker) WHERE id = ?", [fromHex(id)]);
      tx.touch("stickers");
    });
  }

  remove(id: StickerId): void {
    this.session.store.write((tx) => {
      tx.run("DELETE FROM sticker WHERE id = ?", [fromHex(id)]);
      tx.touch("stickers");
    });
  }

  /** Throws CoreError media_gone. */
  content(id: StickerId): Blob {
    const row = this.session.store.one("SELECT type, content FROM sticker WHERE id = ?", [fromHex(id)]);
    if (row === undefined) throw new CoreError("media_gone");
    return new Blob([blob(row, "content") as Uint8Array<ArrayBuffer>], { type: text(row, "type") });
  }

  /** Its small picture; null when it has none. */
  thumb(id: StickerId): Uint8Array | null {
    const row = this.session.store.one("SELECT thumb FROM sticker WHERE id = ?", [fromHex(id)]);
    return row === undefined ? null : blobOrNull(row, "thumb");
  }
}

function shown(row: Row): Sticker {
  return {
    id: hex(blob(row, "id")),
    type: text(row, "type"),
    width: integer(row, "width"),
    height: integer(row, "height"),
  };
}
