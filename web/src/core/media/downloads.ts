import { CoreError } from "../api.ts";
import { fromBase64 } from "../bytes.ts";
import { NotThere } from "../http.ts";
import type { Session } from "../session.ts";
import { integer, StoreFull } from "../store/store.ts";
import { pauseMs } from "../sync/errand.ts";
import { CONTENT_BYTES_MAX } from "./blob.ts";
import { Broken, fetchContent } from "./fetching.ts";
import { attachmentOf, change, fileOf, type Item, item, secretsOf, wantedItems } from "./shelf.ts";
import type { Transport } from "./transport.ts";

/**
 * Files of others on their way to this device: chunk by chunk, nothing kept that did not open, nothing given out
 * before the whole is what the message said [ME6]. What was stored is not fetched again after a break.
 */

const DOWNLOADS_MAX = 3;
/** A blob is there before its message, but a device that has just joined may hear of it a moment early [ME12]. */
const MAY_YET_COME_MS = 60_000;

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
    const begun = one.moved === 0 ? null : await platform.files.read(fileOf(one.id));
    await fetchContent(this.transport, {
      blob: one.blob,
      sealed: { secrets: secretsOf(attachment), hash: fromBase64(attachment.hash), bytes: attachment.bytes },
      begun: begun?.slice(0, one.moved) ?? null,
      open: () => platform.files.open(fileOf(one.id)),
      stored: (moved) => store.write((tx) => change(tx, one.id, { moved })),
      abort,
      later: (ms, run) => platform.later(ms, run),
    });
    store.write((tx) => {
      const tell = item(tx, one.id)?.message === null ? null : "taken";
      change(tx, one.id, { state: "here", moved: one.bytes, bytes: attachment.bytes, tell, problem: null, tries: 0 });
    });
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
