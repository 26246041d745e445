import { describe, expect, it } from "vitest";
import { hex } from "../../../src/core/bytes.ts";
import {
  type Change,
  firstStanding,
  isIntruder,
  judge,
  type Leaf,
  type Standing,
} from "../../../src/core/groups/judging.ts";
import {
  decodePolicy,
  encodePolicy,
  groupIdOf,
  hashOf,
  nextPolicy,
  type Policy,
  type Signed,
  signPolicy,
} from "../../../src/core/groups/policy.ts";
import { policyOfTrail } from "../../../src/core/groups/trail.ts";
import { newAccountKeys } from "../../../src/core/identity/account.ts";

const [LAN, MEI, BO, GRANDMA, GUEST] = [1, 2, 3, 4, 5];
const keys = new Map([LAN, MEI, BO, GRANDMA, GUEST].map((account) => [account, newAccountKeys()]));
const keysOf = (account: number) => keys.get(account) ?? newAccountKeys();

const origin = { account: LAN, accountKey: keysOf(LAN).accountKey, nonce: new Uint8Array(16).fill(7) };
const groupId = groupIdOf(origin);

const leaf = (account: number, device = 0): Leaf => ({
  key: Uint8Array.of(account, device),
  account,
  encryptionKey: Uint8Array.of(account, device, 9),
  gone: false,
});
const leaves = (...accounts: number[]) => accounts.map((account) => leaf(account));

async function made(policy: Policy): Promise<{ policy: Policy; signed: Signed }> {
  return { policy, signed: await signPolicy(policy, keysOf(policy.signer).seed) };
}

/** A group of lan (owner), mei (admin), bo and grandma. */
async function home(changes: Partial<Policy> = {}): Promise<Standing> {
  const people = leaves(LAN, MEI, BO, GRANDMA);
  const first = firstStanding(groupId, leaves(LAN));
  const door = new Uint8Array(32).fill(3);
  const founded = nextPolicy(first.policy, { origin, door, name: "一家人", admins: [MEI], ...changes }, LAN);
  const quiet = { committer: leaf(LAN), before: leaves(LAN), after: people, departures: [] };
  const { standing, faults } = judge(first, { ...quiet, policy: await made(founded) });
  expect(faults).toEqual([]);
  expect(standing.policy).toEqual(founded);
  return standing;
}

function commit(committer: Leaf | null, before: Leaf[], after: Leaf[], more: Partial<Change> = {}): Change {
  return { committer, before, after, policy: null, departures: [], ...more };
}

describe("who may add [GP5]", () => {
  const before = leaves(LAN, MEI, BO, GRANDMA);
  const after = [...before, leaf(GUEST)];
  it.each([
    ["everyone", BO, true],
    ["approval", BO, false],
    ["approval", MEI, true],
    ["admins", BO, false],
    ["admins", LAN, true],
  ] as const)("%s: account %i may: %s", async (adding, actor, may) => {
    const standing = await home({ adding });
    const { standing: next, faults } = judge(standing, commit(leaf(actor), before, after));
    expect(faults).toEqual(may ? [] : [{ what: "added", people: [GUEST] }]);
    expect(isIntruder(next, leaf(GUEST).key)).toBe(!may);
  });

  it("takes a member's own new device, and nobody that no account certifies", async () => {
    const standing = await home({ adding: "admins" });
    const own = judge(standing, commit(leaf(BO, 1), before, [...before, leaf(BO, 1)]));
    expect(own.faults).toEqual([]);
    const nobody = { ...leaf(GUEST), account: null };
    const strange = judge(standing, commit(leaf(LAN), before, [...before, nobody]));
    expect(strange.faults).toEqual([{ what: "added", people: [] }]);
    expect(strange.standing.intruders).toEqual([nobody.key]);
  });

  it("gives an intruder no rights: what she adds is an intruder, whom she removes is a victim", async () => {
    const standing = await home({ adding: "admins" });
    const inside = judge(standing, commit(leaf(BO), before, after)).standing;
    const more = judge(inside, commit(leaf(GUEST), after, [...after.filter((one) => one.account !== BO), leaf(9)]));
    expect(more.standing.intruders.map(hex).sort()).toEqual([leaf(GUEST).key, leaf(9).key].map(hex).sort());
    expect(more.standing.victims).toEqual([BO]);
    const second = judge(inside, commit(leaf(GUEST, 1), after, [...after, leaf(GUEST, 1)]));
    expect(isIntruder(second.standing, leaf(GUEST, 1).key)).toBe(true);
  });
});

