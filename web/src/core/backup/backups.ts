import { type BackupState, CoreError, type RecoveryRequest } from "../api.ts";
import { equal, random } from "../bytes.ts";
import { accountKeys } from "../identity/account.ts";
import type { Session } from "../session.ts";
import * as meta from "../store/meta.ts";
import type { Tx } from "../store/store.ts";
import type { Outbox } from "../sync/outbox.ts";
import { Circle } from "./circle.ts";
import { openFile, writeFile } from "./file.ts";
import { Maker } from "./maker.ts";
import { closeVault, isEasyPin, isPin, openVault, stretchPin, vaultSecret, verifierOf } from "./pin.ts";
import { countMessages } from "./records.ts";
import { rehearse, type Trouble } from "./rehearsal.ts";
import { fetchServersFront, restoring, takeAll, takeRest } from "./restorer.ts";
import { unwrapForDevices } from "./sealing.ts";
import { BackupServer, type Held } from "./server.ts";
import { watchChanges } from "./tables.ts";

/**
 * The backup of a signed-in device: made by itself when there is time, opened once a week to see that it can be,
 * and taken in when this device came from one. One thing at a time.
 */

const FIRST_AFTER_MS = 20_000;
const EVERY_MS = 3 * 3_600_000;
const CHECK_EVERY_MS = 7 * 86_400_000;
const PIN_EVERY_MS = 30 * 86_400_000;
const AFTER_TROUBLE_MS = 10 * 60_000;
const RESTORE_RETRY_MS = 5_000;

type Troubles = NonNullable<BackupState["trouble"]>["what"];

const REPAIRED = " repaired";

export class Backups {
  readonly server: BackupServer;
  readonly maker: Maker;
  readonly circle: Circle;
  private asked: RecoveryRequest[] = [];
  private dueMs = Number.POSITIVE_INFINITY;
  private working: Promise<void> | null = null;
  private stopped = false;
  /** Whether nothing more urgent is to be done. */
  isIdle: () => boolean = () => true;

  constructor(
    private readonly session: Session,
    outbox: Outbox,
    ownDeviceIds: () => Promise<number[]>,
  ) {
    this.server = new BackupServer(session.http);
    this.maker = new Maker(session, this.server, ownDeviceIds);
    this.maker.onProgress = () => this.touch();
    this.circle = new Circle(session, this.server, outbox);
    watchChanges(session.store);
  }

  private touch(): void {
    this.session.store.write((tx) => tx.touch("backup"));
  }

  /** After each connection: what is to be restored at once, what is to be backed up a little later. */
  connected(): void {
    const { clock, platform } = this.session;
    const now = clock.now();
    void this.refresh().catch(() => undefined);
    this.dueMs = this.isRestoring() ? now : now + FIRST_AFTER_MS * (1 + platform.jitter());
    this.tend();
  }

  stop(): void {
    this.stopped = true;
  }

  private isRestoring(): boolean {
    return restoring(this.session.store) !== null || meta.flag(this.session.store, "restore_wanted");
  }

  /** Begins what is due. Never throws, never waits. */
  tend(): void {
    if (this.working !== null || this.stopped || this.session.clock.now() < this.dueMs || !this.isIdle()) return;
    void this.alone(() => this.round()).catch(() => undefined);
  }

  /** One thing after the other. */
  private async alone(work: () => Promise<void>): Promise<void> {
    while (this.working !== null) await this.working.catch(() => undefined);
    this.working = work();
    try {
      await this.working;
    } finally {
      this.working = null;
    }
  }

  private async round(): Promise<void> {
    const { store, clock } = this.session;
    this.dueMs = clock.now() + AFTER_TROUBLE_MS;
    if (this.isRestoring()) {
      this.dueMs = clock.now() + RESTORE_RETRY_MS;
      await this.restoreRest();
    }
    if (meta.flag(store, "backup_off")) {
      this.dueMs = clock.now() + EVERY_MS;
      return;
    }
    await this.backUp(false);
    this.dueMs = clock.now() + EVERY_MS;
  }

