import { equal, hex } from "../bytes.ts";
import {
  firstPolicy,
  groupIdOf,
  hashOf,
  nextPolicy,
  type Policy,
  roleOf,
  type Signed,
  sameRoles,
  sameSettings,
  unsigned,
} from "./policy.ts";
import { lengthened } from "./trail.ts";

/**
 * Whether a commit is in order under the policy before it, and what holds after it [GP3] to [GP7].
 *
 * Pure: each member has the same tree, the same commit and the same policy, and so comes to the same judgement. A
 * commit that is not in order has begun an epoch all the same, for the server cannot know better; what it did without
 * right is void, and is undone by whoever comes first.
 */

const OFFENCES_MAX = 3;

export interface Leaf {
  key: Uint8Array; // the device's signature key
  account: number | null; // null: no account certifies it
  encryptionKey: Uint8Array;
  gone: boolean; // the directory says that its account has removed it
}

/** "I go", signed: it names the encryption keys of the leaves it is about, so that it cannot be used again [GP6]. */
export interface Departure {
  account: number;
  leaves: Uint8Array[];
}

export interface Change {
  committer: Leaf | null; // null: no longer to be known
  before: Leaf[];
  after: Leaf[];
  policy: { policy: Policy; signed: Signed } | null; // its signature holds for its signer's account key
  departures: Departure[]; // their signatures hold
}

/** What this device knows of a group's rules, and what is void in its tree. */
export interface Standing {
  policy: Policy;
  trail: Signed[]; // what shows a newcomer that the policy is the right one; the last one is it
  intruders: Uint8Array[]; // devices that were added without right
  victims: number[]; // accounts that were removed without right
  offences: Record<number, number>; // how often an account has added or removed without right
  certain: boolean; // false: this device has missed commits, and judges nothing until it is told [GP8]
  handed: boolean; // told by a member, not followed from the group's first day: others may know better
}

export type Fault = { what: "added" | "removed"; people: number[] } | { what: "policy"; people: [] };

export interface Judgement {
  standing: Standing;
  faults: Fault[];
}

export function firstStanding(groupId: Uint8Array, leaves: Leaf[]): Standing {
  const owner = leaves.find(({ account }) => account !== null)?.account ?? 0;
  const policy = firstPolicy(groupId, owner);
  return { policy, trail: [unsigned(policy)], intruders: [], victims: [], offences: {}, certain: true, handed: false };
}

export function isIntruder(standing: Standing, key: Uint8Array): boolean {
  return standing.intruders.some((intruder) => equal(intruder, key));
}

/** Who does so again and again has a client that holds no rules: anybody may put her out. */
export function isOffender(standing: Standing, account: number): boolean {
  return (standing.offences[account] ?? 0) >= OFFENCES_MAX && account !== standing.policy.owner;
}

/** The accounts that are members by right: those in the tree without intruders, and those wrongly removed. */
export function membersOf(standing: Standing, leaves: Leaf[]): Set<number> {
  const members = new Set(standing.victims);
  for (const leaf of leaves) if (leaf.account !== null && !isIntruder(standing, leaf.key)) members.add(leaf.account);
  return members;
}

export function mayAdd(standing: Standing, actor: number | null, account: number): boolean {
  if (actor === null) return false;
  if (standing.victims.includes(account)) return true;
  return standing.policy.adding === "everyone" || roleOf(standing.policy, actor) !== "member";
}

/** [GP5] [GP6] */
export function mayRemove(standing: Standing, actor: number | null, leaf: Leaf, departures: Departure[]): boolean {
  const { account } = leaf;
  if (account === null || leaf.gone || isIntruder(standing, leaf.key)) return true;
  if (account === actor || isOffender(standing, account)) return true;
  if (departures.some((one) => one.account === account && one.leaves.some((key) => equal(key, leaf.encryptionKey)))) {
    return true;
  }
  if (actor === null) return false;
  const own = roleOf(standing.policy, actor);
  return own === "owner" || (own === "admin" && roleOf(standing.policy, account) === "member");
}

/** Whether `next` may follow, made by its signer, in a group with these members afterwards [GP4]. */
export function mayFollow(before: Policy, next: Policy, members: Set<number>): boolean {
  if (next.version !== before.version + 1 || !equal(next.previous, hashOf(before))) return false;
  if (!equal(next.groupId, before.groupId) || !members.has(next.signer)) return false;
  const role = roleOf(before, next.signer);
  const { origin } = next;
  if (!sameOrigin(before, next)) {
    const founding = before.version === 0 && before.origin === null && origin !== null;
    if (!founding || origin.account !== next.signer || !equal(groupIdOf(origin), next.groupId)) return false;
  }
  if (!sameRoles(before, next) && (role !== "owner" || !rolesAreSound(next, members))) return false;
  if (!sameSettings(before, next) && role === "member") return false;
  if (next.name !== before.name && role === "member" && before.naming !== "everyone") return false;
  return sameAnnouncement(before, next) || mayAnnounce(before, next);
}