describe("who may remove [GP6]", () => {
  const before = leaves(LAN, MEI, BO, GRANDMA);
  it.each([
    [LAN, MEI, true],
    [LAN, BO, true],
    [MEI, BO, true],
    [MEI, LAN, false],
    [BO, LAN, false],
    [BO, GRANDMA, false],
    [BO, BO, true],
  ])("account %i removes %i: %s", async (actor, target, may) => {
    const standing = await home();
    const after = before.filter(({ account }) => account !== target);
    const judged = judge(standing, commit(leaf(actor), before, after));
    expect(judged.faults).toEqual(may ? [] : [{ what: "removed", people: [target] }]);
    expect(judged.standing.victims).toEqual(may ? [] : [target]);
  });

  it("lets anybody remove who said goodbye, whose device is gone, or who was added without right", async () => {
    const standing = await home({ adding: "admins" });
    const without = before.filter(({ account }) => account !== GRANDMA);
    const goodbye = { account: GRANDMA, leaves: [leaf(GRANDMA).encryptionKey] };
    expect(judge(standing, commit(leaf(BO), before, without, { departures: [goodbye] })).faults).toEqual([]);
    // The goodbye of an earlier stay says nothing about today's leaf.
    const old = { account: GRANDMA, leaves: [Uint8Array.of(8)] };
    expect(judge(standing, commit(leaf(BO), before, without, { departures: [old] })).faults).toHaveLength(1);
    const gone = before.map((one) => (one.account === GRANDMA ? { ...one, gone: true } : one));
    expect(judge(standing, commit(leaf(BO), gone, without)).faults).toEqual([]);
    const invaded = judge(standing, commit(leaf(BO), before, [...before, leaf(GUEST)])).standing;
    const repaired = judge(invaded, commit(leaf(GRANDMA), [...before, leaf(GUEST)], before));
    expect(repaired).toMatchObject({ faults: [], standing: { intruders: [] } });
  });

  it("lets anybody bring back who was removed without right, and keeps her part for her", async () => {
    const standing = await home({ adding: "admins" });
    const without = before.filter(({ account }) => account !== LAN);
    const robbed = judge(standing, commit(leaf(BO), before, without)).standing;
    expect(robbed.policy.owner).toBe(LAN);
    const back = judge(robbed, commit(leaf(GRANDMA), without, [leaf(LAN, 1), ...without]));
    expect(back).toMatchObject({ faults: [], standing: { victims: [], intruders: [], policy: { owner: LAN } } });
  });
});

describe("who may change the policy [GP4]", () => {
  const people = leaves(LAN, MEI, BO, GRANDMA);
  const CASES: [string, number, Partial<Policy>, Partial<Policy>, boolean][] = [
    ["the owner makes an admin", LAN, {}, { admins: [MEI, BO] }, true],
    ["the owner hands over", LAN, {}, { owner: BO }, true],
    ["an admin makes herself owner", MEI, {}, { owner: MEI, admins: [] }, false],
    ["an admin makes an admin", MEI, {}, { admins: [MEI, BO] }, false],
    ["a member makes himself admin", BO, {}, { admins: [MEI, BO] }, false],
    ["the owner makes a stranger admin", LAN, {}, { admins: [MEI, GUEST] }, false],
    ["an admin asks for approval", MEI, {}, { adding: "approval" }, true],
    ["a member asks for approval", BO, {}, { adding: "approval" }, false],
    ["a member renames where all may", BO, {}, { name: "吃饭群" }, true],
    ["a member renames where admins may", BO, { naming: "admins" }, { name: "吃饭群" }, false],
    ["an admin renames", MEI, { naming: "admins" }, { name: "吃饭群" }, true],
    ["a member announces", BO, {}, { announcement: { text: "开会", by: BO, atMs: 1 } }, false],
    ["an admin announces", MEI, {}, { announcement: { text: "开会", by: MEI, atMs: 1 } }, true],
    ["an admin announces as somebody else", MEI, {}, { announcement: { text: "开会", by: LAN, atMs: 1 } }, false],
    ["a member changes the door", BO, {}, { door: new Uint8Array(32) }, false],
    ["the owner claims another origin", LAN, {}, { origin: null }, false],
  ];
  it.each(CASES)("%s", async (_name, signer, before, changes, may) => {
    const standing = await home(before);
    const next = nextPolicy(standing.policy, changes, signer);
    const judged = judge(standing, commit(leaf(signer), people, people, { policy: await made(next) }));
    expect(judged.faults).toEqual(may ? [] : [{ what: "policy", people: [] }]);
    expect(judged.standing.policy).toEqual(may ? next : standing.policy);
  });

  it("takes no old version again, no fork, and nothing signed by another than who commits", async () => {
    const standing = await home();
    const first = nextPolicy(standing.policy, { admins: [MEI, BO] }, LAN);
    const second = nextPolicy(first, { admins: [] }, LAN);
    const quiet = (committer: Leaf, policy: { policy: Policy; signed: Signed }) =>
      commit(committer, people, people, { policy });
    const now = [first, second].reduce<Promise<Standing>>(
      async (before, policy) => judge(await before, quiet(leaf(LAN), await made(policy))).standing,
      Promise.resolve(standing),
    );
    expect((await now).policy).toEqual(second);
    const replayed = judge(await now, quiet(leaf(BO), await made(first)));
    expect(replayed).toMatchObject({ faults: [{ what: "policy" }], standing: { policy: second } });
    const fork = nextPolicy(first, { admins: [BO] }, LAN);
    expect(judge(await now, quiet(leaf(LAN), await made(fork))).standing.policy).toEqual(second);
    const borrowed = nextPolicy(second, { admins: [BO] }, LAN);
    expect(judge(await now, quiet(leaf(BO), await made(borrowed))).standing.policy).toEqual(second);
  });
});

