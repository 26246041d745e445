import type { Peer } from "./peer";
import { opensslSuite } from "./suites";
import { type Library, TsPeer } from "./tsPeer";

const GROUP = new Uint8Array(16).fill(7);

/** Founder p0 and `others` more members, all in the group. */
export async function group(library: Library, others: number): Promise<TsPeer[]> {
  const cs = await opensslSuite(library);
  const peers = await Promise.all(Array.from({ length: others + 1 }, (_, i) => TsPeer.make(`p${i}`, library, cs)));
  await gather(peers);
  return peers;
}

/** One commit that everybody takes: `peers` are all members, those added included, those removed not. */
export async function commit(peers: Peer[], by: number, add: Peer[], remove: Peer[]): Promise<void> {
  const actor = member(peers, by);
  const packages = await Promise.all(add.map((peer) => peer.keyPackage()));
  const made = await actor.commit(
    packages,
    remove.map((peer) => peer.identity),
  );
  await actor.settle(true);
  for (const peer of peers) if (peer !== actor && !add.includes(peer)) await peer.receive(made.commit);
  for (const peer of add) if (made.welcome !== null) await peer.welcome(made.welcome, GROUP);
}

export function member<P extends Peer>(peers: P[], index: number): P {
  const found = peers[index];
  if (found === undefined) throw new Error(`no p${index}`);
  return found;
}

/** Makes the first the founder of a group of all. */
export async function gather(peers: Peer[]): Promise<void> {
  await member(peers, 0).create(GROUP);
  await commit(peers, 0, peers.slice(1), []);
}
