import { decode, encode } from "cborg";
import type { ClientState, RatchetTree } from "ts-mls";
import { equal, hex } from "../bytes.ts";
import { findPerson } from "../contacts/people.ts";
import type { Directory } from "../devices/directory.ts";
import { exportSecret, leavesOf, Unusable } from "../mls/group.ts";
import type { Session } from "../session.ts";
import { blob, type Reader, type Tx } from "../store/store.ts";
import type { Conversations } from "./conversations.ts";
import {
  type Change,
  type Departure,
  firstStanding,
  isIntruder,
  type Judgement,
  judge,
  type Leaf,
  type Standing,
} from "./judging.ts";
import { departureHolds, NOTE_KEY_BYTES, NOTE_KEY_LABEL, type Note, openNote, signedOf } from "./note.ts";
import { decodePolicy, isSignedBy, type Signed } from "./policy.ts";

/** The rules each group stands under, and the judgement of a commit by them: the store's side of `judging.ts`. */

export class Standings {
  constructor(
    private readonly session: Session,
    private readonly directory: Directory,
    private readonly conversations: Conversations,
  ) {}

  /** Null: nothing is known yet of this group. */
  find(groupId: Uint8Array, reader: Reader = this.session.store): Standing | null {
    const row = reader.one("SELECT standing FROM group_standing WHERE group_id = ?", [groupId]);
    return row === undefined ? null : decodeStanding(blob(row, "standing"));
  }

  /** What holds in a group: a group without a policy has one by rule [GP2]. */
  of(groupId: Uint8Array, tree: RatchetTree): Standing {
    return this.find(groupId) ?? firstStanding(groupId, this.leaves(tree));
  }

  /** Nothing that a device says which was added without right is shown, or acted on [GP6]. */
  isIntruder(reader: Reader, groupId: Uint8Array, key: Uint8Array): boolean {
    const row = reader.one("SELECT 1 FROM group_standing WHERE group_id = ? AND intruders > 0", [groupId]);
    if (row === undefined) return false;
    const standing = this.find(groupId, reader);
    return standing !== null && isIntruder(standing, key);
  }

  save(tx: Tx, groupId: Uint8Array, standing: Standing): void {
    const { policy, certain, intruders } = standing;
    const now = Math.round(this.session.clock.now());
    tx.run(
      `INSERT INTO group_standing (group_id, version, doubted_ms, intruders, standing) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (group_id) DO UPDATE SET version = excluded.version, intruders = excluded.intruders,
       standing = excluded.standing,
       doubted_ms = CASE WHEN excluded.doubted_ms IS NULL THEN NULL ELSE coalesce(doubted_ms, excluded.doubted_ms) END`,
      [groupId, policy.version, certain ? null : now, intruders.length, encodeStanding(standing)],
    );
    const chat = tx.one("SELECT id FROM chat WHERE group_id = ?", [groupId])?.["id"];
    if (typeof chat !== "string") return;
    for (const topic of ["chats", `chat:${chat}`, `group:${chat}`, `messages:${chat}`]) tx.touch(topic);
  }

  forget(tx: Tx, groupId: Uint8Array): void {
    tx.run("DELETE FROM group_standing WHERE group_id = ?", [groupId]);
    tx.run("DELETE FROM policy_wish WHERE group_id = ?", [groupId]);
    tx.run("DELETE FROM policy_word WHERE group_id = ?", [groupId]);
  }

  /** This device has lost track of the group: what it knew may be true no more [GP8]. */
  doubt(tx: Tx, groupId: Uint8Array, tree: RatchetTree): void {
    this.save(tx, groupId, { ...this.of(groupId, tree), certain: false, intruders: [], victims: [], offences: {} });
  }

  /** Where nobody has told otherwise for so long, what this device knew holds on. */
  trustOld(olderThanMs: number): void {
    const { store, clock } = this.session;
    const before = Math.round(clock.now()) - olderThanMs;
    const rows = store.all("SELECT group_id FROM group_standing WHERE doubted_ms <= ?", [before]);
    if (rows.length === 0) return;
    store.write((tx) => {
      for (const row of rows) {
        const groupId = blob(row, "group_id");
        const standing = this.find(groupId, tx);
        if (standing !== null) this.save(tx, groupId, { ...standing, certain: true, handed: true });
      }
    });
  }

  leaves(tree: RatchetTree): Leaf[] {
    return leavesOf(tree).map(({ key, encryptionKey }) => ({
      key,
      encryptionKey,
      account: this.conversations.accountOf(key),
      gone: this.directory.known(key)?.removed ?? false,
    }));
  }

  noteKey(state: ClientState): Promise<Uint8Array> {
    return exportSecret(state, NOTE_KEY_LABEL, state.groupContext.groupId, NOTE_KEY_BYTES);
  }

