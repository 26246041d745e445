import { describe, expect, it } from "vitest";
import { fromHex, hex, random, utf8 } from "../../src/core/bytes.ts";
import { newDeviceKeys } from "../../src/core/identity/account.ts";
import * as mls from "../../src/core/mls/group.ts";
import { open, openBox, seal, sealBox } from "../../src/core/mls/hpke.ts";
import { loadEpoch, loadState, saveMovedRatchet, saveNewEpoch } from "../../src/core/mls/state.ts";
import { openInMemory } from "../../src/core/store/open.ts";
import { integer } from "../../src/core/store/store.ts";

const config = mls.configFor(async () => true);

async function device() {
  const keys = newDeviceKeys();
  return { keys, own: await mls.newKeyPackage(keys) };
}

describe("HPKE", () => {
  it("opens RFC 9180's vector A.1 in AES-128-GCM base mode [ID7]", () => {
    const ephemeral = {
      privateKey: fromHex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736"),
      publicKey: fromHex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431"),
    };
    const recipient = fromHex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");
    const privateKey = fromHex("4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8");
    const info = fromHex("4f6465206f6e2061204772656369616e2055726e");
    const plaintext = utf8("Beauty is truth, truth beauty");
    const aad = utf8("Count-0");
    const sealed = seal(recipient, plaintext, info, aad, ephemeral);
    expect(hex(sealed.ciphertext)).toBe(
      "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
    );
    expect(open(privateKey, sealed, info, aad)).toEqual(plaintext);
  });

  it("refuses a box for another purpose", async () => {
    const { own } = await device();
    const box = sealBox(own.publicPackage.initKey, utf8("你好"), "hongyan greeting v1");
    expect(openBox(own.privatePackage.initPrivateKey, box, "hongyan greeting v1")).toEqual(utf8("你好"));
    expect(() => openBox(own.privatePackage.initPrivateKey, box, "hongyan link v1")).toThrow();
  });
});

describe("groups", () => {
  it("lets three talk, removes one, and takes her back by external commit", async () => {
    const [lan, mei, bo] = [await device(), await device(), await device()];
    const groupId = random(16);
    let a = await mls.createGroup(groupId, lan.own, config);
    const first = await mls.commit(a, [mei.own.publicPackage, bo.own.publicPackage], []);
    a = first.next;
    const welcome = first.welcome ?? new Uint8Array();
    expect(mls.welcomeRefs(welcome).map(hex).sort()).toEqual([hex(mei.own.ref), hex(bo.own.ref)].sort());
    let { state: b } = await mls.joinByWelcome(welcome, mei.own.publicPackage, mei.own.privatePackage, config);
    let { state: c } = await mls.joinByWelcome(welcome, bo.own.publicPackage, bo.own.privatePackage, config);

    const hello = await mls.encrypt(a, utf8("你好"));
    expect(mls.headerOf(hello.message).epoch).toBe(1);
    const epoch = {
      secretTree: b.secretTree,
      ratchetTree: b.ratchetTree,
      groupContext: b.groupContext,
      senderDataSecret: b.keySchedule.senderDataSecret,
      resumptionPsk: b.keySchedule.resumptionPsk,
    };
    const heard = await mls.decrypt(hello.message, epoch, config);
    expect(heard.content).toEqual(utf8("你好"));
    expect(heard.senderKey).toEqual(lan.keys.signatureKey);
    await expect(mls.decrypt(hello.message, { ...epoch, secretTree: heard.secretTree }, config)).rejects.toThrow(
      mls.Unusable,
    );

    const removal = await mls.commit(b, [], [mls.leafOf(b.ratchetTree, bo.keys.signatureKey) ?? -1]);
    b = removal.next;
    const seen = await mls.processCommit(a, removal.message);
    expect(seen.removed).toEqual([bo.keys.signatureKey]);
    expect(seen.committer).toEqual(mei.keys.signatureKey);
    a = seen.next;
    expect((await mls.processCommit(c, removal.message)).removedSelf).toBe(true);

    const back = await mls.joinExternally(removal.groupInfo, await mls.newKeyPackage(bo.keys), config);
    expect(back.replacedOwnLeaf).toBe(false);
    c = back.next;
    a = (await mls.processCommit(a, back.message)).next;
    const again = await mls.joinExternally(back.groupInfo, await mls.newKeyPackage(mei.keys), config);
    expect(again.replacedOwnLeaf).toBe(true);
    a = (await mls.processCommit(a, again.message)).next;
    c = (await mls.processCommit(c, again.message)).next;
    expect(a.keySchedule.epochAuthenticator).toEqual(c.keySchedule.epochAuthenticator);
  });

  it("makes a group of one, for the self group", async () => {
    const lan = await device();
    const a = await mls.createGroup(random(16), lan.own, config);
    const only = await mls.commit(a, [], []);
    expect(only.welcome).toBeNull();
    const phone = await device();
    const join = await mls.joinExternally(only.groupInfo, phone.own, config);
    const next = await mls.processCommit(only.next, join.message);
    expect(next.added).toEqual([phone.keys.signatureKey]);
  });

  it("refuses a leaf without a certificate [ID5]", async () => {
    const [lan, eve] = [await device(), await device()];
    const strict = mls.configFor(async (key) => hex(key) !== hex(eve.keys.signatureKey));
    const a = await mls.createGroup(random(16), lan.own, strict);
    await expect(mls.commit(a, [eve.own.publicPackage], [])).rejects.toThrow();
  });
});

describe("state in parts", () => {
  it("survives the store, and a message rewrites one ratchet only", async () => {
    const [lan, mei] = [await device(), await device()];
    const store = await openInMemory();
    const groupId = random(16);
    const created = await mls.createGroup(groupId, lan.own, config);
    const { next, welcome } = await mls.commit(created, [mei.own.publicPackage], []);
    store.write((tx) => saveNewEpoch(tx, next));
    const loaded = loadState(store, groupId, lan.keys.signKey, config);
    if (loaded === null) throw new Error("no state");
    const sent = await mls.encrypt(loaded, utf8("一"));
    store.write((tx) => saveMovedRatchet(tx, groupId, 1, 0, sent.next.secretTree));
    const reloaded = loadState(store, groupId, lan.keys.signKey, config);
    if (reloaded === null) throw new Error("no state");
    const second = await mls.encrypt(reloaded, utf8("二"));
    const other = await openInMemory();
    const { state: joined } = await mls.joinByWelcome(
      welcome ?? new Uint8Array(),
      mei.own.publicPackage,
      mei.own.privatePackage,
      config,
    );
    other.write((tx) => saveNewEpoch(tx, joined));
    for (const message of [second.message, sent.message]) {
      const epoch = loadEpoch(other, groupId, 1);
      if (epoch === null) throw new Error("no epoch");
      const heard = await mls.decrypt(message, epoch, config);
      other.write((tx) => saveMovedRatchet(tx, groupId, 1, heard.senderLeaf, heard.secretTree));
    }
    expect(integer(other.one("SELECT count(*) AS n FROM mls_ratchet") ?? {}, "n")).toBe(2);
    const copy = await openInMemory(other.image());
    expect(loadEpoch(copy, groupId, 1)).not.toBeNull();
  });
});
