import { afterAll, beforeAll, expect, it } from "vitest";
import { Chance } from "../soak/chance.ts";
import { AppPlayer, type Player, SdkPlayer } from "./world/players.ts";
import { Server } from "./world/server.ts";

/**
 * Two clients on two MLS stacks agree: people on the app's core and people on the Python SDK in one group, through a
 * real server. Random talk, additions, removals, deaths, returns, lost states; after each operation everybody who is
 * there has read everything that was said while she was a member, once.
 *
 * The long form: AGREE_SEEDS=1,2,3,4,5,6,7,8 AGREE_OPERATIONS=100 npx vitest run --project core tests/core/agree.test.ts
 */

const SEEDS = (process.env["AGREE_SEEDS"] ?? "1,2").split(",").map(Number);
const OPERATIONS = Number(process.env["AGREE_OPERATIONS"] ?? 10);

interface Seat {
  player: Player;
  isIn: boolean;
  stay: number; // how often she has come
  isAway: boolean;
  due: Said[]; // what she must have
  read: number; // how much of it she had when she was last seen
  owed: Said[]; // what she may have
}

interface Said {
  text: string;
  by: Seat;
  stay: number; // of her who said it
}

let server: Server;
let players: Player[] = [];

beforeAll(async () => {
  server = await Server.start();
  const lan = await AppPlayer.joined("lan", server.origin, server.ownerLink);
  players = [lan];
  const arrive = [
    (link: string) => SdkPlayer.joined("mei", link),
    (link: string) => AppPlayer.joined("bo", server.origin, link),
    (link: string) => SdkPlayer.joined("grandma", link),
    (link: string) => SdkPlayer.joined("wang", link),
  ];
  for (const arrives of arrive) players.push(await arrives(await lan.code()));
  // Everybody is a friend of everybody, so that anybody can add anybody.
  for (const [place, one] of players.entries()) {
    const code = place === 0 ? "" : await one.code();
    for (const other of place === 0 ? [] : players.slice(place + 1)) await other.befriend(code);
  }
}, 120_000);

afterAll(async () => {
  for (const player of players) await player.stop();
  await server.stop();
});

class Day {
  readonly seats: Seat[];
  readonly log: string[] = [];
  chat = "";
  private said = 0;

  constructor(
    private readonly chance: Chance,
    private readonly founder: Player,
    others: Player[],
  ) {
    this.seats = [founder, ...others].map((player) => ({
      player,
      isIn: false,
      stay: 0,
      isAway: false,
      due: [],
      read: 0,
      owed: [],
    }));
  }

  private get present(): Seat[] {
    return this.seats.filter(({ isIn, isAway }) => isIn && !isAway);
  }

  async begin(): Promise<void> {
    const first = this.seats.slice(0, 3);
    this.chat = await this.founder.makeGroup(first.slice(1).map(({ player }) => player));
    for (const seat of first) {
      await this.comes(seat);
    }
    await this.say();
  }

  async step(): Promise<void> {
    const { chance } = this;
    const roll = chance.below(100);
    const out = this.seats.filter(({ isIn, isAway }) => !isIn && !isAway);
    const away = this.seats.filter(({ isAway }) => isAway);
    const others = this.present.filter(({ player }) => player !== this.founder);
    if (roll < 35) await this.say();
    else if (roll < 55 && out.length > 0) await this.add(chance.one(out));
    else if (roll < 68 && others.length > 1) await this.remove(chance.one(others));
    else if (roll < 80 && others.length > 1) await this.dies(chance.one(others));
    else if (away.length > 0) await this.returns(chance.one(away), chance.once(3));
    else await this.say();
    await this.say();
  }

  private note(what: string): void {
    this.log.push(what);
  }

