import { equal } from "../bytes.ts";
import { findPerson } from "../contacts/people.ts";
import type { Session } from "../session.ts";
import { integer, type Tx } from "../store/store.ts";
import type { Conversation } from "./conversations.ts";
import { isOffender, type Leaf, type Standing } from "./judging.ts";
import { roleOf } from "./policy.ts";
import type { Wish } from "./wishes.ts";

/**
 * Undoing what a commit did without right [GP6]: every member wishes it undone, in turns, so that as a rule one does
 * it and the others find it done. Bounded, so that two who do not agree cannot go on for ever.
 */

const TURN_MS = 1_500;
const TURNS_MAX = 20;
const REPAIRS_PER_HOUR_MAX = 12;
const HOUR_MS = 3_600_000;

/** How long this device waits before it does what any of them may: owner first, then admins, then the lowest leaf. */
export function turnOf(session: Session, standing: Standing | null, leaves: Leaf[]): number {
  const rank = (leaf: Leaf) => {
    if (standing === null || leaf.account === null) return 2;
    return ["owner", "admin", "member"].indexOf(roleOf(standing.policy, leaf.account));
  };
  const ranked = leaves.map((leaf, i) => ({ leaf, i })).sort((a, b) => rank(a.leaf) - rank(b.leaf) || a.i - b.i);
  const own = ranked.findIndex(({ leaf }) => equal(leaf.key, session.device.signatureKey));
  const turn = Math.min(Math.max(0, own), TURNS_MAX) + session.platform.jitter() / 2;
  return Math.round(turn * TURN_MS);
}

/** In the transaction of the commit that is void in part. */
export function wishRepair(
  tx: Tx,
  session: Session,
  conversation: Conversation,
  { was, standing, leaves }: { was: Standing; standing: Standing; leaves: Leaf[] },
  wish: (tx: Tx, groupId: Uint8Array, wish: Wish, delayMs: number) => void,
): void {
  const { groupId } = conversation;
  const intruders = standing.intruders.filter((key) => !was.intruders.some((old) => equal(old, key)));
  const victims = standing.victims.filter((account) => !was.victims.includes(account) && account !== session.accountId);
  const offenders = Object.keys(standing.offences)
    .map(Number)
    .filter((account) => isOffender(standing, account) && account !== session.accountId)
    .filter((account) => leaves.some((leaf) => leaf.account === account));
  if (intruders.length + victims.length + offenders.length === 0 || !mayRepair(tx, session, groupId)) return;
  const delayMs = turnOf(session, standing, leaves);
  for (const device of intruders) wish(tx, groupId, { what: "remove_device", device }, delayMs);
  for (const account of offenders) wish(tx, groupId, { what: "remove", account }, delayMs);
  // A friend can be brought back at once; anybody else asks for it herself, and is heard (admission.ts).
  for (const account of victims) {
    if (findPerson(tx, account)?.friend === true) wish(tx, groupId, { what: "add", account }, delayMs);
  }
}

function mayRepair(tx: Tx, session: Session, groupId: Uint8Array): boolean {
  const now = Math.round(session.clock.now());
  tx.run("DELETE FROM repair WHERE at_ms < ?", [now - HOUR_MS]);
  const row = tx.one("SELECT count(*) AS n FROM repair WHERE group_id = ?", [groupId]);
  if (integer(row ?? { n: 0 }, "n") >= REPAIRS_PER_HOUR_MAX) return false;
  tx.run("INSERT INTO repair (group_id, at_ms) VALUES (?, ?)", [groupId, now]);
  return true;
}
