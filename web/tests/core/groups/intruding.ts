import { fromHex } from "../../../src/core/bytes.ts";
import { claimNewcomers, type Newcomer } from "../../../src/core/groups/newcomers.ts";
import { sealNote } from "../../../src/core/groups/note.ts";
import { nextPolicy, type Policy, type Signed, signPolicy } from "../../../src/core/groups/policy.ts";
import { encodeStanding } from "../../../src/core/groups/standings.ts";
import { commit, leafOf } from "../../../src/core/mls/group.ts";
import type { Person } from "../world/person.ts";

/** A member's client with its rules switched off: the real protocol, the real server, and no scruples. */

export interface Misdeed {
  add?: Person[];
  remove?: Person[];
  /** A version she makes of the policy, right or not. */
  policy?: Partial<Policy>;
  /** A version made before, or by somebody else. */
  replay?: Signed;
  /** What she tells those she adds, in place of the truth. */
  handed?: Uint8Array;
}

export const groupIdOfChat = (chat: string): Uint8Array => fromHex(chat.slice(2));

/** Commits without asking what is allowed, and waits until the server has taken it. */
export async function misbehave(who: Person, chat: string, misdeed: Misdeed): Promise<void> {
  const { engine } = who.core;
  if (engine === null) throw new Error("signed out");
  const { session, states, directory, commits, standings, conversations } = engine;
  const groupId = groupIdOfChat(chat);
  engine.intake.onJudged = () => undefined; // she repairs nothing
  const added = (misdeed.add ?? []).map(({ id }) => Number(id));
  const removed = new Set((misdeed.remove ?? []).map(({ id }) => Number(id)));
  let newcomers: Newcomer[] = [];
  // Somebody who has just come may have no key packages yet.
  for (let tries = 0; tries < 50 && newcomers.length < added.length; tries++) {
    newcomers = await claimNewcomers(session, directory, groupId, added);
    await new Promise((done) => setTimeout(done, 200));
  }
  const outcome = commits.outcome(groupId);
  await session.turn.run(async () => {
    const state = states.get(groupId);
    if (state === null) throw new Error("no state");
    const standing = standings.of(groupId, state.ratchetTree);
    const made = misdeed.policy && nextPolicy(standing.policy, misdeed.policy, session.accountId);
    const policy = misdeed.replay ?? (made ? await signPolicy(made, session.account.seed) : null);
    const note = sealNote({ policy, departures: [] }, await standings.noteKey(state));
    const leaves = standings.leaves(state.ratchetTree).filter(({ account }) => removed.has(account ?? 0));
    const next = await commit(
      state,
      newcomers.map(({ keyPackage }) => keyPackage),
      leaves.map(({ key }) => leafOf(state.ratchetTree, key) ?? 0),
      { note, handed: misdeed.handed ?? encodeStanding(standing) },
    );
    commits.dispatch(groupId, next, {
      external: false,
      added: newcomers.map(({ deviceId }) => deviceId),
      removed: leaves.flatMap(({ key }) => directory.known(key)?.deviceId ?? []),
    });
  });
  const code = await outcome;
  if (code !== null || conversations.find(groupId)?.status !== "active") throw new Error(`refused: ${code}`);
}

/** What a member's device holds to be the group's policy. */
export function policyAt(who: Person, chat: string): Policy {
  const standing = who.core.engine?.standings.find(groupIdOfChat(chat));
  if (standing === undefined || standing === null) throw new Error(`${who.name} knows no policy`);
  return standing.policy;
}
