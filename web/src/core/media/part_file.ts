import { concat, equal, fromBase64 } from "../bytes.ts";
import type { Attachment } from "../content/details.ts";
import type { Session } from "../session.ts";
import { StoreFull } from "../store/store.ts";
import { BlobCipher, CHUNK_BYTES, CONTENT_BYTES_MAX, ContentHash, chunkHash } from "./blob.ts";
import { Broken } from "./cutting.ts";
import type { OpenFile } from "./files.ts";
import { attachmentOf, change, fileOf, type Item, secretsOf } from "./shelf.ts";

/** Held in memory at most, while nothing can be kept. */
const HELD_CHUNKS_MAX = 128;

/**
 * The chunks of one file as they come, in any order [ME3]: opened, stored and noted, so that none is fetched twice.
 * On a full disk the newest are held in memory, for somebody who watches, and nothing more is kept.
 */
export class PartFile {
  private readonly hashes: (Uint8Array | undefined)[] = [];
  private readonly held = new Map<number, Uint8Array>();
  private readonly bits: Uint8Array;
  private count = 0;
  private full: boolean;
  private closed = false;

  private constructor(
    private readonly session: Session,
    private readonly id: number,
    private readonly attachment: Attachment,
    readonly cipher: BlobCipher,
    private readonly file: OpenFile | null,
  ) {
    this.full = file === null;
    this.bits = new Uint8Array(Math.ceil(cipher.chunks / 8));
  }

  /** With all that was stored before. Throws Broken. */
  static async open(session: Session, one: Item): Promise<PartFile> {
    const attachment = one.message === null ? null : attachmentOf(session.store, one.message, one.path);
    if (attachment === null || attachment.bytes > CONTENT_BYTES_MAX) throw new Broken();
    const cipher = await BlobCipher.of(secretsOf(attachment), attachment.bytes);
    const file = await session.platform.files.open(fileOf(one.id)).catch((error: unknown) => {
      if (error instanceof StoreFull) return null;
      throw error;
    });
    const part = new PartFile(session, one.id, attachment, cipher, file);
    part.remember(one);
    return part;
  }

  private remember({ have, moved }: Item): void {
    const first = Math.floor(moved / CHUNK_BYTES);
    for (let index = 0; index < this.cipher.chunks; index++) {
      const isHere = have === null ? index < first : ((have[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
      const end = Math.min(this.attachment.bytes, (index + 1) * CHUNK_BYTES);
      if (isHere && this.file !== null && end <= this.file.size) this.note(index);
    }
  }

  private note(index: number): void {
    if (this.isStored(index)) return;
    this.bits[index >> 3] = (this.bits[index >> 3] ?? 0) | (1 << (index & 7));
    this.count += 1;
  }

  private isStored(index: number): boolean {
    return ((this.bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  /** Nothing more can be kept. */
  get isFull(): boolean {
    return this.full;
  }

  get bytes(): number {
    return this.attachment.bytes;
  }

  get chunks(): number {
    return this.cipher.chunks;
  }

  has(index: number): boolean {
    return this.isStored(index) || this.held.has(index);
  }

  /** The first missing chunk from `index` on, or else from the beginning; null when none is missing. */
  missingFrom(index: number): number | null {
    for (let step = 0; step < this.chunks; step++) {
      const at = (index + step) % this.chunks;
      if (!this.has(at)) return at;
    }
    return null;
  }

  /** Where the missing chunks that begin at `index` end. */
  gapEnd(index: number): number {
    let end = index + 1;
    while (end < this.chunks && !this.has(end)) end += 1;
    return end;
  }

  /** Throws Broken when it is not the chunk that was sealed there; nothing of it is kept then. */
  async put(index: number, sealed: Uint8Array): Promise<void> {
    const content = await this.cipher.open(index, sealed);
    if (content === null) throw new Broken();
    this.hashes[index] = await chunkHash(sealed);
    this.unlessFull((file) => {
      if (content.length > 0) file.write(content, index * CHUNK_BYTES);
      this.note(index);
    });
    if (!this.full) return;
    this.held.set(index, content);
    const [oldest] = this.held.keys();
    if (this.held.size > HELD_CHUNKS_MAX && oldest !== undefined) this.held.delete(oldest);
  }

  /** What was stored before stays and can be read. */
  private unlessFull(work: (file: OpenFile) => void): void {
    if (this.full || this.file === null) return;
    try {
      work(this.file);
    } catch (error) {
      if (!(error instanceof StoreFull)) throw error;
      this.full = true;
    }
  }

  /** Content from byte `from` on, `most` bytes of it or as many as are here without a gap; null when none is. */
  read(from: number, most: number): Uint8Array | null {
    if (this.closed) return null;
    const first = Math.floor(from / CHUNK_BYTES);
    const parts: Uint8Array[] = [];
    for (let index = first; index * CHUNK_BYTES < from + most && index < this.chunks && this.has(index); index++) {
      parts.push(this.content(index));
    }
    return parts.length === 0
      ? null
      : concat(...parts)
          .slice(from - first * CHUNK_BYTES)
          .subarray(0, most);
  }

  private content(index: number): Uint8Array {
    const stored = (): Uint8Array | undefined => this.file?.read(index * CHUNK_BYTES, this.cipher.contentBytes(index));
    return this.held.get(index) ?? stored() ?? new Uint8Array();
  }

  /** What came until now is on disk, and not fetched again. */
  keep(): void {
    this.unlessFull((file) => {
      file.flush();
      const moved = Math.min(this.attachment.bytes, this.count * CHUNK_BYTES);
      this.session.store.write((tx) => change(tx, this.id, { moved, have: this.bits }));
    });
  }

  /** Whether all that is stored is the one content that the message named [ME4]. */
  async isRight(): Promise<boolean> {
    const hash = new ContentHash();
    for (let index = 0; index < this.chunks; index++) {
      const known = this.hashes[index];
      hash.addHash(known ?? (await chunkHash(await this.cipher.seal(index, this.content(index)))));
    }
    return equal(hash.digest(), fromBase64(this.attachment.hash));
  }

  close(): void {
    if (!this.closed) this.file?.close();
    this.closed = true;
  }
}
