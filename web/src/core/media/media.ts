import { type ChatId, CoreError, type MediaState, type MessageId } from "../api.ts";
import { base64, base64url } from "../bytes.ts";
import type { Chats } from "../chats/chats.ts";
import type { Saying, Sending } from "../chats/sending.ts";
import type { Attachment, AttachmentKind } from "../content/details.ts";
import type { Conversations } from "../groups/conversations.ts";
import type { States } from "../mls/states.ts";
import type { Session } from "../session.ts";
import { integer, StoreFull, type Tx, text } from "../store/store.ts";
import type { Outbox } from "../sync/outbox.ts";
import { BlobCipher, CHUNK_BYTES, CONTENT_BYTES_MAX, ContentHash, freshBlobId, freshSecrets } from "./blob.ts";
import { Downloads } from "./downloads.ts";
import * as shelf from "./shelf.ts";
import { Streams } from "./streams.ts";
import { Transport } from "./transport.ts";
import { Uploads } from "./uploads.ts";

/**
 * The files that messages carry. An own one is stored here first, then its message is on the screen, then its blob
 * is with the server, and only then the message goes out; each step survives a crash and goes on after it.
 */

const HASH_BYTES = 32;
const ON_SERVER_S = 14 * 86_400;
const READ_CHUNKS = 16;
/** What a page may show by itself; everything else is only ever saved. */
const SHOWN_TYPES = /^(image\/(png|jpeg|webp|gif|avif)|(audio|video)\/[\w.+-]+(;.*)?)$/;

/** The content of the file at `path` of a message that is to be sent. */
export interface Source {
  path: string;
  content: Blob;
}

export interface Parcel {
  saying: Saying;
  sources: Source[];
}

export class Media {
  readonly uploads: Uploads;
  readonly downloads: Downloads;
  readonly streams: Streams;
  private readonly transport: Transport;
  private readonly releasing = new Set<number>();
  private readonly ending = new AbortController();
  /** Whether a file of the folder that no message carries is kept for another reason. */
  isKept: (name: string) => boolean = () => false;
  private tending = false;
  private again = false;

  constructor(
    private readonly session: Session,
    conversations: Conversations,
    states: States,
    private readonly chats: Chats,
    private readonly sending: Sending,
    private readonly outbox: Outbox,
  ) {
    this.transport = new Transport(session.http);
    this.uploads = new Uploads(session, this.transport, conversations, states, chats, outbox);
    this.downloads = new Downloads(session, this.transport, () => outbox.connected);
    this.downloads.onFetched = () => this.tend();
    this.streams = new Streams(session, this.downloads, (one) => this.stored(one));
    this.uploads.onUploaded = (message) => void this.release(message);
  }

  /** Files that were being stored when the core died are not whole; files of no row are nobody's. */
  start(): void {
    this.session.store.write((tx) => {
      for (const { id, message } of shelf.copyingItems(tx)) {
        shelf.change(tx, id, { state: "stopped", problem: "media_gone" });
        if (message !== null) this.chats.setState(tx, message, "failed");
      }
    });
    void this.removeStrays();
    this.tend();
  }

  end(): void {
    this.ending.abort();
    this.uploads.end();
    this.streams.endAll();
    this.downloads.end();
  }

  private async removeStrays(): Promise<void> {
    const { files } = this.session.platform;
    for (const name of await files.names()) {
      const found = /^\d+$/.test(name) ? shelf.item(this.session.store, Number(name)) : null;
      const isCarried = found !== null && found.state !== "cleared";
      if (!isCarried && !this.isKept(name)) await files.remove(name);
    }
  }

