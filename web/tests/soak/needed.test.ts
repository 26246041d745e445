import * as patched from "ts-mls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Published, publishedLibrary } from "./published";
import { commit, group, member } from "./smallGroup";
import { opensslSuite } from "./suites";
import { type Library, TsPeer } from "./tsPeer";

/** Each correction in patches/ts-mls+1.6.4.patch, by a history that the package as published gets wrong. */
let published: Published;

beforeAll(async () => {
  published = await publishedLibrary();
});

afterAll(() => published.erase());

/** Leaf 1 is left, p0 updates its path, then leaf 1 is taken again: the parents disagree in their unmerged leaves. */
async function joinUnderUnmergedLeaves(library: Library): Promise<void> {
  const peers = await group(library, 4);
  const cs = await opensslSuite(library);
  const left = member(peers, 1);
  const rest = peers.filter((peer) => peer !== left);
  await commit(peers, 0, [], [left]);
  const first = await TsPeer.make("first", library, cs);
  await commit([...rest, first], 0, [first], []);
  await commit([...rest, first], 3, [], []);
  const second = await TsPeer.make("second", library, cs);
  await commit([...rest, first, second], 0, [second], []);
  expect(await second.fingerprint()).toBe(await member(peers, 0).fingerprint());
}

describe("the patch of ts-mls", () => {
  it("lets a new member join a tree with unmerged leaves", async () => {
    await joinUnderUnmergedLeaves(patched);
    await expect(joinUnderUnmergedLeaves(published.library)).rejects.toThrow(/unmerged_leaves/);
  });

  it("tells a removed member of its removal when its leaf is taken by an addition in the same commit", async () => {
    for (const [library, expected] of [
      [patched, "removed"],
      [published.library, "failed"],
    ] as const) {
      const peers = await group(library, 3);
      const cs = await opensslSuite(library);
      const added = await TsPeer.make("added", library, cs);
      const made = await member(peers, 0).commit([await added.keyPackage()], [member(peers, 1).identity]);
      const seen = await member(peers, 1)
        .receive(made.commit)
        .then(
          (got) => got.kind,
          () => "failed",
        );
      expect(seen).toBe(expected);
    }
  });

  it("does not hang when a device asks for its former place and that is gone", { timeout: 20_000 }, async () => {
    const peers = await group(patched, 2);
    const gone = member(peers, 2);
    await commit(peers, 0, [], [gone]);
    const joined = await gone.external(await member(peers, 0).groupInfo());
    await member(peers, 0).receive(joined);
    expect(await gone.fingerprint()).toBe(await member(peers, 0).fingerprint());
  });

  it("encodes external_pub as the RFC does, with its length", async () => {
    for (const [library, bytes] of [
      [patched, 33],
      [published.library, 32],
    ] as const) {
      const [peer] = await group(library, 1);
      const message = library.decodeMlsMessage(await (peer as TsPeer).groupInfo(), 0)?.[0];
      if (message?.wireformat !== "mls_group_info") throw new Error("not a GroupInfo");
      const extension = message.groupInfo.extensions.find((one) => one.extensionType === "external_pub");
      expect(extension?.extensionData.length).toBe(bytes);
    }
  });
});