  private async restoreRest(): Promise<void> {
    const { store } = this.session;
    try {
      if (meta.flag(store, "restore_wanted")) await this.beginRestore();
      const key = meta.bytes(store, "backup_key");
      if (key !== null)
        await takeRest(
          store,
          (id) => this.server.segment(id),
          key,
          () => !this.stopped,
        );
    } catch (error) {
      if (error instanceof CoreError && error.code === "backup_damaged") this.setTrouble("damaged");
      else throw error;
    }
  }

  private async beginRestore(): Promise<void> {
    const { store, account } = this.session;
    const { head } = await this.server.held();
    if (head !== null) {
      const { seed, accountKey } = account;
      const key = await unwrapForDevices(seed, accountKey, head.keyForDevices);
      const take = await fetchServersFront(this.server, key, accountKey, head);
      store.write((tx) => {
        take(tx);
        meta.drop(tx, "restore_wanted");
      });
    } else store.write((tx) => meta.drop(tx, "restore_wanted"));
  }

  /** Makes what is to be made, and looks whether it opens when that is due. Throws CoreError. */
  private async backUp(forced: boolean): Promise<void> {
    let held = await this.server.held();
    const lost = this.lostOf(held);
    this.note(held);
    try {
      if (lost !== null) {
        await this.repair(held, lost);
        return;
      }
      const made = await this.maker.make(held, { whole: false });
      if (made === "made") held = await this.server.held();
      this.note(held);
      if (forced || this.session.clock.now() - this.checkedAtMs() >= CHECK_EVERY_MS) await this.check(held);
      else if (this.isPassing(this.trouble())) this.setTrouble(null);
    } catch (error) {
      this.tellOf(error);
      throw error;
    }
  }

  /** The server shows less than this device knows there was. */
  private lostOf({ head }: Held): Trouble | null {
    const newest = meta.number(this.session.store, "backup_version");
    if (newest === 0) return null;
    if (head === null) return "missing";
    return head.version < newest ? "older" : null;
  }

  private checkedAtMs(): number {
    return meta.number(this.session.store, "backup_checked_at_ms");
  }

  /** What does not open is told, and made anew, whole [BK6]. */
  private async check(held: Held): Promise<void> {
    const trouble = await rehearse(this.session, this.server, held);
    if (trouble === null) {
      this.checked(null);
      return;
    }
    if (trouble === "pin") {
      this.session.store.write((tx) => meta.put(tx, "pin_gone", true));
      this.checked(trouble);
    } else await this.repair(held, trouble);
  }

  private async repair(held: Held, trouble: Trouble): Promise<void> {
    this.setTrouble(trouble);
    await this.maker.make(held, { whole: true });
    const again = await this.server.held();
    this.note(again);
    const left = await rehearse(this.session, this.server, again);
    if (left === null || left === "pin") this.checked(left ?? trouble);
  }

  private checked(repaired: Trouble | null): void {
    const { store, clock } = this.session;
    store.write((tx) => {
      meta.put(tx, "backup_checked_at_ms", Math.round(clock.now()));
      if (repaired === null) meta.drop(tx, "backup_trouble");
      else meta.put(tx, "backup_trouble", repaired === "pin" ? repaired : repaired + REPAIRED);
      tx.touch("backup");
    });
  }

  private tellOf(error: unknown): void {
    const code = error instanceof CoreError ? error.code : null;
    if (code === "offline" || code === "too_many_tries" || code === "backup_moved") return;
    this.setTrouble(code === "backup_full" ? "full" : code === "backup_newer" ? "newer" : "failed");
  }

  private setTrouble(what: Troubles | null): void {
    this.session.store.write((tx) => {
      if (what === null) meta.drop(tx, "backup_trouble");
      else meta.put(tx, "backup_trouble", what);
      tx.touch("backup");
    });
  }

