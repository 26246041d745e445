import { expect, it } from "vitest";
import { hex } from "../../../src/core/bytes.ts";
import { firstStanding, judge, type Leaf } from "../../../src/core/groups/judging.ts";
import { openNote, sealNote } from "../../../src/core/groups/note.ts";
import { groupIdOf, nextPolicy, signPolicy } from "../../../src/core/groups/policy.ts";
import { encodeStanding } from "../../../src/core/groups/standings.ts";
import { newAccountKeys, newDeviceKeys } from "../../../src/core/identity/account.ts";
import {
  commit,
  configFor,
  createGroup,
  decodeKeyPackage,
  exportSecret,
  joinByWelcome,
  leafKeys,
  leafOf,
  leavesOf,
  newKeyPackage,
  processCommit,
} from "../../../src/core/mls/group.ts";

/** Some hundred members through real MLS: added in one commit, judged by each alike, a third removed in one commit. */

const MEMBERS = Number(process.env["GROUP_MEMBERS"] ?? 200);
const WITHIN_COMMIT_BYTES = 1024 * 1024; // [DS12]

it(`${MEMBERS} members come in one commit and a third goes in one, under one policy [DS12] [GP3] [GP8]`, async () => {
  const took: Record<string, number> = {};
  const timed = async <T>(what: string, work: () => Promise<T> | T): Promise<T> => {
    const from = performance.now();
    const done = await work();
    took[what] = Math.round(performance.now() - from);
    return done;
  };
  const config = configFor(async () => true);
  const founder = newAccountKeys();
  const origin = { account: 1, accountKey: founder.accountKey, nonce: new Uint8Array(16) };
  const groupId = groupIdOf(origin);
  const devices = Array.from({ length: MEMBERS }, newDeviceKeys);
  const accounts = new Map(devices.map((device, i) => [hex(device.signatureKey), i + 1]));
  const facts = (tree: Parameters<typeof leavesOf>[0]): Leaf[] =>
    leavesOf(tree).map((leaf) => ({ ...leaf, account: accounts.get(hex(leaf.key)) ?? null, gone: false }));
  const packages = await timed("key packages", () => Promise.all(devices.map(newKeyPackage)));
  const [own, ...others] = packages;
  if (own === undefined) throw new Error("nobody");

  const state = await createGroup(groupId, own, config);
  const first = firstStanding(groupId, facts(state.ratchetTree));
  const policy = nextPolicy(first.policy, { origin, name: "大群", admins: [2, 3] }, 1);
  const signed = await signPolicy(policy, founder.seed);
  const key = await exportSecret(state, "hongyan policy", groupId, 16);
  const note = sealNote({ policy: signed, departures: [] }, key);
  const made = await timed("add all: commit", () =>
    commit(
      state,
      others.map(({ encoded }) => decodeKeyPackage(encoded)),
      [],
      { note, handed: encodeStanding({ ...first, policy, trail: [...first.trail, signed] }) },
    ),
  );
  const judged = await timed("add all: judge", () =>
    judge(first, {
      committer: facts(state.ratchetTree)[0] ?? null,
      before: facts(state.ratchetTree),
      after: facts(made.next.ratchetTree),
      policy: { policy, signed },
      departures: [],
    }),
  );
  expect(judged).toMatchObject({ faults: [], standing: { policy, intruders: [], victims: [] } });
  expect(made.message.length).toBeLessThan(WITHIN_COMMIT_BYTES);
  expect(made.welcome?.length).toBeLessThan(WITHIN_COMMIT_BYTES);

  const joins = others.filter((_, i) => [0, Math.floor(MEMBERS / 2), MEMBERS - 2].includes(i));
  const joined = [];
  for (const one of joins) {
    const { state: theirs, handed } = await timed("join", () =>
      joinByWelcome(made.welcome ?? new Uint8Array(), one.publicPackage, one.privatePackage, config),
    );
    expect(handed.length).toBeGreaterThan(100);
    joined.push(theirs);
  }

  const leaving = leafKeys(made.next.ratchetTree).filter((_, i) => i > 3 && i % 3 === 1 && i < MEMBERS / 2 - 1);
  const removal = await timed("remove a third of half: commit", () =>
    commit(
      made.next,
      [],
      leaving.map((one) => leafOf(made.next.ratchetTree, one) ?? 0),
    ),
  );
  const standings = [];
  for (const theirs of joined) {
    const processed = await timed("remove: process", () => processCommit(theirs, removal.message));
    const { standing, faults } = judge(judged.standing, {
      committer: facts(theirs.ratchetTree)[0] ?? null,
      before: facts(theirs.ratchetTree),
      after: facts(processed.next.ratchetTree),
      policy: null,
      departures: [],
    });
    expect(faults).toEqual([]);
    expect(leafKeys(processed.next.ratchetTree)).toHaveLength(MEMBERS - leaving.length);
    expect(hex(openNote(note, key)?.policy?.bytes ?? new Uint8Array())).toBe(hex(signed.bytes));
    standings.push(hex(encodeStanding(standing)));
  }
  expect(new Set(standings).size).toBe(1);
  process.stdout.write(`${JSON.stringify({ members: MEMBERS, ms: took, commit: made.message.length })}\n`);
}, 300_000);
