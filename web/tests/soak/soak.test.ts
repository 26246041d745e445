import * as library from "ts-mls";
import { describe, expect, it } from "vitest";
import { Chance } from "./chance";
import { History } from "./history";
import { nobleSuite, opensslSuite } from "./suites";
import { TsPeer } from "./tsPeer";

/**
 * Random group histories on ts-mls alone. SOAK_SEED=n replays one seed; SOAK_LONG=1 plays many and longer ones.
 */
const replay = process.env.SOAK_SEED;
const long = process.env.SOAK_LONG === "1";
const seeds = replay !== undefined ? [Number(replay)] : Array.from({ length: long ? 60 : 8 }, (_, i) => 1 + i);
const operations = Number(process.env.SOAK_OPERATIONS ?? (long ? 400 : 60));

describe("ts-mls soak", () => {
  it.each(seeds)(
    "seed %i: every member of each epoch agrees and reads every message",
    { timeout: 3_600_000 },
    async (seed) => {
      const cs = await (seed % 10 === 1 ? nobleSuite : opensslSuite)(library); // a few with the suite of the app
      const chance = new Chance(seed);
      const membersMax = 4 + chance.below(long ? 28 : 8);
      const makePeer = async (name: string) => {
        const peer = await TsPeer.make(name, library, cs);
        peer.publicHandshakes = chance.once(3);
        return peer;
      };
      const history = new History(chance, makePeer, membersMax);
      await history.run(operations);
      expect(history.tally.operations).toBe(operations);
      expect(history.tally.messages).toBeGreaterThan(operations / 3);
      process.stdout.write(`${JSON.stringify({ seed, membersMax, ...history.tally })}\n`);
    },
  );
});
