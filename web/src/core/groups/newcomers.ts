import type { KeyPackage } from "ts-mls";
import { equal, fromBase64 } from "../bytes.ts";
import { findPerson } from "../contacts/people.ts";
import type { Directory } from "../devices/directory.ts";
import { decodeKeyPackage } from "../mls/group.ts";
import type { Session } from "../session.ts";
import { blob } from "../store/store.ts";

/** Devices that are to be added to a group, with the key packages claimed for them [DS8] [DS13]. */

export interface Newcomer {
  deviceId: number;
  accountId: number;
  keyPackage: KeyPackage;
  signatureKey: Uint8Array;
}

/** Claims a package of each device of the accounts; only devices that the directory knows as theirs are returned. */
export async function claimNewcomers(
  session: Session,
  directory: Directory,
  groupId: Uint8Array,
  accounts: number[],
): Promise<Newcomer[]> {
  if (accounts.length === 0) return [];
  const answer = await session.http.claimKeyPackages(accounts, groupId);
  const newcomers: Newcomer[] = [];
  for (const device of answer.devices) {
    if (device.device_id === session.deviceId) continue;
    try {
      const keyPackage = decodeKeyPackage(fromBase64(device.key_package));
      const signatureKey = keyPackage.leafNode.signaturePublicKey;
      newcomers.push({ deviceId: device.device_id, accountId: device.account_id, keyPackage, signatureKey });
    } catch {
      // A device that handed in nonsense cannot be added; its owner's other devices can.
    }
  }
  await directory.learn(newcomers.map(({ signatureKey }) => signatureKey));
  return newcomers.filter(({ signatureKey, accountId, deviceId }) => {
    const known = directory.known(signatureKey);
    if (known === null || known.accountId !== accountId || known.deviceId !== deviceId) return false;
    return isWhoAsked(session, groupId, accountId);
  });
}

/** Who asked by a code signed with her account key: another key that the server shows for her is somebody else's. */
function isWhoAsked({ store }: Session, groupId: Uint8Array, account: number): boolean {
  const asked = store.one("SELECT account_key FROM join_request WHERE group_id = ? AND account = ?", [
    groupId,
    account,
  ]);
  const person = findPerson(store, account);
  return asked === undefined || (person !== null && equal(person.accountKey, blob(asked, "account_key")));
}
