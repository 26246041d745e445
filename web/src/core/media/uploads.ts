import { CoreError, type ErrorCode } from "../api.ts";
import { concat, fromBase64, hex } from "../bytes.ts";
import type { Chats } from "../chats/chats.ts";
import type { Conversations } from "../groups/conversations.ts";
import { NotThere, OtherOffset } from "../http.ts";
import type { States } from "../mls/states.ts";
import type { Session } from "../session.ts";
import { blob, text } from "../store/store.ts";
import { pauseMs } from "../sync/errand.ts";
import type { Outbox } from "../sync/outbox.ts";
import { BlobCipher, blobBytes, CHUNK_BYTES, SEALED_CHUNK_BYTES } from "./blob.ts";
import { attachmentOf, change, fileOf, type Item, item, secretsOf, sendingItems } from "./shelf.ts";
import type { Transport } from "./transport.ts";

/**
 * Own files on their way to the server. Where an upload stands is asked of the server and never guessed [ME10];
 * sealing the same content with the same key gives the same bytes, so it goes on after a crash where it stood.
 */

const UPLOADS_MAX = 3;
const PIECE_BYTES_MIN = 256 * 1024;
const PIECE_BYTES_MAX = 4 * 1024 * 1024;
const QUICK_MS = 1_000;
const SLOW_MS = 10_000;
const NOT_WORTH_A_RETRY: readonly ErrorCode[] = ["media_full", "not_a_member", "file_too_large", "unexpected"];

export class Uploads {
  private readonly running = new Map<number, { lane: string; abort: AbortController }>();
  private ended = false;
  private restUntilMs = 0;
  /** The last byte of one of a message's files is with the server. */
  onUploaded: (message: number) => void = () => {};

  constructor(
    private readonly session: Session,
    private readonly transport: Transport,
    private readonly conversations: Conversations,
    private readonly states: States,
    private readonly chats: Chats,
    private readonly outbox: Outbox,
  ) {}

  /** Begins what can be sent now. What was said in one chat first arrives first; a large file holds up no picture. */
  kick(): void {
    const now = this.session.platform.now();
    if (!this.outbox.connected || this.ended || now < this.restUntilMs) return;
    const blocked = new Set([...this.running.values()].map(({ lane }) => lane));
    for (const one of sendingItems(this.session.store)) {
      if (this.running.size >= UPLOADS_MAX) return;
      const groupId = this.groupOf(one);
      if (groupId === null || this.running.has(one.id)) continue;
      const lane = `${hex(groupId)} ${one.kind === "video" || one.kind === "file"}`;
      if (blocked.has(lane)) continue;
      blocked.add(lane);
      if (one.retryAtMs > now || !this.outbox.canSendNow(groupId)) continue;
      const abort = new AbortController();
      this.running.set(one.id, { lane, abort });
      void this.run(one, groupId, abort.signal);
    }
  }

  /** The person waits for it: now, whatever the pause was for. */
  hurry(): void {
    this.session.store.write((tx) => tx.run("UPDATE media SET retry_at_ms = 0 WHERE state = 'sending'"));
    this.kick();
  }

  cancel(id: number): void {
    this.running.get(id)?.abort.abort();
  }

  end(): void {
    this.ended = true;
    for (const { abort } of this.running.values()) abort.abort();
  }

  private groupOf({ message }: Item): Uint8Array | null {
    const row = this.session.store.one("SELECT c.group_id FROM message m JOIN chat c ON c.id = m.chat WHERE m.n = ?", [
      message,
    ]);
    return row === undefined ? null : blob(row, "group_id");
  }

  private async run(one: Item, groupId: Uint8Array, signal: AbortSignal): Promise<void> {
    try {
      await this.send(one, groupId, signal);
    } catch (error) {
      if (!signal.aborted) this.interrupted(one, error);
    } finally {
      this.running.delete(one.id);
      this.kick();
    }
  }

