import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { encode } from "cborg";
import { describe, expect, it } from "vitest";
import { fromHex, hex, random } from "../../../src/core/bytes.ts";
import { openKeys, sealKeys } from "../../../src/core/content/handed.ts";
import { deflate, inflate } from "../../../src/core/deflate.ts";
import { BUNDLE_BYTES_MAX, MESSAGES_MAX, packBundle, unpackBundle } from "../../../src/core/groups/bundle.ts";
import { freshSecrets } from "../../../src/core/media/blob.ts";
import { openWhole, sealWhole } from "../../../src/core/media/whole.ts";

/** What is handed to newcomers, byte for byte, and what is not taken from anybody [GH2] [GH3]. */

interface Golden {
  group_id: string;
  secret: string;
  nonce: string;
  keys: { key: string; nonce: string; hash: string; bytes: number };
  sealed: string;
  bundle: string;
  packed: string;
}

const GOLDEN = resolve(import.meta.dirname, "../../../../protocol/golden/handed.json");
const golden = JSON.parse(readFileSync(GOLDEN, "utf-8")) as Golden;
const groupId = fromHex(golden.group_id);

describe("the keys of a bundle", () => {
  it("are sealed as in the golden bytes, for this group and this secret alone [GH2]", () => {
    const { key, nonce, hash, bytes } = golden.keys;
    const keys = { key: fromHex(key), prefix: fromHex(nonce), hash: fromHex(hash), bytes };
    const secret = fromHex(golden.secret);
    const sealed = sealKeys(secret, groupId, keys, fromHex(golden.nonce));
    expect(hex(sealed)).toBe(golden.sealed);
    expect(openKeys(secret, groupId, sealed)).toEqual(keys);
    expect(openKeys(random(32), groupId, sealed)).toBeNull();
    expect(openKeys(secret, random(16), sealed)).toBeNull();
    expect(openKeys(secret, groupId, sealed.slice(0, 20))).toBeNull();
  });
});

describe("a bundle", () => {
  it("is read and written as in the golden bytes [GH3]", async () => {
    const messages = await unpackBundle(groupId, fromHex(golden.packed));
    expect(messages.map(({ sender, name, text }) => [sender, name, text])).toEqual([
      [42, "mei", "晚上吃什么"],
      [43, "外婆", ""],
    ]);
    expect(messages[1]).toMatchObject({ carried: { detail: { kind: "location", name: "外滩" } }, edited: true });
    expect(messages[1]?.quote).toEqual(messages[0]?.contentId);
    const packed = await packBundle(groupId, messages);
    expect(hex(await inflate(packed, BUNDLE_BYTES_MAX))).toBe(golden.bundle);
  });

  it("of another group, of a newer format, damaged, or too large when opened, holds nothing [GH3]", async () => {
    expect(await unpackBundle(random(16), fromHex(golden.packed))).toEqual([]);
    const written = (bundle: unknown) => deflate(encode(bundle));
    expect(await unpackBundle(groupId, await written({ format: 2, group: groupId, messages: [] }))).toEqual([]);
    expect(await unpackBundle(groupId, await written([1, 2, 3]))).toEqual([]);
    expect(await unpackBundle(groupId, fromHex(golden.packed).slice(0, 40))).toEqual([]);
    const bomb = await deflate(new Uint8Array(64 * 1024 * 1024));
    expect(bomb.length).toBeLessThan(100_000);
    expect(await unpackBundle(groupId, bomb)).toEqual([]);
  });

  it("loses what does not parse, what is no message of a person, and what is too many [GH3]", async () => {
    const good = { id: random(32), sender: 42, name: "mei", at_ms: 1, type: "text/plain;charset=utf-8", quote: null };
    const text = { ...good, body: new TextEncoder().encode("好"), edited: false };
    const bad = [
      7,
      { ...text, id: random(16) },
      { ...text, sender: 0 },
      { ...text, sender: "42" },
      { ...text, at_ms: -1 },
      { ...text, body: "好" },
      { ...text, body: Uint8Array.of(0xff) },
      { ...text, type: "application/hongyan.group", body: encode({ left: true }) },
      { ...text, type: "application/hongyan.help", body: encode({ what: "ask", session: random(16) }) },
    ];
    const packed = await deflate(encode({ format: 1, group: groupId, messages: [...bad, text] }));
    expect(await unpackBundle(groupId, packed)).toHaveLength(1);
    const many = Array.from({ length: MESSAGES_MAX + 5 }, () => text);
    expect(
      await unpackBundle(groupId, await deflate(encode({ format: 1, group: groupId, messages: many }))),
    ).toHaveLength(MESSAGES_MAX);
  });
});

it("a blob held whole opens only as what it was [ME3] [ME6]", async () => {
  const secrets = freshSecrets();
  const content = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 31) % 251);
  const { blob, hash } = await sealWhole(secrets, content);
  expect(await openWhole(secrets, content.length, blob)).toEqual({ content, hash });
  expect(await openWhole(secrets, content.length, blob.slice(0, -1))).toBeNull();
  expect(await openWhole(secrets, content.length, Uint8Array.of(...blob.slice(0, 100), 0))).toBeNull();
  const longer = new Uint8Array(blob.length + 1);
  longer.set(blob);
  expect(await openWhole(secrets, content.length, longer)).toBeNull();
});
