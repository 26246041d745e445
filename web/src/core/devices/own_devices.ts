import { encode } from "cborg";
import { CoreError, type Device } from "../api.ts";
import { concat, equal, fromBase64, hex } from "../bytes.ts";
import { parseLink } from "../contacts/links.ts";
import { findPerson } from "../contacts/people.ts";
import type { Commits } from "../groups/commits.ts";
import { certificateIsValid } from "../identity/account.ts";
import { openLabel } from "../identity/secrets.ts";
import { leafKeys } from "../mls/group.ts";
import { sealBox } from "../mls/hpke.ts";
import type { States } from "../mls/states.ts";
import type { Session } from "../session.ts";
import * as meta from "../store/meta.ts";
import { blob, type Tx } from "../store/store.ts";
import type { Directory } from "./directory.ts";
import type { History } from "./history.ts";

/** This account's devices: their list, letting a new one in, putting one out of everything. */

const LINK_INFO = "hongyan link v1";
const HISTORY_PROMISED_MS = 3_600_000;
const KEY_BYTES = 32;

export class OwnDevices {
  private list: Device[] | null = null;

  constructor(
    private readonly session: Session,
    private readonly states: States,
    private readonly directory: Directory,
    private readonly commits: Commits,
    private readonly history: History,
  ) {}

  /** What was fetched last; empty until then. */
  get devices(): Device[] {
    return this.list ?? [];
  }

  /** As the server has them now. */
  async ids(): Promise<number[]> {
    await this.refresh();
    return this.devices.map(({ id }) => Number(id));
  }

  async refresh(): Promise<void> {
    const devices = await this.session.http.devices();
    const { seed, accountKey } = this.session.account;
    const listed: Device[] = [];
    for (const device of devices) {
      const valid = await certificateIsValid(accountKey, {
        signatureKey: fromBase64(device.signature_key),
        certificate: fromBase64(device.certificate),
        createdAtMs: device.created_at_ms,
      });
      if (!valid) continue;
      listed.push({
        id: String(device.device_id),
        label: openLabel(seed, fromBase64(device.label)),
        isThis: device.device_id === this.session.deviceId,
        addedAtMs: device.created_at_ms,
        lastSeenDay: device.last_seen_day ?? "",
      });
    }
    this.list = listed;
    this.session.store.write((tx) => tx.touch("devices"));
  }

  /** Hands the account to the device that shows this link [DL1]; history follows once it is in the self group. */
  async approve(linkText: string): Promise<void> {
    const link = parseLink(linkText);
    if (link.kind !== "device") throw new CoreError("link_expired");
    const me = findPerson(this.session.store, this.session.accountId);
    const sealed = sealBox(
      link.publicKey,
      encode({ seed: this.session.account.seed, account_id: this.session.accountId, name: me?.name ?? "" }),
      LINK_INFO,
    );
    // Before it is asked: the device may be in the self group before the answer is here.
    this.session.store.write((tx) => this.promise(tx, 1));
    try {
      await this.session.http.approveLink(link.linkId, sealed);
    } catch (error) {
      const isLetIn = error instanceof CoreError && error.code === "offline"; // or may be: nobody knows
      if (!isLetIn) this.session.store.write((tx) => this.promise(tx, -1));
      throw error;
    }
  }

  /** So many more devices are given history when they come into the self group, however they get there. */
  private promise(tx: Tx, more: number): void {
    const promised = Math.max(0, meta.number(tx, "history_promised") + more);
    if (promised === more) meta.put(tx, "history_known", concat(...this.leaves()));
    meta.put(tx, "history_promised", promised);
    meta.put(tx, "history_promised_until_ms", Math.round(this.session.clock.now()) + HISTORY_PROMISED_MS);
  }

  /** Gives history to devices that were let in here and have come. Call in a turn. */
  keepPromises(): void {
    const { store, clock } = this.session;
    const promised = meta.number(store, "history_promised");
    if (promised === 0) return;
    const known = meta.bytes(store, "history_known") ?? new Uint8Array();
    const knownKeys = new Set(keysIn(known));
    const come = this.leaves().filter((key) => !knownKeys.has(hex(key)));
    const isOver = clock.now() > meta.number(store, "history_promised_until_ms");
    if (come.length === 0 && !isOver) return;
    store.write((tx) => {
      for (const device of come) this.history.promise(tx, device);
      meta.put(tx, "history_known", concat(known, ...come));
      meta.put(tx, "history_promised", isOver ? 0 : Math.max(0, promised - come.length));
    });
  }

  /** Devices in the self group. */
  private leaves(): Uint8Array[] {
    const state = this.states.get(this.session.selfGroupId);
    return state === null ? [this.session.device.signatureKey] : leafKeys(state.ratchetTree);
  }

  async remove(id: string): Promise<void> {
    const known = this.session.store.one("SELECT signature_key FROM device WHERE device = ?", [Number(id)]);
    await this.session.http.removeDevice(id);
    if (known !== undefined) {
      const key = blob(known, "signature_key");
      this.session.store.write((tx) => this.putOut(tx, key));
      void this.commits.reconcileDue();
    }
    await this.refresh();
  }

  /** A removed device's leaf goes from every group it is in. */
  putOut(tx: Tx, signatureKey: Uint8Array): void {
    for (const row of tx.all("SELECT group_id FROM conversation WHERE status = 'active'")) {
      const groupId = blob(row, "group_id");
      const state = this.states.get(groupId);
      if (state !== null && leafKeys(state.ratchetTree).some((key) => equal(key, signatureKey))) {
        this.commits.wish(tx, groupId, { what: "remove_device", device: signatureKey });
      }
    }
  }

  /** Asks the directory about every device in every group; returns those the server has removed. */
  async findRemoved(): Promise<Uint8Array[]> {
    const keys = new Map<string, Uint8Array>();
    for (const row of this.session.store.all("SELECT group_id FROM conversation WHERE status = 'active'")) {
      const state = this.states.get(blob(row, "group_id"));
      for (const key of state === null ? [] : leafKeys(state.ratchetTree)) {
        if (!equal(key, this.session.device.signatureKey)) keys.set(hex(key), key);
      }
    }
    return this.directory.refresh([...keys.values()]);
  }
}

function keysIn(joined: Uint8Array): string[] {
  return Array.from({ length: joined.length / KEY_BYTES }, (_, i) =>
    hex(joined.subarray(i * KEY_BYTES, (i + 1) * KEY_BYTES)),
  );
}