function sameOrigin(before: Policy, next: Policy): boolean {
  if (before.origin === null || next.origin === null) return before.origin === next.origin;
  return (
    before.origin.account === next.origin.account &&
    equal(before.origin.accountKey, next.origin.accountKey) &&
    equal(before.origin.nonce, next.origin.nonce)
  );
}

function rolesAreSound({ owner, admins }: Policy, members: Set<number>): boolean {
  const all = [owner, ...admins];
  return new Set(all).size === all.length && all.every((account) => members.has(account));
}

function sameAnnouncement({ announcement: a }: Policy, { announcement: b }: Policy): boolean {
  if (a === null || b === null) return a === b;
  return a.text === b.text && a.by === b.by && a.atMs === b.atMs;
}

function mayAnnounce(before: Policy, next: Policy): boolean {
  const mine = next.announcement === null || next.announcement.by === next.signer;
  return mine && (before.announcing === "everyone" || roleOf(before, next.signer) !== "member");
}

export function judge(before: Standing, change: Change): Judgement {
  const { committer } = change;
  const actor = actorOf(before, change.before, committer);
  const adds = judgeAdded(before, change, actor);
  const removals = judgeRemoved(before, change, actor);
  const standing: Standing = {
    ...before,
    intruders: [...before.intruders, ...adds.intruders].filter((key) => hasLeaf(change.after, key)),
    victims: [...before.victims, ...removals.victims].filter((account) => !hasAccount(change.after, account)),
  };
  const faults: Fault[] = [];
  if (adds.intruders.length > 0) faults.push({ what: "added", people: adds.people });
  if (removals.people.length > 0) faults.push({ what: "removed", people: removals.people });
  if (faults.length > 0 && actor !== null) {
    standing.offences = { ...before.offences, [actor]: (before.offences[actor] ?? 0) + 1 };
  }
  const members = membersOf(standing, change.after);
  const { policy } = change;
  if (policy !== null) {
    if (actor === policy.policy.signer && mayFollow(before.policy, policy.policy, members)) {
      follow(standing, policy.policy, policy.signed);
    } else faults.push({ what: "policy", people: [] });
  }
  succeed(standing, members, change.before);
  if (!before.certain) return { standing: { ...standing, intruders: [], victims: [], offences: {} }, faults: [] };
  return { standing, faults };
}

/** Whose right a commit has: none for an intruder, or for somebody who is no member. */
function actorOf(standing: Standing, leaves: Leaf[], committer: Leaf | null): number | null {
  if (committer === null || committer.account === null || isIntruder(standing, committer.key)) return null;
  return membersOf(standing, leaves).has(committer.account) ? committer.account : null;
}

function hasLeaf(leaves: Leaf[], key: Uint8Array): boolean {
  return leaves.some((leaf) => equal(leaf.key, key));
}

function hasAccount(leaves: Leaf[], account: number): boolean {
  return leaves.some((leaf) => leaf.account === account);
}

/** A device of who is a member already is hers to bring [DS9]; a device of an intruder is one more intruder. */
function judgeAdded(standing: Standing, change: Change, actor: number | null) {
  const intruders: Uint8Array[] = [];
  const people = new Set<number>();
  const known = new Set(change.before.map(({ key }) => hex(key)));
  const members = membersOf(standing, change.before);
  for (const leaf of change.after) {
    if (known.has(hex(leaf.key))) continue;
    const { account } = leaf;
    if (account !== null && (members.has(account) || mayAdd(standing, actor, account))) continue;
    intruders.push(leaf.key);
    if (account !== null) people.add(account);
  }
  return { intruders, people: [...people] };
}

function judgeRemoved(standing: Standing, change: Change, actor: number | null) {
  const victims: number[] = [];
  const people = new Set<number>();
  const left = new Set(change.after.map(({ key }) => hex(key)));
  for (const leaf of change.before) {
    const { account } = leaf;
    if (left.has(hex(leaf.key)) || account === null) continue;
    if (mayRemove(standing, actor, leaf, change.departures)) continue;
    people.add(account);
    if (!hasAccount(change.after, account) && !victims.includes(account)) victims.push(account);
  }
  return { victims, people: [...people] };
}

function follow(standing: Standing, policy: Policy, signed: Signed): void {
  standing.trail = lengthened(standing.trail, signed);
  standing.policy = policy;
}

/**
 * Owner and admins who are gone by right lose their part; the first admin, else the lowest leaf of those who were there
 * before, is the next [GP7].
 */
function succeed(standing: Standing, members: Set<number>, leaves: Leaf[]): void {
  const { policy } = standing;
  const admins = policy.admins.filter((account) => members.has(account));
  const stays = members.has(policy.owner);
  if (members.size === 0 || (stays && admins.length === policy.admins.length)) return;
  const lowest = leaves.find(({ account }) => account !== null && members.has(account))?.account;
  const owner = stays ? policy.owner : (admins[0] ?? lowest ?? policy.owner);
  const next = nextPolicy(policy, { owner, admins: admins.filter((account) => account !== owner) });
  follow(standing, next, unsigned(next));
}
