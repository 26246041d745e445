import { equal } from "../bytes.ts";
import {
  decodePolicy,
  groupIdOf,
  isSignedBy,
  type Policy,
  roleOf,
  type Signed,
  sameRoles,
  sameSettings,
} from "./policy.ts";

/**
 * What shows a newcomer that a policy is the group's own [GP8]: each change of roles since the group was made, the
 * newest version an owner or admin signed, and the newest of all. Whoever hands it over cannot make herself owner.
 */

const TRAIL_MAX = 24;

/** The trail with one more version; what is not needed to check it goes. */
export function lengthened(trail: Signed[], next: Signed): Signed[] {
  const [before, last] = trail.slice(-2).map((signed) => decodePolicy(signed.bytes));
  const policy = decodePolicy(next.bytes);
  const isNeeded =
    !before ||
    !last ||
    policy === null ||
    !sameRoles(before, last) ||
    (roleOf(last, last.signer) !== "member" && roleOf(last, policy.signer) === "member");
  return [...(isNeeded ? trail : trail.slice(0, -1)), next].slice(-TRAIL_MAX);
}

export interface Witnesses {
  /** The pinned account key, or null for an account never heard of. */
  accountKey(account: number): Uint8Array | null;
  isMember(account: number): boolean;
}

/** The policy the trail leads to, or null when a step of it does not hold. */
export async function policyOfTrail(
  groupId: Uint8Array,
  trail: Signed[],
  witnesses: Witnesses,
): Promise<Policy | null> {
  let before: Policy | null = null;
  for (const signed of trail) {
    const policy = decodePolicy(signed.bytes);
    if (policy === null || !equal(policy.groupId, groupId)) return null;
    if (!(await signatureHolds(policy, signed, witnesses))) return null;
    if (before === null ? !mayBegin(policy) : !mayLeap(before, policy, witnesses)) return null;
    before = policy;
  }
  return before;
}

/**
 * Version 0 and what follows by rule is signed by nobody. The key of somebody who is gone may be unknown here: she can
 * say nothing for herself any more, and what members tell besides shows whether it is so.
 */
async function signatureHolds(policy: Policy, signed: Signed, witnesses: Witnesses): Promise<boolean> {
  if (policy.signer === 0) return signed.signature.length === 0;
  const own = policy.origin?.account === policy.signer ? policy.origin.accountKey : null;
  const accountKey = own ?? witnesses.accountKey(policy.signer);
  if (accountKey === null) return !witnesses.isMember(policy.signer);
  return isSignedBy(signed, accountKey);
}

function mayBegin(policy: Policy): boolean {
  return policy.origin === null ? policy.version === 0 : equal(groupIdOf(policy.origin), policy.groupId);
}

/** Versions between the two may be left out: roles change by the owner's hand or by rule, settings by an admin's. */
function mayLeap(before: Policy, next: Policy, witnesses: Witnesses): boolean {
  if (next.version <= before.version) return false;
  if (before.origin === null) {
    if (next.origin !== null) return equal(groupIdOf(next.origin), next.groupId) && founds(before, next);
  } else if (next.origin === null || !equal(next.origin.nonce, before.origin.nonce)) return false;
  if (!sameRoles(before, next))
    return next.signer === 0 ? isByRule(before, next, witnesses) : next.signer === before.owner;
  if (next.signer !== 0 && roleOf(before, next.signer) !== "member") return true;
  return sameSettings(before, next);
}

/** A group made with a policy belongs to whom its id names. */
function founds(before: Policy, next: Policy): boolean {
  const founder = next.origin?.account;
  return next.signer === founder && next.owner === founder && before.version === 0 && before.owner === founder;
}

/** By rule only who is no longer there loses her part. */
function isByRule(before: Policy, next: Policy, witnesses: Witnesses): boolean {
  const lost = [before.owner, ...before.admins].filter((account) => roleOf(next, account) === "member");
  return (
    lost.every((account) => !witnesses.isMember(account)) && next.admins.every((one) => before.admins.includes(one))
  );
}
