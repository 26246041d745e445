import * as library from "ts-mls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Chance } from "./chance";
import { History } from "./history";
import type { Peer } from "./peer";
import { publishedLibrary } from "./published";
import { PythonPeer, PythonStage } from "./pythonPeer";
import { commit, gather, member } from "./smallGroup";
import { nobleSuite, opensslSuite } from "./suites";
import { type Library, TsPeer } from "./tsPeer";

/**
 * Random group histories over three MLS stacks at once: ts-mls, mls-rs and rine take part in the same groups.
 * What each of them accepts and derives is checked by the other two. SOAK_SEED=n replays; SOAK_LONG=1 plays more.
 */
const replay = process.env.SOAK_SEED;
const long = process.env.SOAK_LONG === "1";
const seeds = replay !== undefined ? [Number(replay)] : Array.from({ length: long ? 40 : 8 }, (_, i) => 1001 + i);
const operations = Number(process.env.SOAK_OPERATIONS ?? (long ? 200 : 60));

describe("three MLS stacks", () => {
  let stage: PythonStage;
  beforeAll(() => {
    stage = new PythonStage();
  });
  afterAll(() => stage.close());

  it("a commit while the left half of the tree is blank gives all of them the same epoch", async () => {
    const makeGroup = async (library: Library, name: string) => {
      const cs = await opensslSuite(library);
      const ours = await Promise.all(["p0", "p1", "p3"].map((one) => TsPeer.make(one, library, cs)));
      const theirs = await PythonPeer.make(`${name}/p2`, "mls-rs", stage);
      const peers: Peer[] = [member(ours, 0), member(ours, 1), theirs, member(ours, 2)];
      await gather(peers);
      await commit(peers.slice(1), 2, [], [member(peers, 0)]);
      await commit(peers.slice(2), 1, [], [member(peers, 1)]);
      return [await theirs.fingerprint(), await member(ours, 2).fingerprint()];
    };
    const [theirs, ours] = await makeGroup(library, "patched");
    expect(ours).toBe(theirs);
    const published = await publishedLibrary();
    await expect(makeGroup(published.library, "published")).rejects.toThrow(/invalid confirmation tag/);
    published.erase();
  });

  it.each(seeds)("seed %i: agree on every epoch and read each other", { timeout: 3_600_000 }, async (seed) => {
    const cs = await (seed % 10 === 1 ? nobleSuite : opensslSuite)(library);
    const chance = new Chance(seed);
    const membersMax = 4 + chance.below(long ? 20 : 8);
    const makePeer = async (name: string): Promise<Peer> => {
      const stack = chance.one(["ts-mls", "ts-mls", "mls-rs", "rine"] as const);
      if (stack !== "ts-mls") return PythonPeer.make(`${seed}/${name}`, stack, stage);
      const peer = await TsPeer.make(name, library, cs);
      peer.publicHandshakes = chance.once(3);
      return peer;
    };
    const history = new History(chance, makePeer, membersMax, async (peer) => {
      if (peer instanceof PythonPeer) await peer.drop();
    });
    await history.run(operations);
    expect(history.tally.operations).toBe(operations);
    process.stdout.write(`${JSON.stringify({ seed, membersMax, ...history.tally })}\n`);
  });
});
