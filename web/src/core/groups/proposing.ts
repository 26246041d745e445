import type { ClientState } from "ts-mls";
import { hex } from "../bytes.ts";
import type { Directory } from "../devices/directory.ts";
import { commit, type Enclosed, leafOf, type NewCommit } from "../mls/group.ts";
import type { Session } from "../session.ts";
import { blob, blobOrNull, integer, type Row, text } from "../store/store.ts";
import type { Conversation } from "./conversations.ts";
import { promises } from "./handing_over.ts";
import { type Leaf, mayAdd, mayRemove, membersOf, type Standing } from "./judging.ts";
import type { Newcomer } from "./newcomers.ts";
import { decodeDeparture, type Note, type SignedDeparture, sealNote } from "./note.ts";
import { signPolicy } from "./policy.ts";
import { PolicyWishes } from "./policy_wishes.ts";
import { encodeHanded, type Standings } from "./standings.ts";

/** The commit that brings a group to what is wished, as far as she has the right to it [GP3] [GP5]. */

export interface Removal {
  leaf: number;
  key: string;
  deviceId: number | null;
}

export interface Proposal {
  made: NewCommit | null; // null: nothing to change
  adding: Newcomer[];
  removals: Removal[];
  standing: Standing | null; // what holds once it is accepted; null in a group without a policy
  refused: Refused;
}

/** Wishes she has no right to: rows of `wish`, keys of `policy_wish`. */
export interface Refused {
  wishes: number[];
  policy: string[];
}

type Wanted = { removals: { leaf: Leaf; index: number }[]; adding: Newcomer[] };

const NOTHING: Proposal = {
  made: null,
  adding: [],
  removals: [],
  standing: null,
  refused: { wishes: [], policy: [] },
};

export class Proposing {
  readonly policyWishes: PolicyWishes;

  constructor(
    private readonly session: Session,
    private readonly directory: Directory,
    private readonly standings: Standings,
  ) {
    this.policyWishes = new PolicyWishes(session);
  }

  /** Call in a turn. */
  async propose(
    conversation: Conversation,
    state: ClientState,
    newcomers: Newcomer[],
    wishes: Row[],
  ): Promise<Proposal> {
    const isGroup = conversation.kind === "group";
    const standing = isGroup ? this.standings.of(conversation.groupId, state.ratchetTree) : null;
    const creating = conversation.status === "wanted";
    const wanted = this.wanted(state, newcomers, wishes, creating);
    return standing === null
      ? this.freely(state, wanted, creating)
      : this.byRight(state, standing, wanted, wishes, creating);
  }

  private wanted(state: ClientState, newcomers: Newcomer[], wishes: Row[], creating: boolean): Wanted {
    const removals = creating ? [] : this.leavesToRemove(state, wishes);
    const adding = newcomers.filter(
      ({ signatureKey }) =>
        leafOf(state.ratchetTree, signatureKey) === null ||
        removals.some(({ leaf }) => hex(leaf.key) === hex(signatureKey)),
    );
    return { removals, adding };
  }

  private leavesToRemove(state: ClientState, wishes: Row[]): { leaf: Leaf; index: number }[] {
    const of = (what: string) => wishes.filter((wish) => text(wish, "what") === what);
    const accounts = new Set<number | null>(of("remove").map((wish) => integer(wish, "account")));
    const devices = new Set(of("remove_device").map((wish) => hex(blob(wish, "device"))));
    return this.standings.leaves(state.ratchetTree).flatMap((leaf) => {
      const index = leafOf(state.ratchetTree, leaf.key);
      if (index === null || index === state.privatePath.leafIndex) return [];
      return devices.has(hex(leaf.key)) || accounts.has(leaf.account) ? [{ leaf, index }] : [];
    });
  }

  private removal({ leaf, index }: { leaf: Leaf; index: number }): Removal {
    return { leaf: index, key: hex(leaf.key), deviceId: this.directory.known(leaf.key)?.deviceId ?? null };
  }

  /** In a chat of two, and among her own devices, there is no policy; her first device makes that group alone. */
  private async freely(state: ClientState, wanted: Wanted, creating: boolean): Promise<Proposal> {
    const { adding } = wanted;
    const removals = wanted.removals.map((removal) => this.removal(removal));
    if (adding.length + removals.length === 0 && !creating) return NOTHING;
    return { ...NOTHING, adding, removals, made: await this.made(state, adding, removals) };
  }