  private async say(): Promise<void> {
    const by = this.chance.one(this.present);
    const { player } = by;
    const text = `${this.chance.seed}-${++this.said} ${player.name}`;
    this.note(`${player.name} (${player.client}) says ${text}`);
    await player.say(this.chat, text);
    for (const seat of this.seats) if (seat.isIn) seat.due.push({ text, by, stay: by.stay });
    await this.check();
  }

  private async comes(seat: Seat): Promise<void> {
    await seat.player.isIn(this.chat);
    seat.isIn = true;
    seat.stay++;
  }

  private async add(seat: Seat): Promise<void> {
    const { player } = this.chance.one(this.present);
    this.note(`${player.name} (${player.client}) adds ${seat.player.name} (${seat.player.client})`);
    await player.add(this.chat, seat.player);
    await this.comes(seat);
  }

  private async remove(seat: Seat): Promise<void> {
    this.note(`${this.founder.name} removes ${seat.player.name} (${seat.player.client})`);
    await this.founder.remove(this.chat, seat.player);
    await seat.player.isOut(this.chat);
    seat.isIn = false;
  }

  private async dies(seat: Seat): Promise<void> {
    this.note(`${seat.player.name} (${seat.player.client}) is killed`);
    await seat.player.dies();
    seat.isAway = true;
  }

  private async returns(seat: Seat, isUnlucky: boolean): Promise<void> {
    const lost = isUnlucky && seat.player.client === "sdk";
    this.note(`${seat.player.name} (${seat.player.client}) returns${lost ? ", her state lost" : ""}`);
    if (lost) this.lose(seat);
    await seat.player.returns(lost);
    seat.isAway = false;
    // She answers those who asked while she was away, unless she cannot read that they did.
    for (const other of lost ? [] : this.present) {
      other.due.push(...other.owed.filter(({ by, stay }) => by === seat && stay === seat.stay));
      other.owed = other.owed.filter((said) => !other.due.includes(said));
    }
    await this.check();
  }

  /** What she cannot read any more only those can say again who said it, and who are there [HL5]. */
  private lose(seat: Seat): void {
    const canAnswer = ({ by, stay }: Said) => by.isIn && !by.isAway && by.stay === stay;
    const missed = seat.due.splice(seat.read);
    seat.due.push(...missed.filter(canAnswer));
    seat.owed.push(...missed.filter((said) => !canAnswer(said)));
  }

  /** Who is there has all that was said while she was a member, once. */
  private async check(): Promise<void> {
    for (const seat of this.present) {
      const due = seat.due.map(({ text }) => text);
      const owed = new Set(seat.owed.map(({ text }) => text));
      const texts = (await seat.player.hears(this.chat, due)).filter((text) => !owed.has(text));
      const { name } = seat.player;
      expect({ name, texts: texts.sort() }).toEqual({ name, texts: due.sort() });
      seat.read = seat.due.length;
    }
  }

  /** After a failure: the next history begins with the living. */
  async wake(): Promise<void> {
    for (const { player, isAway } of this.seats) if (isAway) await player.returns(false);
  }

  async end(): Promise<void> {
    for (const seat of this.seats) if (seat.isAway) await this.returns(seat, false);
    await this.check();
  }
}

it.each(SEEDS)("seed %i: everybody reads everything, once", { timeout: 3_600_000 }, async (seed) => {
  const chance = new Chance(seed);
  // By turns a group that the app made, and one that the SDK made.
  const [lan, mei, ...rest] = players as [Player, Player, ...Player[]];
  const [founder, other] = seed % 2 === 1 ? [lan, mei] : [mei, lan];
  const day = new Day(chance, founder, [other, ...rest]);
  try {
    await day.begin();
    for (let step = 0; step < OPERATIONS; step++) await day.step();
    await day.end();
  } catch (error) {
    await day.wake();
    throw new Error(`seed ${seed}: ${String(error)}\n${day.log.slice(-15).join("\n")}`, { cause: error });
  }
  process.stdout.write(`${JSON.stringify({ seed, operations: OPERATIONS, log: day.log.length })}\n`);
});