  private trouble(): BackupState["trouble"] {
    const words = meta.words(this.session.store, "backup_trouble");
    if (words === "") return null;
    return { what: words.replace(REPAIRED, "") as Troubles, repaired: words.endsWith(REPAIRED) };
  }

  /** Over as soon as a backup could be made; the others are over when the backup was seen to open. */
  private isPassing(trouble: BackupState["trouble"]): boolean {
    return trouble !== null && ["full", "newer", "failed"].includes(trouble.what);
  }

  /** What the server says of the backup, for the page that shows it. */
  private note({ head, vault, usedBytes, bytesMax }: Held): void {
    const { store, deviceId } = this.session;
    store.write((tx) => {
      if (head === null) meta.drop(tx, "backup_made_at_ms");
      else {
        meta.put(tx, "backup_made_at_ms", head.madeAtMs);
        meta.put(tx, "backup_version", Math.max(head.version, meta.number(tx, "backup_version")));
      }
      meta.put(tx, "backup_here", head === null || head.deviceId === deviceId);
      meta.put(tx, "backup_bytes", usedBytes);
      meta.put(tx, "backup_bytes_max", bytesMax);
      if (vault === null) meta.drop(tx, "pin_set_at_ms");
      else meta.put(tx, "pin_set_at_ms", vault.setAtMs);
      const isWrong = meta.words(tx, "backup_trouble") === "pin";
      meta.put(tx, "pin_gone", isWrong || (vault?.destroyed ?? meta.bytes(tx, "pin_key") !== null));
      tx.touch("backup");
    });
  }

  /** Asks the server how things stand: another device may have changed them. */
  async refresh(): Promise<void> {
    this.note(await this.server.held());
    this.asked = await this.server.askedFor();
    this.touch();
  }

  /** No to a new device that friends let in: it was not she who asked. */
  async refuse(id: string): Promise<void> {
    await this.server.refuseRecovery(id);
    await this.refresh();
  }

  /** Throws CoreError: friends_needed, no_consent, offline. */
  async chooseFriends(accounts: number[], ready: (account: number) => Uint8Array): Promise<void> {
    await this.alone(async () => {
      await this.circle.choose(accounts, await this.maker.key(await this.server.held()), ready);
    });
    this.dueMs = Math.min(this.dueMs, this.session.clock.now());
  }

  /** Another own device turned backups on or off. */
  switched(tx: Tx, on: boolean): void {
    if (on) meta.drop(tx, "backup_off");
    else forget(tx);
    tx.touch("backup");
  }

  state(): BackupState {
    const { store, clock } = this.session;
    const madeAtMs = meta.number(store, "backup_made_at_ms");
    const pinSet = meta.number(store, "pin_set_at_ms") > 0;
    const askedAtMs = Math.max(meta.number(store, "pin_asked_at_ms"), meta.number(store, "pin_set_at_ms"));
    return {
      on: !meta.flag(store, "backup_off"),
      madeAtMs: madeAtMs === 0 ? null : madeAtMs,
      madeHere: meta.flag(store, "backup_here"),
      messages: countMessages(store),
      usedBytes: meta.number(store, "backup_bytes"),
      maxBytes: meta.number(store, "backup_bytes_max"),
      making: this.maker.progress,
      checkedAtMs: this.checkedAtMs() || null,
      trouble: this.trouble(),
      pin: meta.flag(store, "pin_gone") ? "gone" : pinSet ? "set" : "none",
      pinDue: pinSet && clock.now() - askedAtMs > PIN_EVERY_MS,
      restoring: restoring(store),
      friends: this.circle.friends().map(String),
      helping: this.circle.helping().map(String),
      asked: this.asked,
    };
  }

  /** Throws CoreError. */
  async now(): Promise<void> {
    this.session.store.write((tx) => meta.drop(tx, "backup_off"));
    await this.alone(async () => {
      if (this.isRestoring()) await this.restoreRest();
      await this.backUp(true);
    });
  }

  async turnOff(): Promise<void> {
    await this.alone(async () => {
      await this.server.erase();
      this.session.store.write((tx) => {
        forget(tx);
        tx.touch("backup");
      });
    });
  }