  private made(state: ClientState, adding: Newcomer[], removals: Removal[], enclosed?: Enclosed): Promise<NewCommit> {
    return commit(
      state,
      adding.map(({ keyPackage }) => keyPackage),
      removals.map(({ leaf }) => leaf),
      enclosed,
    );
  }

  private async byRight(
    state: ClientState,
    standing: Standing,
    wanted: Wanted,
    wishes: Row[],
    creating: boolean,
  ): Promise<Proposal> {
    const { groupId } = state.groupContext;
    const me = this.session.accountId;
    // Who has lost track of the group changes nothing in it until she is told what holds [GP8].
    if (!standing.certain) return NOTHING;
    const departures = this.departures(groupId);
    const leaves = this.standings.leaves(state.ratchetTree);
    const members = membersOf(standing, leaves);
    const adding = wanted.adding.filter(({ accountId }) => members.has(accountId) || mayAdd(standing, me, accountId));
    const allowed = wanted.removals.filter(({ leaf }) => mayRemove(standing, me, leaf, departures));
    const removals = allowed.map((removal) => this.removal(removal));
    const after = new Set([...members, ...adding.map(({ accountId }) => accountId)]);
    const { next, refused } = this.policyWishes.compile(groupId, standing, after);
    const refusedWishes = refusedOf(wishes, wanted, adding, allowed);
    const outcome = { ...NOTHING, adding, removals, refused: { wishes: refusedWishes, policy: refused } };
    if (adding.length + removals.length === 0 && next === null && !creating) return outcome;
    const note: Note = {
      policy: next === null ? null : await signPolicy(next, this.session.account.seed),
      departures: departures.filter(({ account }) => allowed.some(({ leaf }) => leaf.account === account)),
    };
    const isSilent = note.policy === null && note.departures.length === 0;
    const sealed = isSilent ? new Uint8Array() : sealNote(note, await this.standings.noteKey(state));
    const foreseen = await this.foresee(state, standing, adding, allowed, sealed);
    const handed = encodeHanded(foreseen, promises(this.session.store, groupId, adding));
    const made = await this.made(state, adding, removals, { note: sealed, handed });
    const judgement = await this.standings.judge(standing, state, {
      tree: made.next.ratchetTree,
      committer: this.session.device.signatureKey,
      note: sealed,
    });
    return { ...outcome, made, standing: judgement.standing };
  }

  /** What will hold after the commit: those it adds are handed it before the commit is there to be judged. */
  private async foresee(
    state: ClientState,
    standing: Standing,
    adding: Newcomer[],
    removed: { leaf: Leaf }[],
    note: Uint8Array,
  ): Promise<Standing> {
    return this.standings.foresee(standing, state, {
      committer: this.session.device.signatureKey,
      note,
      added: adding.map(({ signatureKey, accountId }) => ({
        key: signatureKey,
        account: accountId,
        encryptionKey: new Uint8Array(),
        gone: false,
      })),
      removed: removed.map(({ leaf }) => leaf.key),
    });
  }

  /** The signed goodbyes of who left and is still in the tree. */
  private departures(groupId: Uint8Array): SignedDeparture[] {
    const rows = this.session.store.all("SELECT proof FROM departed WHERE group_id = ?", [groupId]);
    return rows.flatMap((row) => {
      const proof = blobOrNull(row, "proof");
      const departure = proof === null ? null : decodeDeparture(proof);
      return departure === null ? [] : [departure];
    });
  }
}

/** Wishes whose object stands ready and is not hers to add or remove. */
function refusedOf(
  wishes: Row[],
  wanted: { adding: Newcomer[]; removals: { leaf: Leaf }[] },
  adding: Newcomer[],
  removed: { leaf: Leaf }[],
): number[] {
  const notAdded = wanted.adding.filter((one) => !adding.includes(one)).map(({ accountId }) => accountId);
  const notRemoved = wanted.removals.filter((one) => !removed.includes(one));
  const refused = wishes.filter((wish) => {
    const account = integer(wish, "account");
    switch (text(wish, "what")) {
      case "add":
        return notAdded.includes(account);
      case "remove":
        return notRemoved.some(({ leaf }) => leaf.account === account);
      default:
        return notRemoved.some(({ leaf }) => hex(leaf.key) === hex(blob(wish, "device")));
    }
  });
  return refused.map((wish) => integer(wish, "id"));
}
