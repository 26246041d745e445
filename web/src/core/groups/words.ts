import { equal } from "../bytes.ts";
import type { Incoming } from "../chats/receive.ts";
import { groupWordBody } from "../content/kinds.ts";
import type { States } from "../mls/states.ts";
import type { Session } from "../session.ts";
import { blob, integer, type Tx } from "../store/store.ts";
import type { Outbox } from "../sync/outbox.ts";
import { membersOf, type Standing } from "./judging.ts";
import { hashOf, type Policy } from "./policy.ts";
import { turnOf } from "./repair.ts";
import { encodeStanding, type Standings, standingOfHanded } from "./standings.ts";
import { policyOfTrail } from "./trail.ts";

/**
 * What a group stands under, told by one member to another [GP8]: to a device that came by external commit and knows
 * nothing, or that was told by whoever added it and asks whether that was the truth.
 *
 * Who agrees with what the asker was told is silent. What others tell is taken when its trail holds; where members
 * tell different things, what most accounts tell is taken.
 */

const ANSWERS_MAX = 5;

export class Words {
  private readonly answers = new Map<string, number>();
  onTold: (tx: Tx, groupId: Uint8Array, policy: Policy) => void = () => {};

  constructor(
    private readonly session: Session,
    private readonly states: States,
    private readonly standings: Standings,
    private readonly outbox: Outbox,
  ) {}

  /** Asks the group; `told`: what this device was handed, to be confirmed. */
  ask(tx: Tx, groupId: Uint8Array, told: Policy | null): void {
    tx.run("DELETE FROM policy_word WHERE group_id = ?", [groupId]);
    this.outbox.say(tx, groupId, groupWordBody({ asks: told === null ? null : hashOf(told) }));
  }

  /** Answers in turn, unless enough others have. */
  asked(incoming: Incoming, hash: Uint8Array | null): void {
    const { conversation, sender } = incoming;
    const { groupId } = conversation;
    const state = this.states.get(groupId);
    if (state === null || sender === this.session.accountId) return;
    const standing = this.standings.of(groupId, state.ratchetTree);
    if (standing.policy.version === 0 && !standing.certain) return;
    if (hash !== null && equal(hash, hashOf(standing.policy))) return;
    const key = String(groupId);
    this.answers.set(key, 0);
    // Who doubts what she was told needs several witnesses, who knows nothing needs one.
    const enough = hash === null ? 1 : ANSWERS_MAX;
    const delayMs = turnOf(this.session, standing, this.standings.leaves(state.ratchetTree));
    this.session.platform.later(delayMs, () => {
      if ((this.answers.get(key) ?? 0) < enough) void this.tell(groupId);
    });
  }

  private async tell(groupId: Uint8Array): Promise<void> {
    await this.session.turn.run(async () => {
      const standing = this.standings.find(groupId);
      const state = this.states.get(groupId);
      if (state === null) return;
      const told = standing ?? this.standings.of(groupId, state.ratchetTree);
      this.session.store.write((tx) => this.outbox.say(tx, groupId, groupWordBody({ tells: encodeStanding(told) })));
    });
    await this.outbox.flush();
  }

  /** Another member tells: noted, and taken if it is what most tell. Checked outside of the transaction. */
  told(incoming: Incoming, bytes: Uint8Array): void {
    const { groupId } = incoming.conversation;
    const key = String(groupId);
    this.answers.set(key, (this.answers.get(key) ?? 0) + 1);
    void this.session.turn.run(() => this.take(groupId, incoming.sender, bytes)).catch(() => undefined);
  }

  private async take(groupId: Uint8Array, teller: number, bytes: Uint8Array): Promise<void> {
    const own = this.standings.find(groupId);
    const state = this.states.get(groupId);
    if (state === null || (own?.certain === true && !own.handed)) return;
    const told = standingOfHanded(bytes);
    const policy = await this.checked(groupId, told);
    if (policy === null) return;
    this.session.store.write((tx) => {
      tx.run("INSERT OR REPLACE INTO policy_word (group_id, account, hash, trail) VALUES (?, ?, ?, ?)", [
        groupId,
        teller,
        hashOf(policy),
        bytes,
      ]);
      const best = this.mostTold(tx, groupId, own);
      if (best === null || (own?.certain === true && equal(hashOf(own.policy), hashOf(best.policy)))) return;
      this.standings.save(tx, groupId, { ...best, certain: true, handed: true });
      this.onTold(tx, groupId, best.policy);
    });
  }

  /** What the most accounts tell; what this device was handed counts as one. */
  private mostTold(tx: Tx, groupId: Uint8Array, own: Standing | null): Standing | null {
    const rows = tx.all(
      `SELECT count(*) AS n, max(trail) AS trail FROM policy_word WHERE group_id = ?
       GROUP BY hash ORDER BY n DESC LIMIT 1`,
      [groupId],
    );
    const [row] = rows;
    if (row === undefined) return null;
    const best = standingOfHanded(blob(row, "trail"));
    // The group's id proves who founded it: who knows of no version takes hers.
    if (own?.policy.version === 0 && best.policy.origin !== null) return best;
    const agrees = own !== null && equal(hashOf(own.policy), hashOf(best.policy));
    return own?.certain !== true || agrees || integer(row, "n") > 1 ? best : null;
  }

  /** The policy a standing's trail leads to, or null when it does not hold. */
  checked(groupId: Uint8Array, standing: Standing): Promise<Policy | null> {
    const state = this.states.get(groupId);
    const leaves = state === null ? [] : this.standings.leaves(state.ratchetTree);
    const members = membersOf(standing, leaves);
    return policyOfTrail(groupId, standing.trail, {
      accountKey: (account) => this.standings.accountKey(account),
      isMember: (account) => members.has(account),
    });
  }
}