  /**
   * What a commit from `before` to `after` makes of `standing`. Asks the directory when somebody's device is removed
   * without a right that is known here; throws CoreError "offline" when it cannot be asked.
   */
  async judge(
    standing: Standing,
    before: ClientState,
    after: { tree: RatchetTree; committer: Uint8Array | null; note: Uint8Array },
  ): Promise<Judgement> {
    const claims = await this.claims(before, after.note);
    const judged = () => {
      const [old, now] = [this.leaves(before.ratchetTree), this.leaves(after.tree)];
      const committer = [...old, ...now].find(({ key }) => sameKey(key, after.committer)) ?? null;
      return judge(standing, { committer, before: old, after: now, ...claims });
    };
    const first = judged();
    if (!first.faults.some(({ what }) => what === "removed")) return first;
    const left = new Set(leavesOf(after.tree).map(({ key }) => hex(key)));
    const removed = leavesOf(before.ratchetTree).filter(({ key }) => !left.has(hex(key)));
    await this.directory.refresh(removed.map(({ key }) => key));
    return judged();
  }

  /** What an own commit will make of `standing`, before it is made. */
  async foresee(
    standing: Standing,
    before: ClientState,
    commit: { committer: Uint8Array; note: Uint8Array; added: Leaf[]; removed: Uint8Array[] },
  ): Promise<Standing> {
    const old = this.leaves(before.ratchetTree);
    const kept = old.filter(({ key }) => !commit.removed.some((removed) => equal(removed, key)));
    const committer = old.find(({ key }) => equal(key, commit.committer)) ?? null;
    const claims = await this.claims(before, commit.note);
    return judge(standing, { committer, before: old, after: [...kept, ...commit.added], ...claims }).standing;
  }

  /** The parts of a commit's note whose signatures hold. */
  private async claims(before: ClientState, sealed: Uint8Array): Promise<Pick<Change, "policy" | "departures">> {
    const { groupId } = before.groupContext;
    const note: Note | null = sealed.length === 0 ? null : openNote(sealed, await this.noteKey(before));
    if (note === null) return { policy: null, departures: [] };
    const departures: Departure[] = [];
    for (const departure of note.departures) {
      const accountKey = this.accountKey(departure.account);
      if (accountKey !== null && (await departureHolds(groupId, departure, accountKey))) departures.push(departure);
    }
    return { policy: note.policy === null ? null : await this.checkedPolicy(note.policy), departures };
  }

  /** A version that does not hold is kept as one by nobody: it is a fault, and told. */
  private async checkedPolicy(signed: Signed) {
    const policy = decodePolicy(signed.bytes);
    if (policy === null) return null;
    const accountKey = this.accountKey(policy.signer);
    const holds = accountKey !== null && (await isSignedBy(signed, accountKey));
    return { policy: holds ? policy : { ...policy, signer: 0 }, signed };
  }

  accountKey(account: number): Uint8Array | null {
    if (account === this.session.accountId) return this.session.account.accountKey;
    return findPerson(this.session.store, account)?.accountKey ?? null;
  }
}

function sameKey(key: Uint8Array, other: Uint8Array | null): boolean {
  return other !== null && equal(key, other);
}

function fieldsOf({ trail, intruders, victims, offences, certain, handed }: Standing): unknown[] {
  const steps = trail.map(({ bytes, signature }) => [bytes, signature]);
  const counted = Object.entries(offences).map(([account, count]) => [Number(account), count]);
  return [steps, intruders, victims, counted, certain, handed];
}

export function encodeStanding(standing: Standing): Uint8Array {
  return encode(fieldsOf(standing));
}

/** `promises`: for devices of newcomers that are given history, the secret that opens it, sealed to each [GH1]. */
export function encodeHanded(standing: Standing, promises: [device: Uint8Array, sealed: Uint8Array][]): Uint8Array {
  return encode([...fieldsOf(standing), promises]);
}

/** The promise to one device, still sealed; null when there is none. */
export function promiseOfHanded(bytes: Uint8Array, device: Uint8Array): Uint8Array | null {
  const fields: unknown = decode(bytes);
  const promises: unknown = Array.isArray(fields) ? fields[6] : null;
  for (const promise of Array.isArray(promises) ? (promises as unknown[]) : []) {
    if (!Array.isArray(promise)) continue;
    const [key, sealed] = promise as unknown[];
    if (key instanceof Uint8Array && sealed instanceof Uint8Array && equal(key, device)) return sealed;
  }
  return null;
}

export function decodeStanding(bytes: Uint8Array): Standing {
  const fields: unknown = decode(bytes);
  if (!Array.isArray(fields)) throw new TypeError("a stored standing is damaged");
  const [steps, intruders, victims, counted, certain, handed] = fields as unknown[];
  if (![steps, intruders, victims, counted].every(Array.isArray)) throw new TypeError("a stored standing is damaged");
  const trail = (steps as unknown[]).map(signedOf).filter((signed) => signed !== null);
  const last = trail.at(-1);
  const policy = last === undefined ? null : decodePolicy(last.bytes);
  if (policy === null) throw new TypeError("a stored policy is damaged");
  return {
    policy,
    trail,
    intruders: (intruders as unknown[]).filter((key) => key instanceof Uint8Array),
    victims: (victims as unknown[]).filter((account) => typeof account === "number"),
    offences: Object.fromEntries(counted as [number, number][]),
    certain: certain === true,
    handed: handed === true,
  };
}

/** What an adder hands to those she adds, or a member tells who asks [GP8]. Throws Unusable for what is none. */
export function standingOfHanded(bytes: Uint8Array): Standing {
  try {
    return decodeStanding(bytes);
  } catch (error) {
    throw new Unusable("no standing", { cause: error });
  }
}
