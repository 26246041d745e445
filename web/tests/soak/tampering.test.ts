import * as library from "ts-mls";
import { describe, expect, it } from "vitest";
import { Chance } from "./chance";
import { toHex } from "./peer";
import { commit, group, member } from "./smallGroup";
import { opensslSuite } from "./suites";
import { TsPeer } from "./tsPeer";

/**
 * A server or a member may send anything: bytes changed on the way, doubled, cut, from another epoch or group.
 * Each is refused within a moment, and leaves the state as it was: the genuine message is taken afterwards.
 */
const TRIES = process.env.SOAK_LONG === "1" ? 2_000 : 120;

function tamper(chance: Chance, bytes: Uint8Array): Uint8Array {
  const changed = new Uint8Array(bytes);
  const at = chance.below(changed.length);
  switch (chance.below(4)) {
    case 0:
      changed[at] = (changed[at] ?? 0) ^ (1 << chance.below(8));
      return changed;
    case 1:
      changed[at] = chance.below(256);
      return changed;
    case 2:
      return changed.subarray(0, at);
    default:
      return Uint8Array.from([...changed.subarray(0, at), ...changed.subarray(Math.min(at + 1, changed.length - 1))]);
  }
}

/** Tries changed copies of `genuine`; none may be accepted, none may take longer than a moment. */
async function refusesAll(chance: Chance, genuine: Uint8Array, take: (bytes: Uint8Array) => Promise<unknown>) {
  for (let tried = 0; tried < TRIES; tried++) {
    const bytes = tamper(chance, genuine);
    if (toHex(bytes) === toHex(genuine)) continue;
    const outcome = await Promise.race([
      take(bytes).then(
        () => "accepted",
        () => "refused",
      ),
      new Promise((late) => setTimeout(late, 10_000, "no answer")),
    ]);
    if (outcome !== "refused") throw new Error(`${outcome}: ${toHex(bytes)} for ${toHex(genuine)}`);
  }
}

describe("tampered messages", { timeout: 600_000 }, () => {
  const chance = new Chance(7);

  it.each([false, true])("a commit, public handshakes %s", async (publicHandshakes) => {
    const peers = await group(library, 3);
    const [p0, p1] = [member(peers, 0), member(peers, 1)];
    p0.publicHandshakes = publicHandshakes;
    const { commit: genuine } = await p0.commit([], [member(peers, 3).identity]);
    await p0.settle(true);
    const before = await p1.fingerprint();
    await refusesAll(chance, genuine, (bytes) => p1.receive(bytes));
    expect(await p1.fingerprint()).toBe(before);
    await p1.receive(genuine);
    expect(await p1.fingerprint()).toBe(await p0.fingerprint());
    await expect(p1.receive(genuine), "a replay").rejects.toThrow();
  });

  it("an application message", async () => {
    const peers = await group(library, 2);
    const [p0, p1] = [member(peers, 0), member(peers, 1)];
    const genuine = await p0.send("晚上七点");
    await refusesAll(chance, genuine, (bytes) => p1.receive(bytes));
    expect(await p1.receive(genuine)).toEqual({ kind: "application", text: "晚上七点" });
    await expect(p1.receive(genuine), "a replay").rejects.toThrow();
    await expect(p0.receive(genuine), "one's own").rejects.toThrow();
  });

  it("a message of another group or a later epoch", async () => {
    const ours = await group(library, 2);
    const theirs = await group(library, 2);
    const foreign = await member(theirs, 0).send("x");
    await expect(member(ours, 1).receive(foreign)).rejects.toThrow();
    const late = member(ours, 2);
    const early = ours.slice(0, 2);
    await commit(early, 0, [], []);
    await expect(late.receive(await member(ours, 0).send("x"))).rejects.toThrow();
  });

  it("a welcome", async () => {
    const peers = await group(library, 2);
    const added = await TsPeer.make("added", library, await opensslSuite(library));
    const p0 = member(peers, 0);
    const { welcome } = await p0.commit([await added.keyPackage()], []);
    await p0.settle(true);
    if (welcome === null) throw new Error("no welcome");
    await refusesAll(chance, welcome, (bytes) => added.welcome(bytes));
    await added.welcome(welcome);
    expect(await added.fingerprint()).toBe(await p0.fingerprint());
  });

  it("a GroupInfo for an external join, and the external commit", async () => {
    const peers = await group(library, 4);
    const p0 = member(peers, 0);
    const genuine = await p0.groupInfo();
    const joiner = await TsPeer.make("joiner", library, await opensslSuite(library));
    await refusesAll(chance, genuine, (bytes) => joiner.external(bytes));
    const joined = await joiner.external(genuine);
    await refusesAll(chance, joined, (bytes) => p0.receive(bytes));
    await p0.receive(joined);
    expect(await joiner.fingerprint()).toBe(await p0.fingerprint());
  });
});
