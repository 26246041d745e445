import { equal, fromBase64, hex } from "../bytes.ts";
import type { Certified } from "../http.ts";
import { certificateIsValid } from "../identity/account.ts";
import type { Session } from "../session.ts";
import { blob, integer, type Tx } from "../store/store.ts";

/**
 * Which account each device belongs to, checked by certificate [ID5].
 *
 * The first account key seen for an account is pinned; a later, different one is taken in and told to the person
 * in the chat (`onKeyChanged`), and she can go on reading.
 */

const KEYS_PER_REQUEST = 1_000;

export interface KnownDevice {
  signatureKey: Uint8Array;
  deviceId: number;
  accountId: number;
  removed: boolean;
}

export class Directory {
  private readonly cache = new Map<string, KnownDevice>();
  /** In the transaction that takes in another account key for a person. */
  onKeyChanged: (tx: Tx, accountId: number) => void = () => {};

  constructor(private readonly session: Session) {}

  /** What is known without asking the server. */
  known(signatureKey: Uint8Array): KnownDevice | null {
    const key = hex(signatureKey);
    const cached = this.cache.get(key);
    if (cached !== undefined) return cached;
    const row = this.session.store.one("SELECT * FROM device WHERE signature_key = ?", [signatureKey]);
    if (row === undefined) return null;
    const device = {
      signatureKey: blob(row, "signature_key"),
      deviceId: integer(row, "device"),
      accountId: integer(row, "account"),
      removed: integer(row, "removed") === 1,
    };
    this.cache.set(key, device);
    return device;
  }

  accountOf(signatureKey: Uint8Array): number | null {
    return this.known(signatureKey)?.accountId ?? null;
  }

  /** Whether a leaf's key is certified; asks the server when it is new. Throws CoreError "offline". */
  async isCertified(signatureKey: Uint8Array): Promise<boolean> {
    if (equal(signatureKey, this.session.device.signatureKey)) return true;
    if (this.known(signatureKey) !== null) return true;
    await this.learn([signatureKey]);
    return this.known(signatureKey) !== null;
  }

  /** Makes sure every key the server can tell of is known. */
  async learn(signatureKeys: Uint8Array[]): Promise<void> {
    await this.refresh(signatureKeys.filter((key) => this.known(key) === null));
  }

  /** Asks again about these keys; returns those whose devices the server says were removed. */
  async refresh(signatureKeys: Uint8Array[]): Promise<Uint8Array[]> {
    const removed: Uint8Array[] = [];
    for (let start = 0; start < signatureKeys.length; start += KEYS_PER_REQUEST) {
      const answer = await this.session.http.directory(signatureKeys.slice(start, start + KEYS_PER_REQUEST));
      for (const entry of answer.devices) {
        if (await this.takeIn(entry)) {
          if (entry.removed) removed.push(fromBase64(entry.signature_key));
        }
      }
    }
    return removed;
  }

  private async takeIn(entry: Certified): Promise<boolean> {
    const signatureKey = fromBase64(entry.signature_key);
    const accountKey = fromBase64(entry.account_key);
    const valid = await certificateIsValid(accountKey, {
      signatureKey,
      certificate: fromBase64(entry.certificate),
      createdAtMs: entry.created_at_ms,
    });
    const mine = entry.account_id === this.session.accountId;
    if (!valid || (mine && !equal(accountKey, this.session.account.accountKey))) return false;
    const known = this.known(signatureKey);
    if (known !== null && known.accountId === entry.account_id && known.removed === entry.removed) return true;
    this.session.store.write((tx) => {
      this.pin(tx, entry.account_id, entry.name, accountKey);
      tx.run(
        `INSERT OR REPLACE INTO device (signature_key, device, account, created_at_ms, removed) VALUES (?, ?, ?, ?, ?)`,
        [signatureKey, entry.device_id, entry.account_id, entry.created_at_ms, Number(entry.removed)],
      );
    });
    this.cache.delete(hex(signatureKey));
    return true;
  }

  /** Pins an account key, or tells of a change. */
  pin(tx: Tx, accountId: number, name: string, accountKey: Uint8Array): void {
    const row = tx.one("SELECT account_key FROM person WHERE account = ?", [accountId]);
    if (row === undefined) {
      tx.run("INSERT INTO person (account, name, account_key) VALUES (?, ?, ?)", [accountId, name, accountKey]);
      tx.touch("contacts");
    } else if (!equal(blob(row, "account_key"), accountKey)) {
      tx.run("UPDATE person SET account_key = ?, verified = 0 WHERE account = ?", [accountKey, accountId]);
      tx.touch("contacts");
      this.onKeyChanged(tx, accountId);
    }
  }

  /** The device with this server id, as far as known. */
  byDeviceId(deviceId: number): KnownDevice | null {
    const row = this.session.store.one("SELECT signature_key FROM device WHERE device = ?", [deviceId]);
    return row === undefined ? null : this.known(blob(row, "signature_key"));
  }
}
