import type { Chance } from "./chance";
import { type Peer, toHex } from "./peer";

export interface Tally {
  operations: number;
  epochs: number;
  messages: number;
  joins: number;
  externalJoins: number;
  races: number;
  reloads: number;
  biggest: number;
}

type Mail = { kind: "commit" | "welcome" | "application"; bytes: Uint8Array; epoch: number; text: string };

interface Seat {
  peer: Peer;
  mailbox: Mail[];
  epoch: number;
  away: number; // operations until it takes its mail again
}

/**
 * Plays a random group history the way the Delivery Service orders one: one commit an epoch, mailboxes in order,
 * messages only of the current epoch. After each operation every present member has read its mail, and all members
 * of an epoch export the same secret. Whoever was removed reads nothing that is sent afterwards.
 */
export class History {
  readonly tally: Tally = {
    operations: 0,
    epochs: 0,
    messages: 0,
    joins: 0,
    externalJoins: 0,
    races: 0,
    reloads: 0,
    biggest: 0,
  };
  readonly log: string[] = [];
  #members: Seat[] = [];
  #gone: Peer[] = [];
  #epoch = 0;
  #secrets = new Map<number, string>();
  #groupId: Uint8Array;
  #count = 0;

  constructor(
    private readonly chance: Chance,
    private readonly makePeer: (name: string) => Promise<Peer>,
    private readonly membersMax: number,
    private readonly releasePeer: (peer: Peer) => Promise<void> = async () => undefined,
  ) {
    this.#groupId = new Uint8Array(16).map(() => chance.below(256));
  }

  async run(operations: number): Promise<void> {
    const founder = await this.#newPeer();
    await founder.create(this.#groupId);
    this.#members = [{ peer: founder, mailbox: [], epoch: 0, away: 0 }];
    await this.#compare();
    while (this.tally.operations < operations) {
      this.tally.operations += 1;
      try {
        await this.#step();
        await this.#everyoneReads(false);
      } catch (error) {
        const told = error instanceof Error ? error.message : String(error);
        throw new Error(
          `seed ${this.chance.seed}, operation ${this.tally.operations}: ${told}\n${this.log.slice(-12).join("\n")}`,
          { cause: error },
        );
      }
    }
    await this.#everyoneReads(true);
    for (const seat of this.#members) await this.releasePeer(seat.peer);
  }

  async #newPeer(): Promise<Peer> {
    this.#count += 1;
    return this.makePeer(`p${this.#count}`);
  }

  async #step(): Promise<void> {
    const { chance } = this;
    const size = this.#members.length;
    this.tally.biggest = Math.max(this.tally.biggest, size);
    const present = this.#members.filter((seat) => seat.away === 0);
    const actor = chance.one(present);
    const roll = chance.below(100);
    if (size < 3 || (roll < 24 && size < this.membersMax)) {
      await this.#change(actor, actor.peer.can.addMany ? 1 + chance.below(3) : 1, 0);
    } else if (roll < 40) {
      await this.#change(actor, 0, actor.peer.can.removeMany ? 1 + chance.below(Math.min(3, size - 2)) : 1);
    } else if (roll < 48) {
      if (actor.peer.can.addAndRemove)
        await this.#change(actor, 1 + chance.below(2), 1 + chance.below(Math.min(2, size - 2)));
    } else if (roll < 62) {
      if (actor.peer.can.update) await this.#change(actor, 0, 0);
    } else if (roll < 72) {
      await this.#external(size < this.membersMax && chance.once(2) ? null : actor);
    } else if (roll < 80) {
      await this.#race(present);
    } else if (roll < 88) {
      this.log.push(`${actor.peer.name} reloads`);
      await actor.peer.reload();
      this.tally.reloads += 1;
    } else if (roll < 92 && present.length > 2) {
      actor.away = 1 + chance.below(12);
      this.log.push(`${actor.peer.name} is away for ${actor.away}`);
    }
    for (let sends = chance.below(3); sends > 0; sends--) await this.#send();
  }

