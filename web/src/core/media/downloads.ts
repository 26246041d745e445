import { CoreError } from "../api.ts";
import { NotThere } from "../http.ts";
import type { Session } from "../session.ts";
import { integer, StoreFull } from "../store/store.ts";
import { pauseMs } from "../sync/errand.ts";
import { SEALED_CHUNK_BYTES } from "./blob.ts";
import { Broken, chunksOf } from "./cutting.ts";
import { PartFile } from "./part_file.ts";
import { change, type Item, item, wantedItems } from "./shelf.ts";
import type { Transport } from "./transport.ts";
import { Wishes } from "./wishes.ts";

/**
 * Files of others on their way to this device: chunk by chunk, nothing kept that did not open, and called here only when
 * the whole is what the message said [ME6]. What was stored is not fetched again after a break. What somebody watches
 * comes in the order she needs it, and has the line for itself.
 */

const DOWNLOADS_MAX = 3;
const STORED_EVERY_CHUNKS = 16;
const STORED_EVERY_MS = 1_000;
const SILENCE_MS_MAX = 30_000;
/** A watched one does not wait long for the next try. */
const WATCHED_PAUSE_MS_MAX = 4_000;
/** Sooner there by waiting than by asking anew. */
const NEAR_CHUNKS = 2;
/** At a time, while nothing can be kept. */
const UNKEPT_CHUNKS = 16;
/** A blob is there before its message, but a device that has just joined may hear of it a moment early [ME12]. */
const MAY_YET_COME_MS = 60_000;

interface Running {
  one: Item;
  abort: AbortController;
  /** It makes way for what is watched, and goes on later. */
  paused: boolean;
  part: PartFile | null;
  /** The request under way, and the chunk that it brings next. */
  request: AbortController | null;
  next: number;
}

export class Downloads {
  private readonly running = new Map<number, Running>();
  private readonly watched = new Map<number, Wishes>();
  /** Of what is fetched or watched: the file of each is open once. */
  private readonly parts = new Map<number, Promise<PartFile>>();
  private readonly awaited = new Map<number, (() => void)[]>();
  private ended = false;
  private restUntilMs = 0;
  /** A file is here, or will not come: the server may have to be told. */
  onFetched: () => void = () => {};

  constructor(
    private readonly session: Session,
    private readonly transport: Transport,
    readonly isConnected: () => boolean,
  ) {}

  kick(): void {
    if (!this.isConnected() || this.ended || this.session.platform.now() < this.restUntilMs) return;
    for (const one of this.due()) {
      if (this.running.size >= DOWNLOADS_MAX) return;
      if (this.running.has(one.id)) continue;
      const abort = new AbortController();
      const running: Running = { one, abort, paused: false, part: null, request: null, next: 0 };
      this.running.set(one.id, running);
      void this.run(running);
    }
  }

  private due(): Item[] {
    const { store, platform, clock } = this.session;
    const now = platform.now();
    const watched = [...this.watched.keys()].map((id) => item(store, id)).filter((one) => one !== null);
    const open = watched.filter(({ state, retryAtMs }) => (state === "wanted" || state === "away") && retryAtMs <= now);
    const wanted = wantedItems(store, now, clock.now(), DOWNLOADS_MAX * 2);
    return [...open, ...wanted.filter((one) => this.watched.size === 0 || !isLarge(one))];
  }

  /** Somebody watches it from now on; other large files wait meanwhile. */
  watch(id: number): Wishes {
    const wishes = this.watched.get(id) ?? new Wishes();
    this.watched.set(id, wishes);
    for (const running of this.running.values()) {
      if (this.watched.has(running.one.id) || !isLarge(running.one)) continue;
      running.paused = true;
      running.abort.abort();
    }
    this.kick();
    return wishes;
  }

  unwatch(id: number): void {
    const wishes = this.watched.get(id);
    this.watched.delete(id);
    wishes?.ring();
    if (!this.running.has(id)) this.shut(id);
    this.kick();
  }

