import { CoreError } from "../api.ts";
import { base64url } from "../bytes.ts";
import { NotThere } from "../http.ts";
import { CONTENT_BYTES_MAX } from "../media/blob.ts";
import { Broken } from "../media/cutting.ts";
import { fetchContent } from "../media/fetching.ts";
import { letGo } from "../media/shelf.ts";
import { Transport } from "../media/transport.ts";
import type { Session } from "../session.ts";
import * as meta from "../store/meta.ts";
import { blob, integer, integerOrNull, type Row, StoreFull, type Tx, text, textOrNull } from "../store/store.ts";
import { Errand, pauseMs } from "../sync/errand.ts";
import type { Outbox } from "../sync/outbox.ts";
import type { Keepsakes } from "./keepsakes.ts";
import { forget, miss, UNASKED_BYTES_MAX } from "./lists.ts";
import { followingBody, type GivenFile } from "./wire.ts";

/**
 * Files of what she keeps, from another own device [FA3]: small ones by themselves, a few at a time, so that neither
 * server nor line is filled; large ones when she opens them.
 */

const ASKED_MAX = 8;
const ASK_ANSWERED_MS = 3_600_000;
/** The device on which she kept it gives it by itself. */
const UNASKED_MS = 120_000;
const ASK_AGAIN_MS = 30_000;
const OPENED_PATIENCE_MS = 20_000;
const FULL_RETRY_MS = 3_600_000;
const TRIES_MAX = 5;
/** Mail lives 30 days: who was away nearly as long asks for everything. */
const AWAY_MS = 25 * 86_400_000;
const SEEN_EVERY_MS = 3_600_000;

export class Taking {
  private readonly transport: Transport;
  private readonly errand = new Errand(() => this.once());
  private readonly awaited = new Map<string, (() => void)[]>();
  private surveyed = false;
  /** There is something to do. */
  onWork: () => void = () => {};

  constructor(
    private readonly session: Session,
    private readonly outbox: Outbox,
    private readonly keepsakes: Keepsakes,
    private readonly isAlone: () => boolean,
  ) {
    this.transport = new Transport(session.http);
  }

  tend(): void {
    this.errand.tend();
  }

  end(): void {
    this.errand.end();
  }

  /** Another own device gives a file; what is not wanted here is let go. */
  given(tx: Tx, { name, blob: id, secrets, hash, bytes }: GivenFile): void {
    const row = tx.one("SELECT blob, opened FROM following_in WHERE name = ?", [name]);
    const isWanted = row !== undefined && row["blob"] === null && bytes <= CONTENT_BYTES_MAX;
    if (!isWanted || (bytes > UNASKED_BYTES_MAX && row["opened"] !== 1)) {
      letGo(tx, id);
      return;
    }
    tx.run(
      `UPDATE following_in SET blob = ?, key = ?, prefix = ?, hash = ?, bytes = ?, moved = 0, problem = NULL,
       retry_at_ms = 0 WHERE name = ?`,
      [id, secrets.key, secrets.prefix, hash, bytes, name],
    );
  }

  /** She opens it: asked for now. Throws CoreError: media_gone, offline, elsewhere (it comes later), storage_full. */
  async bring(name: string, bytes: number): Promise<void> {
    const { store, clock, platform } = this.session;
    if (this.isAlone()) throw new CoreError("media_gone");
    const now = Math.round(clock.now());
    store.write((tx) => {
      miss(tx, name, bytes, now);
      tx.run(
        `UPDATE following_in SET opened = 1, problem = NULL, retry_at_ms = 0, tries = 0,
         asked_ms = iif(asked_ms > ?, asked_ms, NULL) WHERE name = ?`,
        [now - ASK_AGAIN_MS, name],
      );
      tx.touch("favourites");
    });
    if (!this.outbox.connected) throw new CoreError("offline");
    this.onWork();
    await new Promise<void>((done) => {
      this.awaited.set(name, [...(this.awaited.get(name) ?? []), done]);
      const wait = (): void => {
        const isComing = (this.find(name)?.["blob"] ?? null) !== null && this.outbox.connected;
        if (isComing) platform.later(OPENED_PATIENCE_MS, wait);
        else done();
      };
      platform.later(OPENED_PATIENCE_MS, wait);
    });
    const row = this.find(name);
    if (row !== undefined)
      throw new CoreError(textOrNull(row, "problem") === "storage_full" ? "storage_full" : "elsewhere");
  }

  private find(name: string): Row | undefined {
    return this.session.store.one("SELECT * FROM following_in WHERE name = ?", [name]);
  }

  private async once(): Promise<void> {
    const { store, platform } = this.session;
    if (!this.surveyed) {
      await this.keepsakes.survey();
      this.surveyed = true;
    }
    await this.ask();
    const due = "SELECT * FROM following_in WHERE blob IS NOT NULL AND retry_at_ms <= ? ORDER BY opened DESC, since_ms";
    for (const row of store.all(due, [platform.now()])) {
      if (this.errand.signal.aborted) return;
      await this.take(row);
    }
  }

