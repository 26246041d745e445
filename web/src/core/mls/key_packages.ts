import { decodeMlsMessage, type KeyPackage, type PrivateKeyPackage } from "ts-mls";
import type { Session } from "../session.ts";
import { blob, integer, type Tx } from "../store/store.ts";
import { newKeyPackage, type OwnKeyPackage } from "./group.ts";

/** This device's key packages: enough with the server for others to add it while it is away [DS13]. */

const STOCK = 30;
const REFILL_BELOW = 20;
const LIFETIME_MS = 100 * 86_400_000;

export class KeyPackages {
  constructor(private readonly session: Session) {}

  /** The own package a welcome is meant for, or null when it is not known here. */
  find(refs: Uint8Array[]): { ref: Uint8Array; publicPackage: KeyPackage; privatePackage: PrivateKeyPackage } | null {
    for (const ref of refs) {
      const row = this.session.store.one("SELECT * FROM key_package WHERE ref = ?", [ref]);
      if (row === undefined) continue;
      const decoded = decodeMlsMessage(blob(row, "package"), 0);
      if (decoded === undefined || decoded[0].wireformat !== "mls_key_package") continue;
      return {
        ref,
        publicPackage: decoded[0].keyPackage,
        privatePackage: {
          initPrivateKey: blob(row, "init_key"),
          hpkePrivateKey: blob(row, "leaf_key"),
          signaturePrivateKey: this.session.device.signKey,
        },
      };
    }
    return null;
  }

  /** A welcome came: its package is spent. The last resort may be given out again and stays. */
  used(tx: Tx, ref: Uint8Array): void {
    tx.run("DELETE FROM key_package WHERE ref = ? AND last_resort = 0", [ref]);
  }

  /** Tops up the server's stock; the private halves are stored before the server gets the public ones. */
  async refill(): Promise<void> {
    const { count, has_last_resort } = await this.session.http.keyPackageCount();
    if (count >= REFILL_BELOW && has_last_resort) return;
    const packages: OwnKeyPackage[] = [];
    while (packages.length < STOCK - count) packages.push(await newKeyPackage(this.session.device));
    const lastResort = has_last_resort ? null : await newKeyPackage(this.session.device);
    const now = Math.round(this.session.clock.now());
    this.session.store.write((tx) => {
      for (const made of packages) this.keep(tx, made, false, now);
      if (lastResort !== null) this.keep(tx, lastResort, true, now);
      tx.run("DELETE FROM key_package WHERE last_resort = 0 AND created_at_ms < ?", [now - LIFETIME_MS]);
    });
    await this.session.http.putKeyPackages(
      packages.map(({ encoded }) => encoded),
      lastResort?.encoded ?? null,
    );
  }

  /** How many private halves are kept: for tests and for nobody else. */
  get kept(): number {
    return integer(this.session.store.one("SELECT count(*) AS n FROM key_package") ?? {}, "n");
  }

  private keep(tx: Tx, made: OwnKeyPackage, lastResort: boolean, now: number): void {
    const { initPrivateKey, hpkePrivateKey } = made.privatePackage;
    tx.run(
      `INSERT INTO key_package (ref, package, init_key, leaf_key, last_resort, created_at_ms) VALUES (?, ?, ?, ?, ?, ?)`,
      [made.ref, made.encoded, initPrivateKey, hpkePrivateKey, Number(lastResort), now],
    );
  }
}
