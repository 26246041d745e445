import { CoreError } from "../api.ts";
import { equal } from "../bytes.ts";
import { digest } from "../mls/suite.ts";
import type { Session } from "../session.ts";
import * as meta from "../store/meta.ts";
import { openVault } from "./pin.ts";
import { tablesOf } from "./records.ts";
import { manifestOf } from "./restorer.ts";
import { openSegment, segmentId, unwrapForDevices } from "./sealing.ts";
import type { BackupServer, Held } from "./server.ts";

/** Why a backup would not bring her back. */
export type Trouble = "missing" | "older" | "damaged" | "pin";

/**
 * Opens what a new device would have to open: the PIN's box, the manifest, and one segment chosen at random [BK6].
 * Returns what is wrong, or null. Throws CoreError offline.
 */
export async function rehearse(session: Session, server: BackupServer, held: Held): Promise<Trouble | null> {
  const { store, account, platform } = session;
  const { head, vault } = held;
  if (head === null) return "missing";
  const newest = meta.number(store, "backup_version");
  if (head.version < newest) return "older";
  const written = meta.bytes(store, "backup_manifest");
  const isMine = head.deviceId === session.deviceId && head.version === newest;
  if (isMine && written !== null && !equal(written, digest(head.manifest))) return "older";
  try {
    const backupKey = await unwrapForDevices(account.seed, account.accountKey, head.keyForDevices);
    const pinKey = meta.bytes(store, "pin_key");
    if (pinKey !== null && !(await opensByPin(pinKey, vault, backupKey, account.seed))) return "pin";
    const { segments } = await manifestOf(backupKey, account.accountKey, head);
    const chosen = segments[Math.floor(platform.jitter() * segments.length)];
    if (chosen === undefined) return null;
    const segment = await server.segment(chosen.id);
    if (!equal(segmentId(segment), chosen.id)) return "damaged";
    tablesOf(await openSegment(backupKey, segment));
    return null;
  } catch (error) {
    if (error instanceof CoreError && error.code === "backup_damaged") return "damaged";
    throw error;
  }
}

async function opensByPin(
  pinKey: Uint8Array,
  vault: Held["vault"],
  backupKey: Uint8Array,
  seed: Uint8Array,
): Promise<boolean> {
  if (vault === null || vault.destroyed) return false;
  const keys = await openVault(pinKey, vault.box).catch(() => null);
  return keys !== null && equal(keys.backupKey, backupKey) && equal(keys.seed, seed);
}
