import { decode } from "cborg";
import { CoreError, type Returning as ReturningState } from "../api.ts";
import { base64url, equal } from "../bytes.ts";
import { accountKeys } from "../identity/account.ts";
import { generateKeyPair, openBox } from "../mls/hpke.ts";
import type { Platform } from "../platform.ts";
import * as meta from "../store/meta.ts";
import type { Store } from "../store/store.ts";
import { openCircle, RECOVERY_INFO, recoveryCode } from "./circle.ts";
import { isMap, type Keys, requireFormat } from "./sealing.ts";
import type { BackupServer, Polled } from "./server.ts";
import { combine } from "./shamir.ts";

/**
 * The new device that two friends bring back [BK7]: it shows a link and waits, through restarts, until both have
 * approved and, beside a device in use, the day of waiting is over [BK8].
 */

const POLL_MS = 3_000;
const RECOVERY = [
  "recovery_id",
  "recovery_secret",
  "recovery_name",
  "recovery_private_key",
  "recovery_public_key",
] as const;

/** Lets this device in, once the keys are there. */
export type Admit = (ticket: string, keys: Keys) => Promise<void>;

export class Returning {
  private cancel: () => void = () => {};
  private approvals = 0;
  private opensAtMs: number | null = null;
  private trouble: ReturningState["trouble"] = null;
  onChange: () => void = () => {};

  constructor(
    private readonly platform: Platform,
    private readonly store: Store,
    private readonly server: BackupServer,
    private readonly admit: Admit,
  ) {}

  /** What the page shows; null when nothing was begun. */
  state(): ReturningState | null {
    const id = meta.words(this.store, "recovery_id");
    const publicKey = meta.bytes(this.store, "recovery_public_key");
    if (id === "" || publicKey === null) return null;
    return {
      name: meta.words(this.store, "recovery_name"),
      text: `${this.platform.origin}/r#${id}.${base64url(publicKey)}`,
      code: recoveryCode(id, publicKey),
      approvals: this.approvals,
      opensAtMs: this.opensAtMs,
      trouble: this.trouble,
    };
  }

  async start(name: string, done: () => void): Promise<void> {
    this.stop();
    const started = await this.server.startRecovery(name);
    const { privateKey, publicKey } = generateKeyPair();
    this.store.write((tx) => {
      meta.put(tx, "recovery_id", started.recovery_id);
      meta.put(tx, "recovery_secret", started.poll_secret);
      meta.put(tx, "recovery_name", name);
      meta.put(tx, "recovery_private_key", privateKey);
      meta.put(tx, "recovery_public_key", publicKey);
    });
    [this.approvals, this.opensAtMs, this.trouble] = [0, null, null];
    this.onChange();
    this.resume(done);
  }

  /** Goes on waiting where an earlier start, or an earlier run of the app, began. */
  resume(done: () => void): void {
    this.stop();
    if (this.state() === null || this.trouble === "ended") return;
    this.cancel = this.platform.later(POLL_MS, () => {
      this.poll().then(
        (isIn) => {
          if (isIn) done();
          else this.resume(done);
        },
        () => this.resume(done),
      );
    });
  }

  stop(): void {
    this.cancel();
  }

  forget(): void {
    this.stop();
    this.store.write((tx) => {
      for (const key of RECOVERY) meta.drop(tx, key);
    });
    this.onChange();
  }

  private async poll(): Promise<boolean> {
    const [id, secret] = [meta.words(this.store, "recovery_id"), meta.words(this.store, "recovery_secret")];
    const polled = await this.server.pollRecovery(id, secret);
    const before = JSON.stringify(this.state());
    [this.approvals, this.opensAtMs] = [polled.approvals, polled.opensAtMs];
    if (polled.state === "expired") this.trouble = "ended";
    const keys = polled.approved === null ? null : await this.keysOf(polled.approved);
    try {
      if (polled.approved === null || keys === null) return false;
      if (polled.approved.format !== null) requireFormat(polled.approved.format);
      await this.admit(polled.approved.ticket, keys);
      this.forget();
      return true;
    } catch (error) {
      if (error instanceof CoreError && error.code === "backup_newer") this.trouble = "newer";
      throw error;
    } finally {
      if (JSON.stringify(this.state()) !== before) this.onChange();
    }
  }

  /** What any two of the shares open; a friend may have given one of an earlier choice, or a wrong one. */
  private async keysOf(approved: NonNullable<Polled["approved"]>): Promise<Keys | null> {
    const { circle, box, accountKey } = approved;
    if (circle === null || box === null) return null;
    const shares = approved.sealed.flatMap((sealed) => this.shareIn(sealed, circle) ?? []);
    for (const [i, one] of shares.entries()) {
      for (const other of shares.slice(i + 1)) {
        const secret = combine(one, other);
        const keys = secret === null ? null : await openCircle(secret, circle, box).catch(() => null);
        if (keys !== null && equal(accountKeys(keys.seed).accountKey, accountKey)) return keys;
      }
    }
    this.trouble = "shares";
    return null;
  }

  private shareIn(sealed: Uint8Array, circle: Uint8Array): Uint8Array | null {
    const privateKey = meta.bytes(this.store, "recovery_private_key");
    if (privateKey === null) return null;
    try {
      const given: unknown = decode(openBox(privateKey, sealed, RECOVERY_INFO));
      if (!isMap(given) || !(given["circle"] instanceof Uint8Array) || !equal(given["circle"], circle)) return null;
      return given["share"] instanceof Uint8Array ? given["share"] : null;
    } catch {
      return null;
    }
  }
}