describe("an owner who is gone [GP7]", () => {
  const people = leaves(LAN, MEI, BO, GRANDMA);
  const goodbye = { account: LAN, leaves: [leaf(LAN).encryptionKey] };

  it("is followed by the first admin, or else by the lowest leaf", async () => {
    const left = people.slice(1);
    const byAdmin = judge(await home(), commit(leaf(BO), people, left, { departures: [goodbye] }));
    expect(byAdmin).toMatchObject({ faults: [], standing: { policy: { owner: MEI, admins: [], signer: 0 } } });
    const alone = judge(await home({ admins: [] }), commit(leaf(BO), people, left, { departures: [goodbye] }));
    expect(alone.standing.policy.owner).toBe(MEI);
    // Whoever comes in the same commit and takes the lowest leaf is not the one.
    const filled = judge(
      await home({ admins: [] }),
      commit(leaf(BO), people, [leaf(GUEST), ...left], { departures: [goodbye] }),
    );
    expect(filled.standing.policy.owner).toBe(MEI);
  });

  it("takes an admin's part with her when she goes", async () => {
    const judged = judge(await home(), commit(leaf(LAN), people, leaves(LAN, BO, GRANDMA)));
    expect(judged.standing.policy).toMatchObject({ owner: LAN, admins: [], version: 2, signer: 0 });
  });
});

describe("the trail handed to a newcomer [GP8]", () => {
  const people = leaves(LAN, MEI, BO, GRANDMA);
  const witnesses = {
    accountKey: (account: number) => keys.get(account)?.accountKey ?? null,
    isMember: (account: number) => account !== GUEST,
  };

  async function later(...changes: [number, Partial<Policy>][]): Promise<Standing> {
    let standing = await home();
    for (const [signer, change] of changes) {
      const next = nextPolicy(standing.policy, change, signer);
      const judged = judge(standing, commit(leaf(signer), people, people, { policy: await made(next) }));
      expect(judged.faults).toEqual([]);
      standing = judged.standing;
    }
    return standing;
  }

  it("leads from the group's id to the newest version, however many lie between", async () => {
    const renames = Array.from({ length: 30 }, (_, i): [number, Partial<Policy>] => [BO, { name: `群 ${i}` }]);
    const standing = await later(...renames, [LAN, { owner: BO }], [BO, { admins: [GRANDMA] }], ...renames);
    expect(standing.trail.length).toBeLessThan(8);
    expect(await policyOfTrail(groupId, standing.trail, witnesses)).toEqual(standing.policy);
  });

  it("cannot be made by whoever hands it over", async () => {
    const standing = await later([LAN, { adding: "approval" }]);
    const trail = standing.trail;
    const forge = async (changes: Partial<Policy>, signer: number) => {
      const next = nextPolicy(standing.policy, changes, signer);
      return policyOfTrail(groupId, [...trail, { ...(await made(next)).signed }], witnesses);
    };
    expect(await forge({ owner: BO, admins: [] }, BO)).toBeNull();
    expect(await forge({ admins: [BO] }, MEI)).toBeNull();
    expect(await forge({ adding: "everyone" }, BO)).toBeNull();
    const mine = { account: BO, accountKey: keysOf(BO).accountKey, nonce: new Uint8Array(16) };
    const own = nextPolicy(firstStanding(groupId, leaves(BO)).policy, { origin: mine }, BO);
    expect(await policyOfTrail(groupId, [(await made(own)).signed], witnesses)).toBeNull();
    // Nor is somebody succeeded who is still there.
    const succession = nextPolicy(standing.policy, { owner: BO, admins: [] });
    const unsigned = { bytes: encodePolicy(succession), signature: new Uint8Array() };
    expect(await policyOfTrail(groupId, [...trail, unsigned], witnesses)).toBeNull();
  });
});

describe("the bytes of a policy", () => {
  it("have one reading", async () => {
    const { policy } = await home({ announcement: null });
    const bytes = encodePolicy(policy);
    expect(decodePolicy(bytes)).toEqual(policy);
    expect(hashOf(policy)).toHaveLength(32);
    expect(decodePolicy(Uint8Array.of(...bytes, 0))).toBeNull();
    expect(decodePolicy(bytes.slice(1))).toBeNull();
    for (const admins of [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]]) {
      expect(decodePolicy(encodePolicy({ ...policy, admins }))).toBeNull();
    }
  });
});
