import { CoreError } from "../api.ts";
import { fromHex, hex } from "../bytes.ts";
import { storedDetail } from "../chats/render.ts";
import type { Saying } from "../chats/sending.ts";
import type { Attachment, StoredDetail } from "../content/details.ts";
import { forget, isAwaited, miss, offer, UNASKED_BYTES_MAX } from "../following/lists.ts";
import type { Media, Parcel, Source } from "../media/media.ts";
import { attachmentAt, attachmentsIn, mapAttachments } from "../media/shelf.ts";
import type { Session } from "../session.ts";
import { blob as blobOf, integer, type Reader, StoreFull, type Tx, text } from "../store/store.ts";

/**
 * Copies of the files of favourites, beside those of messages: the message may go, and its blob is soon gone from the
 * server. They follow her to her other devices [FA3].
 */

const COPIED_BYTES = 1024 * 1024;
const NAME = /^k([0-9a-f]{32})-([\d.]*)$/;

export function nameOf(id: Uint8Array, path: string): string {
  return `k${hex(id)}-${path}`;
}

export class KeptFiles {
  /** Gets a file from another own device. Throws CoreError as Taking.bring does. */
  bring: (name: string, bytes: number) => Promise<void> = () => Promise.reject(new CoreError("media_gone"));

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

  /** To be sent anew with files of its own. Throws CoreError as `content` does when its one file is not here. */
  async parcel(id: Uint8Array, saying: Saying): Promise<Parcel> {
    const { carried } = saying;
    if (carried === null) return { saying, sources: [] };
    const sources: Source[] = [];
    for (const { path, attachment } of attachmentsIn(carried.detail)) {
      const content = await this.find(id, path, attachment.blob, attachment.bytes);
      if (content !== null) sources.push({ path, content });
      else if (carried.detail.kind !== "record")
        sources.push({ path, content: await this.content(id, carried.detail, "") });
    }
    // Where nothing is left, the old blobs must not be named again.
    const detail =
      sources.length > 0 ? carried.detail : mapAttachments(carried.detail, (one) => ({ ...one, blob: "" }));
    return { saying: { ...saying, carried: { ...carried, detail } }, sources };
  }

  /** Her own copy, or that of a message which is still here. */
  private async find(id: Uint8Array, path: string, blob: string, bytes: number): Promise<Blob | null> {
    const copy = await this.copied(nameOf(id, path), bytes);
    if (copy !== null) return copy;
    const row = this.session.store.one("SELECT message, path FROM media WHERE blob = ? AND message IS NOT NULL", [
      blob,
    ]);
    if (blob === "" || row === undefined) return null;
    return this.media.open(String(integer(row, "message")), text(row, "path")).catch(() => null);
  }

  /** What is still coming is not whole. */
  private async copied(name: string, bytes: number): Promise<Blob | null> {
    if (isAwaited(this.session.store, name)) return null;
    const copy = await this.session.platform.files.read(name);
    return copy !== null && copy.size >= bytes ? copy : null;
  }

  /** The file at `path` of a favourite, from another own device if need be. Throws CoreError as `bring`. */
  async content(id: Uint8Array, detail: StoredDetail, path: string): Promise<Blob> {
    const attachment = attachmentAt(detail, path);
    if (attachment === null) throw new CoreError("media_gone");
    const here = await this.find(id, path, attachment.blob, attachment.bytes);
    if (here !== null) return here;
    await this.bring(nameOf(id, path), attachment.bytes);
    const brought = await this.find(id, path, attachment.blob, attachment.bytes);
    if (brought === null) throw new CoreError("media_gone");
    return brought;
  }

  /** The file that a name means, with what is known of it; null when nothing kept has it. */
  private attachment(reader: Reader, name: string): Attachment | null {
    const [, id, path] = NAME.exec(name) ?? [];
    if (id === undefined || path === undefined) return null;
    const row = reader.one("SELECT detail FROM favourite WHERE id = ? AND gone = 0", [fromHex(id)]);
    const detail = row === undefined ? null : storedDetail(row);
    return detail === null ? null : attachmentAt(detail, path);
  }

  isKept(reader: Reader, name: string): boolean {
    return this.attachment(reader, name) !== null;
  }

  async read(name: string): Promise<Blob | null> {
    const found = this.attachment(this.session.store, name);
    return found === null ? null : this.copied(name, found.bytes);
  }

  async has(name: string): Promise<boolean> {
    const found = this.attachment(this.session.store, name);
    if (found === null || (await this.read(name)) !== null) return found !== null;
    const row = this.session.store.one(
      "SELECT message, path FROM media WHERE blob = ? AND message IS NOT NULL AND state = 'here'",
      [found.blob],
    );
    if (found.blob === "" || row === undefined) return false;
    const content = await this.media.open(String(integer(row, "message")), text(row, "path")).catch(() => null);
    if (content === null) return false;
    await this.session.platform.files.remove(name);
    await this.copy(name, content);
    return true;
  }

  async place(): Promise<boolean> {
    return true;
  }

  /** What is kept and not here is awaited. */
  async survey(): Promise<void> {
    const { store, platform, clock } = this.session;
    const here = new Set(await platform.files.names());
    store.write((tx) => {
      for (const row of tx.all("SELECT id, detail FROM favourite WHERE gone = 0 AND detail IS NOT NULL")) {
        this.await(tx, blobOf(row, "id"), storedDetail(row), clock.now(), here);
      }
    });
  }

  /** Every file of a favourite that is not among those here is awaited. */
  await(tx: Tx, id: Uint8Array, detail: StoredDetail | null, nowMs: number, here: ReadonlySet<string>): void {
    for (const { path, attachment } of detail === null ? [] : attachmentsIn(detail)) {
      const name = nameOf(id, path);
      if (attachment.blob !== "" && !here.has(name)) miss(tx, name, attachment.bytes, nowMs);
    }
  }

  /** Small files go to the other own devices at once. */
  offer(tx: Tx, id: Uint8Array, detail: StoredDetail | null): void {
    for (const { path, attachment } of detail === null ? [] : attachmentsIn(detail)) {
      if (attachment.bytes <= UNASKED_BYTES_MAX) offer(tx, nameOf(id, path), this.session.clock.now());
    }
  }

  /** Nothing of it is awaited or given any more. */
  forget(tx: Tx, id: Uint8Array): void {
    const mine = `${nameOf(id, "")}%`;
    for (const row of tx.all("SELECT name FROM following_in WHERE name LIKE ?", [mine])) forget(tx, text(row, "name"));
    tx.run("DELETE FROM following_out WHERE name LIKE ?", [mine]);
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