  /**
   * Messages with their files, in this order. They are on the screen at once; the answer comes when all is stored.
   * Throws CoreError: file_too_large, not_a_member, no_consent, storage_full; then none of it stays.
   */
  async send(chat: ChatId, parcels: Parcel[]): Promise<MessageId[]> {
    this.sending.open(chat);
    for (const { content } of parcels.flatMap(({ sources }) => sources)) {
      if (content.size > CONTENT_BYTES_MAX) throw new CoreError("file_too_large");
    }
    const held = this.session.store.write((tx) =>
      parcels.map(({ saying, sources }) => ({ n: this.hold(tx, chat, saying, sources), sources })),
    );
    try {
      for (const { n, sources } of held) {
        for (const { path, content } of sources) await this.keep(n, path, content);
        this.uploads.kick();
      }
    } catch (error) {
      this.session.store.write((tx) => {
        for (const { n } of held) if (shelf.itemsOfMessage(tx, n).some(isUnfinished)) this.drop(tx, n);
      });
      this.tend();
      throw error instanceof StoreFull ? new CoreError("storage_full") : error;
    }
    return held.map(({ n }) => String(n));
  }

  private hold(tx: Tx, chat: ChatId, saying: Saying, sources: Source[]): number {
    const { carried } = saying;
    if (carried === null) throw new CoreError("unexpected");
    const detail = shelf.mapAttachments(carried.detail, (attachment, path) => {
      const source = sources.find((one) => one.path === path);
      return source === undefined ? { ...attachment, blob: "" } : freshBlob(attachment, source.content);
    });
    const n = this.sending.hold(tx, chat, { ...saying, carried: { ...carried, detail } });
    for (const { id } of shelf.itemsOfMessage(tx, n)) shelf.change(tx, id, { state: "copying", uploader: 1 });
    return n;
  }

