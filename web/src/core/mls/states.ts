import type { ClientConfig, ClientState, EpochReceiverData } from "ts-mls";
import { hex } from "../bytes.ts";
import type { Standing } from "../groups/judging.ts";
import type { Session } from "../session.ts";
import type { Tx } from "../store/store.ts";
import { configFor, type LeafCheck } from "./group.ts";
import { forgetState, loadEpoch, loadState, receiverData, saveMovedRatchet, saveNewEpoch } from "./state.ts";

/**
 * The groups' MLS states in memory, always equal to the store between transactions.
 *
 * A `Draft` collects what a turn changes; it becomes true when its `save` ran in a committed transaction and
 * `adopt` was called after it.
 */

const STATES_IN_MEMORY_MAX = 200;

export class States {
  private readonly cache = new Map<string, ClientState>();
  readonly strict: ClientConfig;

  constructor(
    private readonly session: Session,
    leafIsCertified: LeafCheck,
  ) {
    this.strict = configFor(leafIsCertified);
  }

  get(groupId: Uint8Array): ClientState | null {
    const key = hex(groupId);
    const cached = this.cache.get(key);
    if (cached !== undefined) return cached;
    const loaded = loadState(this.session.store, groupId, this.session.device.signKey, this.strict);
    if (loaded !== null) this.keep(key, loaded);
    return loaded;
  }

  epochOf(groupId: Uint8Array): number | null {
    const state = this.get(groupId);
    return state === null ? null : Number(state.groupContext.epoch);
  }

  draft(): Draft {
    return new Draft(this.session, this);
  }

  /** After a transaction that took the state out of the store. */
  forget(groupId: Uint8Array): void {
    this.cache.delete(hex(groupId));
  }

  /** For `Draft` only. */
  put(key: string, state: ClientState | null): void {
    if (state === null) this.cache.delete(key);
    else this.keep(key, { ...state, clientConfig: this.strict });
  }

  private keep(key: string, state: ClientState): void {
    this.cache.delete(key);
    this.cache.set(key, state);
    for (const oldest of this.cache.keys()) {
      if (this.cache.size <= STATES_IN_MEMORY_MAX) break;
      this.cache.delete(oldest);
    }
  }
}

export class Draft {
  private readonly states = new Map<string, ClientState | null>();
  private readonly epochs = new Map<string, EpochReceiverData>();
  private readonly saves: ((tx: Tx) => void)[] = [];
  /** What groups stand under after the commits of this turn, by group id in hex. */
  readonly standings = new Map<string, Standing>();

  constructor(
    private readonly session: Session,
    private readonly base: States,
  ) {}

  get(groupId: Uint8Array): ClientState | null {
    const key = hex(groupId);
    const changed = this.states.get(key);
    return changed === undefined ? this.base.get(groupId) : changed;
  }

  /** A commit or join leads to this state. */
  newEpoch(state: ClientState): void {
    const before = this.get(state.groupContext.groupId);
    if (before !== null) {
      const epoch = before.groupContext.epoch;
      this.epochs.set(`${hex(before.groupContext.groupId)}:${epoch}`, receiverData(before));
    }
    this.states.set(hex(state.groupContext.groupId), state);
    this.saves.push((tx) => saveNewEpoch(tx, state));
  }

  forget(groupId: Uint8Array): void {
    this.states.set(hex(groupId), null);
    this.saves.push((tx) => forgetState(tx, groupId));
  }

  /** What is needed to read a message of `epoch`; null when that epoch is not kept. */
  epoch(groupId: Uint8Array, epoch: number): EpochReceiverData | null {
    const state = this.get(groupId);
    if (state !== null && Number(state.groupContext.epoch) === epoch) {
      return receiverData(state);
    }
    return this.epochs.get(`${hex(groupId)}:${epoch}`) ?? loadEpoch(this.session.store, groupId, epoch);
  }

  /** A message of `data`'s epoch moved the ratchet of `leaf`. */
  movedRatchet(data: EpochReceiverData, leaf: number): void {
    const { groupId } = data.groupContext;
    const epoch = Number(data.groupContext.epoch);
    const state = this.get(groupId);
    if (state !== null && state.groupContext.epoch === data.groupContext.epoch) {
      this.states.set(hex(groupId), { ...state, secretTree: data.secretTree });
    } else {
      this.epochs.set(`${hex(groupId)}:${epoch}`, data);
    }
    this.saves.push((tx) => saveMovedRatchet(tx, groupId, epoch, leaf, data.secretTree));
  }

  save(tx: Tx): void {
    for (const save of this.saves) save(tx);
  }

  /** After the transaction with `save` is committed. */
  adopt(): void {
    for (const [key, state] of this.states) this.base.put(key, state);
  }
}