  /** Content that is here while the rest of it is fetched; null when none is at `from`. */
  async read(one: Item, from: number, most: number): Promise<Uint8Array | null> {
    const part = await this.part(one).catch(() => null);
    return part?.read(from, most) ?? null;
  }

  private part(one: Item): Promise<PartFile> {
    const known = this.parts.get(one.id);
    if (known !== undefined) return known;
    if (this.ended) return Promise.reject(new CoreError("offline"));
    const opened = PartFile.open(this.session, one);
    this.parts.set(one.id, opened);
    opened.catch(() => this.parts.delete(one.id));
    return opened;
  }

  private shut(id: number): void {
    const part = this.parts.get(id);
    this.parts.delete(id);
    void part?.then(
      (open) => open.close(),
      () => undefined,
    );
  }

  /** Turns to the chunk that is wished for now, unless it is about to come. */
  turn(id: number): void {
    const running = this.running.get(id);
    if (running === undefined) this.kick();
    else if (this.isElsewhere(running)) running.request?.abort();
    this.watched.get(id)?.ring();
  }

  private isElsewhere({ one, part, next }: Running): boolean {
    if (part === null) return false;
    const wished = this.watched.get(one.id)?.newest((chunk) => part.has(chunk)) ?? null;
    return wished !== null && (wished < next || wished > next + NEAR_CHUNKS);
  }

  /** Resolves when the next try to fetch it has ended, well or not. */
  settled(id: number): Promise<void> {
    return new Promise((resolve) => this.awaited.set(id, [...(this.awaited.get(id) ?? []), resolve]));
  }

  cancel(id: number): void {
    this.running.get(id)?.abort.abort();
  }

  end(): void {
    this.ended = true;
    for (const { abort } of this.running.values()) abort.abort();
  }

  private async run(running: Running): Promise<void> {
    const { one, abort } = running;
    try {
      await this.fetch(running);
    } catch (error) {
      if (error instanceof Broken) this.shut(one.id); // none of it is trusted any more
      if (!running.paused && (!abort.signal.aborted || !this.ended)) this.interrupted(one, error, abort.signal.aborted);
    } finally {
      this.running.delete(one.id);
      if (!this.watched.has(one.id)) this.shut(one.id);
      this.watched.get(one.id)?.ring();
      if (!running.paused) {
        for (const resolve of this.awaited.get(one.id) ?? []) resolve();
        this.awaited.delete(one.id);
      }
      this.onFetched();
      this.kick();
    }
  }

  private async fetch(running: Running): Promise<void> {
    const { one } = running;
    const part = await this.part(one);
    running.part = part;
    for (;;) {
      const next = await this.nextOf(running, part);
      if (next === null) break;
      await this.fetchFrom(next, running, part);
    }
    part.keep();
    if (part.isFull) throw new StoreFull();
    if (!(await part.isRight())) throw new Broken();
    this.shut(one.id);
    this.session.store.write((tx) => {
      const tell = item(tx, one.id)?.message === null ? null : "taken";
      const here = { state: "here", moved: one.bytes, have: null, bytes: part.bytes } as const;
      change(tx, one.id, { ...here, tell, problem: null, tries: 0 });
    });
  }

  /** The chunk to ask for; null when all of them are here. */
  private async nextOf({ one, abort }: Running, part: PartFile): Promise<number | null> {
    for (;;) {
      const wishes = this.watched.get(one.id);
      if (wishes === undefined && part.isFull) throw new StoreFull();
      if (abort.signal.aborted) throw new CoreError("offline");
      if (wishes === undefined) return part.missingFrom(0);
      const wished = wishes.newest((chunk) => part.has(chunk));
      if (wished !== null) return wished;
      if (!part.isFull) return part.missingFrom(wishes.after);
      await wishes.rung(); // nothing can be kept: only what is asked for is fetched
    }
  }

