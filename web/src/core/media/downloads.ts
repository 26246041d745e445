import { CoreError } from "../api.ts";
import { concat, equal, fromBase64 } from "../bytes.ts";
import { NotThere } from "../http.ts";
import type { Session } from "../session.ts";
import { integer, StoreFull } from "../store/store.ts";
import { pauseMs } from "../sync/errand.ts";
import { BlobCipher, blobBytes, CHUNK_BYTES, CONTENT_BYTES_MAX, ContentHash, SEALED_CHUNK_BYTES } from "./blob.ts";
import type { OpenFile } from "./files.ts";
import { attachmentOf, change, fileOf, type Item, item, secretsOf, wantedItems } from "./shelf.ts";
import type { Transport } from "./transport.ts";

/**
 * Files of others on their way to this device: chunk by chunk, nothing kept that did not open, nothing given out
 * before the whole is what the message said [ME6]. What was stored is not fetched again after a break.
 */

const DOWNLOADS_MAX = 3;
const STORED_EVERY_CHUNKS = 16;
const SILENCE_MS_MAX = 30_000;
/** A blob is there before its message, but a device that has just joined may hear of it a moment early [ME12]. */
const MAY_YET_COME_MS = 60_000;

/** What came is not the blob that the message named. */
class Broken extends Error {}

export class Downloads {
  private readonly running = new Map<number, AbortController>();
  private readonly awaited = new Map<number, (() => void)[]>();
  private ended = false;
  private restUntilMs = 0;
  /** A file is here, or will not come: the server may have to be told. */
  onFetched: () => void = () => {};

  constructor(
    private readonly session: Session,
    private readonly transport: Transport,
    private readonly isConnected: () => boolean,
  ) {}

  kick(): void {
    const now = this.session.platform.now();
    if (!this.isConnected() || this.ended || now < this.restUntilMs) return;
    for (const one of wantedItems(this.session.store, now, this.session.clock.now(), DOWNLOADS_MAX * 2)) {
      if (this.running.size >= DOWNLOADS_MAX) return;
      if (this.running.has(one.id)) continue;
      const abort = new AbortController();
      this.running.set(one.id, abort);
      void this.run(one, abort);
    }
  }

  /** Resolves when the next try to fetch it has ended, well or not. */
  settled(id: number): Promise<void> {
    return new Promise((resolve) => this.awaited.set(id, [...(this.awaited.get(id) ?? []), resolve]));
  }

  cancel(id: number): void {
    this.running.get(id)?.abort();
  }

  end(): void {
    this.ended = true;
    for (const abort of this.running.values()) abort.abort();
  }

  private async run(one: Item, abort: AbortController): Promise<void> {
    try {
      await this.fetch(one, abort);
    } catch (error) {
      if (!abort.signal.aborted || !this.ended) this.interrupted(one, error, abort.signal.aborted);
    } finally {
      this.running.delete(one.id);
      for (const resolve of this.awaited.get(one.id) ?? []) resolve();
      this.awaited.delete(one.id);
      this.onFetched();
      this.kick();
    }
  }

  private async fetch(one: Item, abort: AbortController): Promise<void> {
    const { store, platform } = this.session;
    const attachment = one.message === null ? null : attachmentOf(store, one.message, one.path);
    if (attachment === null || attachment.bytes > CONTENT_BYTES_MAX) throw new Broken();
    const cipher = await BlobCipher.of(secretsOf(attachment), attachment.bytes);
    const hash = new ContentHash();
    let next = await this.hashStored(one, cipher, hash);
    const response = await this.transport.fetch(one.blob, next * SEALED_CHUNK_BYTES, abort.signal);
    const begun = response.status === 206 ? next : 0;
    if (begun !== next) throw new Broken(); // it was asked for a part
    const left = blobBytes(attachment.bytes) - next * SEALED_CHUNK_BYTES;
    const told = response.headers.get("content-length");
    if ((told !== null && Number(told) !== left) || response.body === null) throw new Broken();
    const file = await platform.files.open(fileOf(one.id));
    try {
      for await (const sealed of chunksOf(response.body, cipher, next, this.watched(abort))) {
        const content = await cipher.open(next, sealed);
        if (content === null) throw new Broken();
        await hash.add(sealed);
        if (content.length > 0) file.write(content, next * CHUNK_BYTES);
        next += 1;
        if (next % STORED_EVERY_CHUNKS === 0) this.stored(one.id, file, Math.min(one.bytes, next * CHUNK_BYTES));
      }
      file.flush();
    } finally {
      file.close();
    }
    if (!equal(hash.digest(), fromBase64(attachment.hash))) throw new Broken();
    store.write((tx) => {
      const tell = item(tx, one.id)?.message === null ? null : "taken";
      change(tx, one.id, { state: "here", moved: one.bytes, bytes: attachment.bytes, tell, problem: null, tries: 0 });
    });
  }