  /** Copies the content into a file of ours and learns its blob's hash on the way. */
  private async keep(n: number, path: string, content: Blob): Promise<void> {
    const { store, platform } = this.session;
    const found = shelf.itemOfMessage(store, n, path);
    const attachment = shelf.attachmentOf(store, n, path);
    if (found === null || attachment === null) return; // deleted meanwhile
    const cipher = await BlobCipher.of(shelf.secretsOf(attachment), content.size);
    const hash = new ContentHash();
    const file = await platform.files.open(shelf.fileOf(found.id));
    try {
      for (let first = 0; first < cipher.chunks; first += READ_CHUNKS) {
        const start = first * CHUNK_BYTES;
        const part = new Uint8Array(await content.slice(start, start + READ_CHUNKS * CHUNK_BYTES).arrayBuffer());
        if (part.length > 0) file.write(part, start);
        for (let i = 0; i < READ_CHUNKS && first + i < cipher.chunks; i++) {
          await hash.add(await cipher.seal(first + i, part.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES)));
        }
      }
      file.flush();
    } finally {
      file.close();
    }
    store.write((tx) => {
      if (shelf.item(tx, found.id)?.message !== n) return;
      this.describe(tx, n, path, { hash: base64(hash.digest()) });
      shelf.change(tx, found.id, { state: "sending" });
    });
  }

  private describe(tx: Tx, n: number, path: string | null, known: Partial<Attachment>): void {
    const row = tx.one("SELECT detail FROM message WHERE n = ?", [n]);
    if (row === undefined) return;
    const detail = shelf.mapAttachments(JSON.parse(text(row, "detail")), (attachment, at) =>
      path === null || path === at ? { ...attachment, ...known } : attachment,
    );
    tx.run("UPDATE message SET detail = ? WHERE n = ?", [JSON.stringify(detail), n]);
  }

  /** Sends the message once all its files are with the server. */
  private async release(n: number): Promise<void> {
    const { store, clock } = this.session;
    const items = shelf.itemsOfMessage(store, n);
    if (this.releasing.has(n) || items.length === 0 || items.some(({ state }) => state !== "uploaded")) return;
    this.releasing.add(n);
    try {
      const expiresS = Math.floor(clock.now() / 1000) + ON_SERVER_S;
      store.write((tx) => this.describe(tx, n, null, { expiresS }));
      await this.sending.release(n, (tx) => {
        for (const { id } of items) shelf.change(tx, id, { state: "here" });
      });
    } catch (error) {
      const code = error instanceof CoreError ? error.code : "unexpected";
      if (code === "not_a_member" || code === "no_consent") {
        store.write((tx) => {
          for (const { id } of items) shelf.change(tx, id, { problem: code });
          this.chats.setState(tx, n, "failed");
        });
      }
    } finally {
      this.releasing.delete(n);
    }
  }

  /** Sends again what failed on its way; false when the message's files are not the reason. */
  retry(id: MessageId): boolean {
    const { store } = this.session;
    const items = shelf.itemsOfMessage(store, Number(id)).filter(isUnfinished);
    if (items.length === 0) return false;
    if (items.some(({ problem }) => problem === "media_gone")) throw new CoreError("media_gone");
    const row = store.one("SELECT chat FROM message WHERE n = ?", [Number(id)]);
    if (row !== undefined) this.sending.open(text(row, "chat"));
    store.write((tx) => {
      for (const one of items) {
        const state = one.state === "uploaded" ? "uploaded" : "sending";
        shelf.change(tx, one.id, { state, problem: null, retry_at_ms: 0, tries: 0 });
      }
      this.chats.setState(tx, Number(id), "sending");
    });
    this.tend();
    return true;
  }

  /** An own file that is on its way is taken back with its message; of another's the rest is not fetched. */
  cancel(id: MessageId, path: string): void {
    const found = shelf.itemOfMessage(this.session.store, id, path);
    if (found === null) return;
    this.session.store.write((tx) => {
      if (isUnfinished(found)) this.drop(tx, Number(id));
      else if (found.state === "wanted") shelf.change(tx, found.id, { state: "away" });
    });
    this.downloads.cancel(found.id);
    this.tend();
  }

  private drop(tx: Tx, n: number): void {
    const row = tx.one("SELECT * FROM message WHERE n = ?", [n]);
    if (row !== undefined) this.chats.deleteMessage(tx, row);
  }

  /** Where a file is; null when the message carries none there. */
  state(id: MessageId, path: string): MediaState | null {
    const found = shelf.itemOfMessage(this.session.store, id, path);
    return found === null ? null : shelf.stateOf(found);
  }

  /** The content, fetched first if need be. Throws CoreError: offline, media_gone, media_cleared, media_broken, storage_full. */
  async open(id: MessageId, path: string): Promise<Blob> {
    const found = shelf.itemOfMessage(this.session.store, id, path);
    if (found === null) throw new CoreError("media_gone");
    if (found.state === "cleared") throw new CoreError("media_cleared");
    if (found.problem === "media_left_behind") throw new CoreError("media_left_behind");
    const stored = found.state === "here" || found.uploader ? await this.stored(found) : null;
    if (stored !== null) return stored;
    if (!this.outbox.connected) throw new CoreError("offline");
    const settled = this.downloads.settled(found.id);
    this.session.store.write((tx) =>
      shelf.change(tx, found.id, { state: "wanted", asked: 1, problem: null, retry_at_ms: 0, tries: 0 }),
    );
    this.downloads.kick();
    await settled;
    const now = shelf.item(this.session.store, found.id);
    const fetched = now?.state === "here" ? await this.stored(now) : null;
    if (fetched === null) throw new CoreError(now?.problem ?? "offline");
    return fetched;
  }

  hear(id: MessageId): void {
    const found = shelf.itemOfMessage(this.session.store, id, "");
    if (found !== null && !found.heard) this.session.store.write((tx) => shelf.change(tx, found.id, { heard: 1 }));
  }

  /** The next voice message of another in the same chat that was not heard. */
  nextVoice(id: MessageId): { id: MessageId; ms: number } | null {
    const row = this.session.store.one(
      `SELECT m.n, m.detail FROM message m JOIN media d ON d.message = m.n AND d.path = '' AND d.heard = 0
       JOIN message before ON before.n = ? AND before.chat = m.chat AND m.position > before.position
       WHERE m.kind = 'voice' AND m.mine = 0 ORDER BY m.position LIMIT 1`,
      [Number(id)],
    );
    if (row === undefined) return null;
    const { ms } = JSON.parse(text(row, "detail")) as Attachment;
    return { id: String(integer(row, "n")), ms };
  }

  private async stored({ id, message, path, state }: shelf.Item): Promise<Blob | null> {
    const { store, platform } = this.session;
    const content = await platform.files.read(shelf.fileOf(id));
    const attachment = message === null ? null : shelf.attachmentOf(store, message, path);
    if (content === null || attachment === null || content.size < attachment.bytes || state === "copying") return null;
    const type = SHOWN_TYPES.test(attachment.type) ? attachment.type : "application/octet-stream";
    return content.slice(0, attachment.bytes, type);
  }

  /** Bytes on this device, by kind. */
  sizes(): Record<AttachmentKind, number> {
    const sizes = { picture: 0, voice: 0, video: 0, file: 0, sticker: 0 };
    const rows = this.session.store.all(
      "SELECT kind, sum(iif(uploader = 1, bytes, moved)) AS bytes FROM media WHERE message IS NOT NULL GROUP BY kind",
    );
    for (const row of rows) sizes[text(row, "kind") as AttachmentKind] = integer(row, "bytes");
    return sizes;
  }

  /** Messages whose files are still on their way. */
  waiting(): number {
    const row = this.session.store.one(
      "SELECT count(DISTINCT message) AS n FROM media WHERE state IN ('copying', 'sending', 'uploaded') AND problem IS NULL",
    );
    return integer(row ?? { n: 0 }, "n");
  }

  /** Does what is due: lets go of what nobody wants, tells the server, and keeps both directions going. */
  tend(): void {
    if (this.tending) {
      this.again = true;
      return;
    }
    this.tending = true;
    this.once()
      .catch(() => undefined) // no connection, or no room: the next round finds the same work
      .finally(() => {
        this.tending = false;
        if (!this.again) return;
        this.again = false;
        this.tend();
      });
  }

  private async once(): Promise<void> {
    const { store } = this.session;
    if (this.ending.signal.aborted) return;
    await this.letGo();
    if (!this.outbox.connected) return;
    const waiting = store.all(
      "SELECT DISTINCT d.message FROM media d JOIN message m ON m.n = d.message WHERE d.state = 'uploaded' AND m.state = 'sending'",
    );
    for (const row of waiting) await this.release(integer(row, "message"));
    this.uploads.kick();
    this.downloads.kick();
    for (const { id, blob, tell } of shelf.untoldItems(store)) {
      if (tell === "taken") await this.transport.taken(blob, this.ending.signal);
      if (tell === "erase") await this.transport.erase(blob, this.ending.signal);
      store.write((tx) => shelf.change(tx, id, { tell: null }));
    }
    await this.uploads.tellWhoIsDue();
    await this.letGo();
  }

  private async letGo(): Promise<void> {
    const { store, platform } = this.session;
    for (const { id, tell, uploader, begun } of shelf.unwantedItems(store)) {
      this.uploads.cancel(id);
      this.downloads.cancel(id);
      await platform.files.remove(shelf.fileOf(id));
      const untold = tell !== null && (!uploader || begun);
      if (!untold) store.write((tx) => tx.run("DELETE FROM media WHERE id = ?", [id]));
    }
  }
}

function isUnfinished({ state }: shelf.Item): boolean {
  return state === "copying" || state === "sending" || state === "stopped" || state === "uploaded";
}

function freshBlob(attachment: Attachment, content: Blob): Attachment {
  const { key, prefix } = freshSecrets();
  return {
    ...attachment,
    blob: base64url(freshBlobId()),
    key: base64(key),
    nonce: base64(prefix),
    hash: base64(new Uint8Array(HASH_BYTES)),
    expiresS: 0,
    bytes: content.size,
  };
}