  /** A commit that the Delivery Service takes. */
  async #change(actor: Seat, adding: number, removing: number): Promise<void> {
    const others = this.#members.filter((seat) => seat !== actor);
    const removed = this.chance.some(others, Math.min(removing, others.length - 1));
    const added: Peer[] = [];
    for (let left = adding; left > 0; left--) added.push(await this.#newPeer());
    this.log.push(
      `${actor.peer.name} (${actor.peer.stack}) commits +[${added.map((p) => `${p.name} ${p.stack}`)}] -[${removed.map((s) => s.peer.name)}]`,
    );
    const packages = await Promise.all(added.map((peer) => peer.keyPackage()));
    const { commit, welcome } = await actor.peer.commit(
      packages,
      removed.map((seat) => seat.peer.identity),
    );
    await actor.peer.settle(true);
    await this.#accepted(actor, commit);
    this.#remove(removed);
    for (const peer of added) {
      if (welcome === null) throw new Error("an addition without a welcome");
      this.tally.joins += 1;
      const mailbox: Mail[] = [{ kind: "welcome", bytes: welcome, epoch: this.#epoch, text: "" }];
      this.#members.push({ peer, mailbox, epoch: this.#epoch, away: 0 });
    }
  }

  /** Puts a commit in each other mailbox; the roster is that before the change. */
  async #accepted(actor: Seat, commit: Uint8Array): Promise<void> {
    this.#epoch += 1;
    this.tally.epochs += 1;
    for (const seat of this.#members) {
      if (seat !== actor) seat.mailbox.push({ kind: "commit", bytes: commit, epoch: this.#epoch, text: "" });
    }
    actor.epoch = this.#epoch;
    await this.#compareOne(actor);
  }

  #remove(removed: Seat[]): void {
    for (const seat of removed) {
      this.#members.splice(this.#members.indexOf(seat), 1);
      seat.away = 0;
      this.#leaving.push(seat);
    }
  }

  #leaving: Seat[] = [];

  /** A new device joins from GroupInfo, or a member that lost its state takes its own place again. */
  async #external(lost: Seat | null): Promise<void> {
    let groupInfo: Uint8Array | null = null;
    for (const seat of this.chance.some(this.#members, this.#members.length)) {
      if (seat === lost || seat.away > 0) continue;
      await this.#read(seat);
      groupInfo = await seat.peer.groupInfo();
      if (groupInfo !== null) break;
    }
    const peer = lost === null ? await this.#newPeer() : lost.peer;
    if (groupInfo === null || !peer.can.external) return;
    this.log.push(
      `${peer.name} (${peer.stack}) ${lost === null ? "joins" : "takes its place again"} by external commit`,
    );
    const commit = await peer.external(groupInfo);
    this.tally.externalJoins += 1;
    const seat: Seat = lost ?? { peer, mailbox: [], epoch: 0, away: 0 };
    if (lost === null) this.#members.push(seat);
    seat.mailbox = [];
    await this.#accepted(seat, commit);
  }

  /** Two members commit in one epoch: the second is refused, drops its commit and reads the winner's. */
  async #race(present: Seat[]): Promise<void> {
    const [first, second] = this.chance.some(
      present.filter((seat) => seat.peer.can.update),
      2,
    );
    if (first === undefined || second === undefined) return;
    await this.#read(first);
    await this.#read(second);
    this.log.push(`${first.peer.name} and ${second.peer.name} commit at once`);
    await second.peer.commit([], []);
    const { commit } = await first.peer.commit([], []);
    await first.peer.settle(true);
    await this.#accepted(first, commit);
    await second.peer.settle(false);
    this.tally.races += 1;
  }

  async #send(): Promise<void> {
    const sender = this.chance.one(this.#members.filter((seat) => seat.away === 0));
    await this.#read(sender);
    const text = `${sender.peer.name} says ${this.tally.messages} 你好`;
    const bytes = await sender.peer.send(text);
    this.tally.messages += 1;
    for (const seat of this.#members) {
      if (seat !== sender) seat.mailbox.push({ kind: "application", bytes, epoch: this.#epoch, text });
    }
    const former = this.#gone.at(-1);
    if (former !== undefined && this.chance.once(4)) await refuses(former, bytes);
  }

  async #everyoneReads(all: boolean): Promise<void> {
    for (const seat of this.#leaving) {
      await this.#read(seat);
      this.#gone.push(seat.peer);
    }
    while (this.#gone.length > 1) {
      const former = this.#gone.shift();
      if (former !== undefined) await this.releasePeer(former);
    }
    this.#leaving = [];
    for (const seat of this.#members) {
      if (all) seat.away = 0;
      if (seat.away > 0) seat.away -= 1;
      if (seat.away === 0) await this.#read(seat);
    }
    await this.#compare();
  }

  async #read(seat: Seat): Promise<void> {
    for (let mail = seat.mailbox.shift(); mail !== undefined; mail = seat.mailbox.shift()) {
      const { peer } = seat;
      try {
        await this.#take(seat, mail);
      } catch (error) {
        const told = error instanceof Error ? error.message : String(error);
        throw new Error(`${peer.name} (${peer.stack}) cannot take a ${mail.kind} of epoch ${mail.epoch}: ${told}`, {
          cause: error,
        });
      }
    }
  }

  async #take(seat: Seat, mail: Mail): Promise<void> {
    const { peer } = seat;
    if (mail.kind === "welcome") {
      await peer.welcome(mail.bytes, this.#groupId);
      seat.epoch = mail.epoch;
      return;
    }
    const got = await peer.receive(mail.bytes);
    if (mail.kind === "application") {
      if (got.kind !== "application" || got.text !== mail.text) throw new Error(`read ${JSON.stringify(got)}`);
      return;
    }
    const leaving = this.#leaving.includes(seat) && seat.mailbox.every((later) => later.kind !== "commit");
    if (got.kind !== (leaving ? "removed" : "epoch")) throw new Error(`a commit gave ${got.kind}`);
    seat.epoch = mail.epoch;
  }

  async #compare(): Promise<void> {
    for (const seat of this.#members) if (seat.away === 0) await this.#compareOne(seat);
  }

  async #compareOne(seat: Seat): Promise<void> {
    const secret = await seat.peer.fingerprint();
    if (secret === null) return;
    const known = this.#secrets.get(seat.epoch);
    if (known === undefined) this.#secrets.set(seat.epoch, secret);
    else if (known !== secret)
      throw new Error(`${seat.peer.name} (${seat.peer.stack}) has another secret in epoch ${seat.epoch}`);
  }
}

/** A removed member cannot read what is sent after its removal. */
async function refuses(former: Peer, bytes: Uint8Array): Promise<void> {
  let read: string;
  try {
    read = JSON.stringify(await former.receive(bytes));
  } catch {
    return;
  }
  throw new Error(`${former.name} was removed and still reads ${read} (${toHex(bytes.subarray(0, 8))})`);
}
