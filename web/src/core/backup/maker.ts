import { encode } from "cborg";
import { CoreError } from "../api.ts";
import { equal, random } from "../bytes.ts";
import { digest } from "../mls/suite.ts";
import type { Session } from "../session.ts";
import * as meta from "../store/meta.ts";
import { blob, integer, type Tx } from "../store/store.ts";
import { countMessages, frontTables, intoContents, rangeTables } from "./records.ts";
import {
  FORMAT,
  KEY_BYTES,
  type ListedSegment,
  sealManifest,
  sealSegment,
  segmentId,
  unwrapForDevices,
  wrapForDevices,
} from "./sealing.ts";
import type { BackupServer, Head, Held } from "./server.ts";
import { markAllDirty } from "./tables.ts";

/**
 * Makes versions of the backup: ranges of messages that changed, the front, then the manifest that binds them [BK3].
 * What was uploaded is noted at once, so a backup that was cut goes on where it stood.
 */

/** Another device that made none for so long is taken to be gone. */
const TAKE_OVER_MS = 36 * 3_600_000;

export type Made = "made" | "unchanged" | "elsewhere";

export class Maker {
  /** 0 to 1 while a version is being made, else null. */
  progress: number | null = null;
  onProgress: () => void = () => {};

  constructor(
    private readonly session: Session,
    private readonly server: BackupServer,
    private readonly ownDeviceIds: () => Promise<number[]>,
  ) {}

  /** The backup key: of the newest version if there is one, else this device's own, made now if need be. */
  async key(held: Held): Promise<Uint8Array> {
    const { store, account } = this.session;
    const known = meta.bytes(store, "backup_key");
    const key =
      held.head === null
        ? (known ?? random(KEY_BYTES))
        : await unwrapForDevices(account.seed, account.accountKey, held.head.keyForDevices).catch(
            () => known ?? random(KEY_BYTES),
          );
    if (known !== null && equal(known, key)) return key;
    store.write((tx) => {
      meta.put(tx, "backup_key", key);
      // What was uploaded under another key is of no use.
      forgetUploaded(tx);
    });
    return key;
  }

  /**
   * Makes the next version when something changed, or in any case with `whole`: everything anew.
   * Throws CoreError: offline, backup_full, backup_moved, backup_damaged (the server lost a part), backup_newer.
   */
  async make(held: Held, { whole }: { whole: boolean }): Promise<Made> {
    const { head } = held;
    if (head !== null && head.format > FORMAT) throw new CoreError("backup_newer");
    if (head !== null && !whole && !this.isMine(head) && (await this.isKept(head))) return "elsewhere";
    const goesOn = !whole && head !== null && this.isMine(head) && this.isAsLeft(head);
    if (!goesOn) this.startAnew(whole);
    this.setProgress(0);
    try {
      return await this.makeVersion(held, goesOn);
    } finally {
      this.setProgress(null);
    }
  }

  private isMine(head: Head): boolean {
    return head.deviceId === this.session.deviceId;
  }

  /** Whether the device that made it still looks after it. */
  private async isKept(head: Head): Promise<boolean> {
    const { store, clock } = this.session;
    // Who came back from it goes on with it.
    if (head.version === meta.number(store, "restored_version")) return false;
    return head.madeAtMs > clock.now() - TAKE_OVER_MS && (await this.ownDeviceIds()).includes(head.deviceId);
  }

  private isAsLeft(head: Head): boolean {
    const { store } = this.session;
    const last = meta.bytes(store, "backup_manifest");
    return head.version === meta.number(store, "backup_version") && last !== null && equal(last, digest(head.manifest));
  }

  /** Nothing of what was uploaded counts, unless a first backup was cut and nobody made another since. */
  private startAnew(whole: boolean): void {
    const { store } = this.session;
    if (!whole && meta.flag(store, "backup_begun")) return;
    store.write((tx) => {
      forgetUploaded(tx);
      meta.put(tx, "backup_begun", true);
    });
  }

  private async makeVersion(held: Held, goesOn: boolean): Promise<Made> {
    const { store, account, clock } = this.session;
    const key = await this.key(held);
    const dirty = store.all("SELECT range, changes FROM backup_dirty ORDER BY range DESC");
    const front = frontTables(store);
    const frontDigest = digest(encode(front));
    const last = meta.bytes(store, "backup_front");
    if (goesOn && dirty.length === 0 && last !== null && equal(last, frontDigest)) return "unchanged";
    let done = 0;
    for (const row of dirty) {
      await this.uploadRange(key, integer(row, "range"), integer(row, "changes"));
      this.setProgress(++done / (dirty.length + 2));
    }
    const segments: ListedSegment[] = [];
    for (const { content, rows } of intoContents(front)) {
      segments.push({ id: await this.upload(key, content), kind: "front", rows });
    }
    for (const row of store.all("SELECT id, rows FROM backup_segment ORDER BY range DESC, part")) {
      segments.push({ id: blob(row, "id"), kind: "messages", rows: integer(row, "rows") });
    }
    const after = held.head?.version ?? 0;
    const version = Math.max(after, meta.number(store, "backup_version")) + 1;
    const madeAtMs = Math.round(clock.now());
    const manifest = await sealManifest(key, account.accountKey, version, {
      madeAtMs,
      messages: countMessages(store),
      segments,
    });
    await this.commit({ after, version, manifest, key, segments });
    store.write((tx) => {
      meta.put(tx, "backup_version", version);
      meta.put(tx, "backup_manifest", digest(manifest));
      meta.put(tx, "backup_front", frontDigest);
      meta.put(tx, "backup_made_at_ms", madeAtMs);
      meta.drop(tx, "backup_begun");
    });
    return "made";
  }

  private async commit(made: {
    after: number;
    version: number;
    manifest: Uint8Array;
    key: Uint8Array;
    segments: ListedSegment[];
  }): Promise<void> {
    const { seed, accountKey } = this.session.account;
    try {
      await this.server.putVersion({
        after: made.after,
        version: made.version,
        format: FORMAT,
        manifest: made.manifest,
        keyForDevices: await wrapForDevices(seed, accountKey, made.key),
        segments: made.segments.map(({ id }) => id),
      });
    } catch (error) {
      // The server has erased or lost a part: the next try uploads all.
      if (error instanceof CoreError && error.code === "backup_damaged") {
        this.session.store.write(forgetUploaded);
      }
      throw error;
    }
  }

  private async uploadRange(key: Uint8Array, range: number, changes: number): Promise<void> {
    const { store } = this.session;
    const uploaded: { id: Uint8Array; rows: number }[] = [];
    for (const { content, rows } of intoContents(rangeTables(store, range))) {
      uploaded.push({ id: await this.upload(key, content), rows });
    }
    store.write((tx) => {
      tx.run("DELETE FROM backup_segment WHERE range = ?", [range]);
      uploaded.forEach(({ id, rows }, part) => {
        tx.run("INSERT INTO backup_segment (range, part, id, rows) VALUES (?, ?, ?, ?)", [range, part, id, rows]);
      });
      // What changed while it was on its way stays noted.
      tx.run("DELETE FROM backup_dirty WHERE range = ? AND changes = ?", [range, changes]);
    });
  }

  private async upload(key: Uint8Array, content: unknown): Promise<Uint8Array> {
    const segment = await sealSegment(key, content);
    const id = segmentId(segment);
    await this.server.putSegment(id, segment);
    return id;
  }

  setProgress(progress: number | null): void {
    this.progress = progress;
    this.onProgress();
  }
}

function forgetUploaded(tx: Tx): void {
  markAllDirty(tx);
  meta.drop(tx, "backup_front");
}
