import { CoreError } from "../api.ts";
import { hex } from "../bytes.ts";
import type { Saying } from "../chats/sending.ts";
import type { StoredDetail } from "../content/details.ts";
import type { Media, Parcel, Source } from "../media/media.ts";
import { attachmentsIn, mapAttachments } from "../media/shelf.ts";
import type { Session } from "../session.ts";
import { integer, StoreFull, text } from "../store/store.ts";

/**
 * Copies of the files of favourites, beside those of messages: the message may go, and its blob is soon gone from the
 * server. They are on the device on which she kept them, and where her other devices have the message, too.
 */

const COPIED_BYTES = 1024 * 1024;
const NAME = /^k([0-9a-f]{32})-[\d.]*$/;

function nameOf(id: Uint8Array, path: string): string {
  return `k${hex(id)}-${path}`;
}

export class KeptFiles {
  constructor(
    private readonly session: Session,
    private readonly media: Media,
  ) {}

  /**
   * Copies what the message `n` carries; what is only with the server is fetched first. In a record those that are gone
   * are left out. Throws as Media.open does.
   */
  async keep(id: Uint8Array, n: number, detail: StoredDetail): Promise<void> {
    for (const { path } of attachmentsIn(detail)) {
      try {
        await this.copy(nameOf(id, path), await this.media.open(String(n), path));
      } catch (error) {
        if (error instanceof StoreFull) throw new CoreError("storage_full");
        if (detail.kind !== "record") throw error;
      }
    }
  }

  private async copy(name: string, content: Blob): Promise<void> {
    const file = await this.session.platform.files.open(name);
    try {
      for (let at = 0; at < content.size; at += COPIED_BYTES) {
        file.write(new Uint8Array(await content.slice(at, at + COPIED_BYTES).arrayBuffer()), at);
      }
      file.flush();
    } finally {
      file.close();
    }
  }

  /** To be sent anew with files of its own. Throws CoreError media_gone when its one file is nowhere on this device. */
  async parcel(id: Uint8Array, saying: Saying): Promise<Parcel> {
    const { carried } = saying;
    if (carried === null) return { saying, sources: [] };
    const sources: Source[] = [];
    for (const { path, attachment } of attachmentsIn(carried.detail)) {
      const content = await this.find(id, path, attachment.blob, attachment.bytes);
      if (content !== null) sources.push({ path, content });
      else if (carried.detail.kind !== "record") throw new CoreError("media_gone");
    }
    // Where nothing is left, the old blobs must not be named again.
    const detail =
      sources.length > 0 ? carried.detail : mapAttachments(carried.detail, (one) => ({ ...one, blob: "" }));
    return { saying: { ...saying, carried: { ...carried, detail } }, sources };
  }

  /** Her own copy, or that of a message which is still here. */
  private async find(id: Uint8Array, path: string, blob: string, bytes: number): Promise<Blob | null> {
    const copy = await this.session.platform.files.read(nameOf(id, path));
    if (copy !== null && copy.size >= bytes) return copy;
    const row = this.session.store.one("SELECT message, path FROM media WHERE blob = ? AND message IS NOT NULL", [
      blob,
    ]);
    if (blob === "" || row === undefined) return null;
    return this.media.open(String(integer(row, "message")), text(row, "path")).catch(() => null);
  }

  /** The one file of a favourite that is no record. Throws CoreError media_gone when it is nowhere on this device. */
  async content(id: Uint8Array, detail: StoredDetail): Promise<Blob> {
    const [only] = attachmentsIn(detail);
    const content =
      only === undefined ? null : await this.find(id, only.path, only.attachment.blob, only.attachment.bytes);
    if (content === null) throw new CoreError("media_gone");
    return content;
  }

  async remove(id: Uint8Array): Promise<void> {
    const { files } = this.session.platform;
    const mine = nameOf(id, "");
    for (const name of await files.names()) if (name.startsWith(mine)) await files.remove(name);
  }

  /** Whether a file of the folder belongs to something she still keeps. */
  owns(name: string): boolean {
    const id = NAME.exec(name)?.[1];
    if (id === undefined) return false;
    return this.session.store.one("SELECT 1 FROM favourite WHERE lower(hex(id)) = ? AND gone = 0", [id]) !== undefined;
  }
}