  private pinOf(pin: string): Promise<{ proof: Uint8Array; localKey: Uint8Array }> {
    const { store } = this.session;
    return stretchPin(meta.words(store, "name"), meta.words(store, "domain"), pin);
  }

  /** The PIN opens the backup from now on, and no other does [BK5]. */
  async setPin(pin: string): Promise<void> {
    if (!isPin(pin)) throw new CoreError("pin_malformed");
    if (isEasyPin(pin)) throw new CoreError("pin_too_easy");
    const { store, account } = this.session;
    const { proof, localKey } = await this.pinOf(pin);
    await this.alone(async () => {
      const backupKey = await this.maker.key(await this.server.held());
      const share = random(32);
      const secret = vaultSecret(localKey, share);
      const box = await closeVault(secret, { backupKey, seed: account.seed });
      await this.server.putVault(share, verifierOf(proof), box);
      store.write((tx) => {
        meta.put(tx, "pin_key", secret);
        meta.put(tx, "pin_set_at_ms", Math.round(this.session.clock.now()));
        meta.put(tx, "pin_asked_at_ms", Math.round(this.session.clock.now()));
        meta.put(tx, "pin_gone", false);
        if (meta.words(tx, "backup_trouble") === "pin") meta.drop(tx, "backup_trouble");
        tx.touch("backup");
      });
    });
    this.dueMs = Math.min(this.dueMs, this.session.clock.now());
  }

  async toFile(password: string): Promise<{ file: Blob; name: string }> {
    const { session } = this;
    let file = new Blob();
    await this.alone(async () => {
      try {
        file = await writeFile(session, password, (progress) => this.maker.setProgress(progress));
      } finally {
        this.maker.setProgress(null);
      }
    });
    const day = new Date(session.clock.now()).toISOString().slice(0, 10);
    return { file, name: `${meta.words(session.store, "name")} ${day}.hongyan` };
  }

  /** Adds what a file of this account has and this device has not. Throws CoreError. */
  async fromFile(file: Blob, password: string): Promise<void> {
    const { store, account } = this.session;
    const opened = await openFile(file, password, (seed) => accountKeys(seed).accountKey);
    if (!equal(opened.keys.seed, account.seed)) throw new CoreError("not_your_backup");
    await this.alone(() => takeAll(store, opened.source, opened.keys.backupKey, opened.manifest));
  }

  /** Opens the box as a new device would. Throws CoreError: wrong_pin, pin_gone, too_many_tries, backup_damaged. */
  async tryPin(pin: string): Promise<void> {
    if (!isPin(pin)) throw new CoreError("pin_malformed");
    const { store, account } = this.session;
    const { proof, localKey } = await this.pinOf(pin);
    const opened = await this.server.open(meta.words(store, "name"), proof);
    const secret = vaultSecret(localKey, opened.share);
    const keys = await openVault(secret, opened.box);
    if (!equal(keys.seed, account.seed)) throw new CoreError("backup_damaged");
    store.write((tx) => {
      meta.put(tx, "pin_key", secret);
      meta.put(tx, "pin_asked_at_ms", Math.round(this.session.clock.now()));
      tx.touch("backup");
    });
    await this.alone(async () => this.check(await this.server.held()));
  }
}

function forget(tx: Tx): void {
  for (const key of FORGOTTEN) meta.drop(tx, key);
  meta.put(tx, "backup_off", true);
  tx.run("DELETE FROM backup_segment");
  tx.run("DELETE FROM circle");
}

const FORGOTTEN = [
  "backup_key",
  "backup_version",
  "backup_made_at_ms",
  "backup_checked_at_ms",
  "backup_bytes",
  "backup_trouble",
  "backup_manifest",
  "backup_front",
  "backup_begun",
  "restored_version",
  "pin_key",
  "pin_set_at_ms",
  "pin_asked_at_ms",
  "pin_gone",
] as const;