  /** Fetches the missing chunks from `first` on, until others are wished for. */
  private async fetchFrom(first: number, running: Running, part: PartFile): Promise<void> {
    const { one, abort } = running;
    const gap = part.gapEnd(first);
    const end = part.isFull ? Math.min(gap, first + UNKEPT_CHUNKS) : gap;
    const request = new AbortController();
    const giveUp = (): void => request.abort();
    abort.signal.addEventListener("abort", giveUp);
    running.request = request;
    running.next = first;
    let keptAtMs = this.session.platform.now();
    try {
      const body = await this.ask(one, part, { first, end }, request.signal);
      for await (const sealed of chunksOf(body, part.cipher, { first, end }, this.watcher(abort))) {
        await part.put(running.next, sealed);
        running.next += 1;
        const wishes = this.watched.get(one.id);
        wishes?.ring();
        if (part.isFull && wishes === undefined) throw new StoreFull();
        const now = this.session.platform.now();
        if (now - keptAtMs > STORED_EVERY_MS || (running.next - first) % STORED_EVERY_CHUNKS === 0) {
          part.keep();
          keptAtMs = now;
        }
        if (this.isElsewhere(running)) return;
      }
    } catch (error) {
      const turned = request.signal.aborted && !abort.signal.aborted;
      if (!turned || error instanceof Broken) throw error;
    } finally {
      abort.signal.removeEventListener("abort", giveUp);
      running.request = null;
      part.keep();
    }
  }

  /** The sealed bytes of these chunks. Throws Broken when the answer is of another length. */
  private async ask(
    one: Item,
    { cipher, chunks }: PartFile,
    { first, end }: { first: number; end: number },
    signal: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>> {
    const from = first * SEALED_CHUNK_BYTES;
    const to = (end - 1) * SEALED_CHUNK_BYTES + cipher.sealedBytes(end - 1);
    const response = await this.transport.fetch(one.blob, from, end === chunks ? null : to, signal);
    const told = response.headers.get("content-length");
    const isPart = response.status === 206;
    if (!isPart && (first > 0 || end < chunks)) throw new Broken(); // it was asked for a part
    if ((told !== null && Number(told) !== to - from) || response.body === null) throw new Broken();
    return response.body;
  }

  /** Ends a request on a line that went silent. Call the answer's answer with each piece that comes. */
  private watcher(abort: AbortController): () => () => void {
    return () => this.session.platform.later(SILENCE_MS_MAX, () => abort.abort());
  }

  private interrupted(one: Item, error: unknown, silent: boolean): void {
    const { store, platform, clock } = this.session;
    const tries = one.tries + 1;
    const retryAfterS = error instanceof CoreError ? (error.retryAfterS ?? 0) : 0;
    const pause = this.watched.has(one.id) ? WATCHED_PAUSE_MS_MAX : pauseMs(tries, platform);
    const waitMs = Math.ceil(Math.max(pause, retryAfterS * 1000));
    const retryAtMs = platform.now() + waitMs;
    try {
      store.write((tx) => {
        const found = item(tx, one.id);
        if (found === null || found.state !== "wanted") return;
        if (error instanceof Broken) {
          change(tx, one.id, { state: "broken", moved: 0, have: null, problem: "media_broken" });
        } else if (error instanceof NotThere && !this.mayYetCome(found.message, clock.now())) {
          change(tx, one.id, { state: "gone", moved: 0, have: null, problem: "media_gone" });
        } else if (error instanceof StoreFull) {
          change(tx, one.id, { state: "away", problem: "storage_full", retry_at_ms: retryAtMs });
        } else if (!silent || this.isConnected()) {
          change(tx, one.id, { retry_at_ms: retryAtMs, tries });
        }
      });
    } catch {
      this.restUntilMs = retryAtMs; // no room even for this line
    }
    platform.later(waitMs, () => this.kick());
  }

  private mayYetCome(message: number | null, nowMs: number): boolean {
    if (message === null) return false;
    const row = this.session.store.one("SELECT at_ms FROM message WHERE n = ?", [message]);
    return row !== undefined && integer(row, "at_ms") > nowMs - MAY_YET_COME_MS;
  }
}

/** A picture or a voice message is there before the other is missed. */
function isLarge({ kind }: Item): boolean {
  return kind === "video" || kind === "file";
}