  private async send(one: Item, groupId: Uint8Array, signal: AbortSignal): Promise<void> {
    const { store, platform } = this.session;
    const attachment = one.message === null ? null : attachmentOf(store, one.message, one.path);
    const content = await platform.files.read(fileOf(one.id));
    if (attachment === null || content === null || content.size !== one.bytes) throw new CoreError("unexpected");
    const cipher = await BlobCipher.of(secretsOf(attachment), one.bytes);
    const total = blobBytes(one.bytes);
    const upload = { id: fromBase64(one.blob), bytes: total, groupId };
    const first = one.begun ? null : await sealedPart(cipher, content, 0, Math.min(total, PIECE_BYTES_MIN));
    store.write((tx) => change(tx, one.id, { begun: 1 }));
    let offset = await this.transport.create(upload, first, signal);
    let piece = PIECE_BYTES_MIN;
    while (offset < total) {
      this.moved(one.id, offset);
      const part = await sealedPart(cipher, content, offset, Math.min(total, offset + piece));
      const startedMs = platform.now();
      try {
        offset = await this.transport.append(one.blob, offset, part, signal);
      } catch (error) {
        if (error instanceof OtherOffset) offset = error.offset;
        else if (error instanceof NotThere) offset = await this.transport.create(upload, null, signal);
        else throw error;
      }
      const tookMs = platform.now() - startedMs;
      if (tookMs < QUICK_MS) piece = Math.min(PIECE_BYTES_MAX, piece * 2);
      if (tookMs > SLOW_MS) piece = Math.max(PIECE_BYTES_MIN, piece / 2);
    }
    if (signal.aborted) return;
    store.write((tx) =>
      change(tx, one.id, {
        state: "uploaded",
        moved: one.bytes,
        due_epoch: this.states.epochOf(groupId),
        problem: null,
        tries: 0,
      }),
    );
    this.outbox.onServerFull(false);
    if (one.message !== null) this.onUploaded(one.message);
  }

  private moved(id: number, offset: number): void {
    const content = Math.floor(offset / SEALED_CHUNK_BYTES) * CHUNK_BYTES;
    this.session.store.write((tx) => change(tx, id, { moved: content }));
  }

  private interrupted(one: Item, error: unknown): void {
    const refusal = error instanceof CoreError ? error : new CoreError("unexpected");
    const { store, platform } = this.session;
    if (refusal.code === "storage_full") this.outbox.onServerFull(true);
    const tries = one.tries + 1;
    const waitMs = Math.ceil(Math.max(pauseMs(tries, platform), (refusal.retryAfterS ?? 0) * 1000));
    platform.later(waitMs, () => this.kick());
    try {
      store.write((tx) => {
        if (item(tx, one.id)?.state !== "sending") return;
        if (!NOT_WORTH_A_RETRY.includes(refusal.code)) {
          const problem = refusal.code === "offline" ? null : refusal.code;
          change(tx, one.id, { retry_at_ms: platform.now() + waitMs, tries, problem });
          return;
        }
        change(tx, one.id, { state: "stopped", problem: refusal.code });
        if (one.message !== null) this.chats.setState(tx, one.message, "failed");
      });
    } catch {
      this.restUntilMs = platform.now() + waitMs; // no room even for this line
    }
  }

  /** After the message went out: devices that joined since the last byte may fetch it, too [ME12]. */
  async tellWhoIsDue(): Promise<void> {
    const rows = this.session.store.all(
      `SELECT d.id, d.blob, d.due_epoch, c.group_id FROM media d JOIN message m ON m.n = d.message
       JOIN chat c ON c.id = m.chat WHERE d.due_epoch IS NOT NULL AND d.state IN ('here', 'cleared') AND m.state = 'sent'`,
    );
    for (const row of rows) {
      const groupId = blob(row, "group_id");
      const epoch = this.states.epochOf(groupId);
      if (epoch !== row["due_epoch"] && this.conversations.find(groupId)?.status === "active") {
        try {
          await this.session.http.mediaDue(text(row, "blob"), groupId);
        } catch (error) {
          if (!(error instanceof NotThere)) throw error;
        }
      }
      this.session.store.write((tx) => change(tx, Number(row["id"]), { due_epoch: null }));
    }
  }
}

/** The bytes `from` to `to` of the blob, sealed anew from the content. */
export async function sealedPart(cipher: BlobCipher, content: Blob, from: number, to: number): Promise<Uint8Array> {
  const first = Math.floor(from / SEALED_CHUNK_BYTES);
  const last = Math.ceil(to / SEALED_CHUNK_BYTES);
  const plain = new Uint8Array(await content.slice(first * CHUNK_BYTES, last * CHUNK_BYTES).arrayBuffer());
  const sealed: Uint8Array[] = [];
  for (let index = first; index < last; index++) {
    const at = (index - first) * CHUNK_BYTES;
    sealed.push(await cipher.seal(index, plain.subarray(at, at + CHUNK_BYTES)));
  }
  const start = first * SEALED_CHUNK_BYTES;
  return concat(...sealed).subarray(from - start, to - start);
}