  /** Takes the whole chunks stored before into the hash, and says which is next. */
  private async hashStored(one: Item, cipher: BlobCipher, hash: ContentHash): Promise<number> {
    const whole = Math.floor(one.moved / CHUNK_BYTES);
    const stored = whole === 0 ? null : await this.session.platform.files.read(fileOf(one.id));
    if (stored === null || stored.size < whole * CHUNK_BYTES) return 0;
    for (let index = 0; index < whole; index++) {
      const part = await stored.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES).arrayBuffer();
      await hash.add(await cipher.seal(index, new Uint8Array(part)));
    }
    return whole;
  }

  private stored(id: number, file: OpenFile, moved: number): void {
    file.flush();
    this.session.store.write((tx) => change(tx, id, { moved }));
  }

  /** Ends a request on a line that went silent. Call the answer with each piece that comes. */
  private watched(abort: AbortController): () => () => void {
    return () => this.session.platform.later(SILENCE_MS_MAX, () => abort.abort());
  }

  private interrupted(one: Item, error: unknown, silent: boolean): void {
    const { store, platform, clock } = this.session;
    const tries = one.tries + 1;
    const retryAfterS = error instanceof CoreError ? (error.retryAfterS ?? 0) : 0;
    const waitMs = Math.ceil(Math.max(pauseMs(tries, platform), retryAfterS * 1000));
    try {
      store.write((tx) => {
        const found = item(tx, one.id);
        if (found === null || found.state !== "wanted") return;
        if (error instanceof Broken) {
          change(tx, one.id, { state: "broken", moved: 0, problem: "media_broken" });
        } else if (error instanceof NotThere && !this.mayYetCome(found.message, clock.now())) {
          change(tx, one.id, { state: "gone", moved: 0, problem: "media_gone" });
        } else if (error instanceof StoreFull) {
          change(tx, one.id, { state: "away", problem: "storage_full" });
        } else if (!silent || this.isConnected()) {
          change(tx, one.id, { retry_at_ms: platform.now() + waitMs, tries });
        }
      });
    } catch {
      this.restUntilMs = platform.now() + waitMs; // no room even for this line
    }
    platform.later(waitMs, () => this.kick());
  }

  private mayYetCome(message: number | null, nowMs: number): boolean {
    if (message === null) return false;
    const row = this.session.store.one("SELECT at_ms FROM message WHERE n = ?", [message]);
    return row !== undefined && integer(row, "at_ms") > nowMs - MAY_YET_COME_MS;
  }
}

/** Cuts a stream at the chunks' ends. Throws Broken when it is shorter or longer than the blob. */
async function* chunksOf(
  body: ReadableStream<Uint8Array>,
  cipher: BlobCipher,
  first: number,
  watch: () => () => void,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let index = first;
  let unwatch = watch();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      unwatch();
      if (done) break;
      unwatch = watch();
      held.push(value);
      heldBytes += value.length;
      while (index < cipher.chunks && heldBytes >= cipher.sealedBytes(index)) {
        const whole = held.length === 1 && held[0] !== undefined ? held[0] : concat(...held);
        const length = cipher.sealedBytes(index);
        yield whole.subarray(0, length);
        held = whole.length > length ? [whole.subarray(length)] : [];
        heldBytes = whole.length - length;
        index += 1;
      }
    }
    if (index !== cipher.chunks || heldBytes > 0) throw new Broken();
  } finally {
    unwatch();
    await reader.cancel().catch(() => undefined);
  }
}