  private async ask(): Promise<void> {
    const { store, turn, clock, selfGroupId } = this.session;
    const now = Math.round(clock.now());
    if (this.isAlone() || !this.outbox.canSendNow(selfGroupId)) return;
    const seenMs = meta.number(store, "following_seen_ms");
    const all = seenMs < now - AWAY_MS;
    const waiting = store.one(
      "SELECT count(*) AS n FROM following_in WHERE opened = 0 AND (blob IS NOT NULL OR asked_ms > ?)",
      [now - ASK_ANSWERED_MS],
    );
    const room = Math.max(0, ASKED_MAX - integer(waiting ?? { n: 0 }, "n"));
    const opened = store.all(
      "SELECT name FROM following_in WHERE blob IS NULL AND asked_ms IS NULL AND opened = 1 AND problem IS NULL",
    );
    const others = store.all(
      `SELECT name FROM following_in WHERE blob IS NULL AND asked_ms IS NULL AND opened = 0 AND problem IS NULL
       AND bytes <= ? AND since_ms <= ? ORDER BY name LIKE 's%' DESC, rowid LIMIT ?`,
      [UNASKED_BYTES_MAX, now - UNASKED_MS, room],
    );
    const asks: string[] = [];
    for (const row of [...opened, ...others]) if (!(await this.isHere(text(row, "name")))) asks.push(text(row, "name"));
    if (asks.length === 0 && !all && seenMs > now - SEEN_EVERY_MS) return;
    await turn.run(async () => {
      store.write((tx) => {
        meta.put(tx, "following_seen_ms", now);
        if (asks.length > 0 || all) this.outbox.say(tx, selfGroupId, followingBody({ asks, all }));
        for (const name of asks) tx.run("UPDATE following_in SET asked_ms = ? WHERE name = ?", [now, name]);
      });
    });
    await this.outbox.flush();
  }

  /** Nothing is to be fetched: it is not kept any more, or is here after all, with the message it was kept of. */
  private async isHere(name: string): Promise<boolean> {
    const { store } = this.session;
    if (this.keepsakes.isKept(store, name) && !(await this.keepsakes.has(name))) return false;
    this.done(name);
    return true;
  }

  private done(name: string): void {
    this.session.store.write((tx) => {
      forget(tx, name);
      tx.touch("favourites");
      tx.touch("stickers");
    });
    this.settle(name);
  }

  private settle(name: string): void {
    for (const done of this.awaited.get(name) ?? []) done();
    this.awaited.delete(name);
  }

  private async take(row: Row): Promise<void> {
    const { store, platform } = this.session;
    const name = text(row, "name");
    try {
      if (await this.isHere(name)) return;
      await this.fetch(row);
      this.done(name);
    } catch (error) {
      if (error instanceof Broken) await platform.files.remove(name);
      if (this.errand.signal.aborted) return;
      store.write((tx) => this.postpone(tx, row, error));
      if (textOrNull(this.find(name) ?? { problem: null }, "problem") !== null) this.settle(name);
    }
  }

  private async fetch(row: Row): Promise<void> {
    const { store, platform } = this.session;
    const name = text(row, "name");
    const abort = new AbortController();
    const end = (): void => abort.abort();
    this.errand.signal.addEventListener("abort", end, { once: true });
    const moved = integer(row, "moved");
    const begun = moved === 0 ? null : await platform.files.read(name);
    const secrets = { key: blob(row, "key"), prefix: blob(row, "prefix") };
    try {
      await fetchContent(this.transport, {
        blob: base64url(blob(row, "blob")),
        sealed: { secrets, hash: blob(row, "hash"), bytes: integer(row, "bytes") },
        begun: begun?.slice(0, moved) ?? null,
        open: () => platform.files.open(name),
        stored: (bytes) =>
          store.write((tx) => {
            tx.run("UPDATE following_in SET moved = ? WHERE name = ?", [bytes, name]);
            tx.touch("favourites");
          }),
        abort,
        later: (ms, run) => platform.later(ms, run),
      });
    } finally {
      this.errand.signal.removeEventListener("abort", end);
    }
    if (!(await this.keepsakes.place(name))) throw new Broken();
  }

  private postpone(tx: Tx, row: Row, error: unknown): void {
    const name = text(row, "name");
    const { platform } = this.session;
    const tries = integer(row, "tries") + 1;
    const again = (problem: string | null, waitMs: number): void => {
      tx.run("UPDATE following_in SET problem = ?, tries = ?, retry_at_ms = ? WHERE name = ?", [
        problem,
        tries,
        Math.ceil(platform.now() + waitMs),
        name,
      ]);
    };
    if (error instanceof NotThere || error instanceof Broken) {
      // The blob had its time, or is not what it should be: asked for anew, now and then.
      if (error instanceof Broken) letGo(tx, blob(row, "blob"));
      tx.run("UPDATE following_in SET blob = NULL, asked_ms = NULL, moved = 0, since_ms = 0 WHERE name = ?", [name]);
      again(tries < TRIES_MAX ? null : "media_gone", 0);
    } else if (error instanceof StoreFull) again("storage_full", FULL_RETRY_MS);
    else again(null, pauseMs(tries, platform));
    tx.touch("favourites");
  }

  /** Of a file that is not here: how much of it is. Null: it is here, or on no device. */
  progress(name: string): { done: number; opened: boolean } | null {
    const row = this.isAlone() ? undefined : this.find(name);
    return row === undefined ? null : { done: integer(row, "moved"), opened: integerOrNull(row, "opened") === 1 };
  }
}
