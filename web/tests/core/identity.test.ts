import { ed25519 } from "@noble/curves/ed25519.js";
import { argon2id } from "@noble/hashes/argon2.js";
import { describe, expect, it } from "vitest";
import { concat, fromHex, hex, u64, utf8 } from "../../src/core/bytes.ts";
import { parseLink } from "../../src/core/contacts/links.ts";
import { sortingKey } from "../../src/core/contacts/people.ts";
import * as account from "../../src/core/identity/account.ts";
import { fingerprint, safetyNumber } from "../../src/core/identity/fingerprint.ts";
import { openGreeting, sealGreeting } from "../../src/core/identity/greeting.ts";
import * as secrets from "../../src/core/identity/secrets.ts";
import { stretch } from "../../src/core/identity/stretching.ts";

const lan = account.accountKeys(new Uint8Array(32).fill(1));
const mei = account.accountKeys(new Uint8Array(32).fill(2));

describe("identity", () => {
  it("derives the box key and signs it [ID2]", async () => {
    const signature = account.signBoxKey(lan);
    expect(await account.boxKeyIsSigned(lan.accountKey, lan.boxKey, signature)).toBe(true);
    expect(await account.boxKeyIsSigned(mei.accountKey, lan.boxKey, signature)).toBe(false);
  });

  it("certifies a device, and nobody else's [ID4]", async () => {
    const device = account.newDeviceKeys();
    const certificate = account.certifyDevice(lan.seed, device.signatureKey, 5);
    const claim = { signatureKey: device.signatureKey, certificate, createdAtMs: 5 };
    expect(await account.certificateIsValid(lan.accountKey, claim)).toBe(true);
    expect(await account.certificateIsValid(lan.accountKey, { ...claim, createdAtMs: 6 })).toBe(false);
    expect(await account.certificateIsValid(mei.accountKey, claim)).toBe(false);
    const signed = concat(utf8("hongyan device v1\0"), device.signatureKey, u64(5));
    expect(ed25519.verify(certificate, signed, lan.accountKey)).toBe(true);
  });

  it("has a fingerprint of 22 characters and one safety number for both [ID6]", () => {
    expect(fingerprint(lan.accountKey)).toMatch(/^[\w-]{22}$/);
    const digits = safetyNumber(lan.accountKey, mei.accountKey);
    expect(digits).toMatch(/^\d{60}$/);
    expect(safetyNumber(mei.accountKey, lan.accountKey)).toBe(digits);
  });

  it("stretches as another implementation of Argon2id does [AC1] [BK5]", async () => {
    const salt = new Uint8Array(16).fill(3);
    for (const [secret, memoryKiB, passes, bytes] of [
      ["730194", 4_608, 2, 64],
      ["白日依山尽", 64, 3, 32],
      ["x", 8, 1, 64],
    ] as const) {
      const stretched = await stretch(utf8(secret), { salt, memoryKiB, passes, bytes });
      expect(hex(stretched)).toBe(hex(argon2id(utf8(secret), salt, { m: memoryKiB, t: passes, p: 1, dkLen: bytes })));
    }
  });

  it("turns a password into two keys that depend on name, server and every character [AC1]", async () => {
    const keys = await secrets.passwordKeys("Lan", "home.example", "白日依山尽");
    expect([keys.secret.length, keys.wrappingKey.length]).toEqual([32, 32]);
    const same = await secrets.passwordKeys("lan", "home.example", "白日依山尽");
    expect(hex(same.secret)).toBe(hex(keys.secret));
    const other = await secrets.passwordKeys("lan", "other.example", "白日依山尽");
    expect(hex(other.secret)).not.toBe(hex(keys.secret));
    const wrapped = secrets.wrapSeed(keys.wrappingKey, lan.seed);
    expect(secrets.unwrapSeed(same.wrappingKey, wrapped)).toEqual(lan.seed);
    expect(() => secrets.unwrapSeed(other.wrappingKey, wrapped)).toThrow();
  });

  it("seals a label the server cannot read, within its limit [DL3]", () => {
    const sealed = secrets.sealLabel(lan.seed, "外婆的平板电脑".repeat(20));
    expect(sealed.length).toBeGreaterThanOrEqual(28);
    expect(sealed.length).toBeLessThanOrEqual(256);
    expect(secrets.openLabel(lan.seed, secrets.sealLabel(lan.seed, "外婆的平板"))).toBe("外婆的平板");
    expect(secrets.openLabel(mei.seed, sealed)).toBe("");
  });

  it("opens a greeting sealed to it, with the proof of an invitation [CT2]", () => {
    const secret = new Uint8Array(16).fill(9);
    const proof = account.invitationProof(secret, mei.accountKey, lan.accountKey);
    const box = sealGreeting(lan.boxKey, { text: "我是小梅", name: "mei", accountKey: mei.accountKey, proof });
    expect(openGreeting(mei.boxPrivateKey, box)).toBeNull();
    const greeting = openGreeting(lan.boxPrivateKey, box);
    expect(greeting?.text).toBe("我是小梅");
    expect(account.proofHolds(greeting?.proof ?? new Uint8Array(), secret, mei.accountKey, lan.accountKey)).toBe(true);
    expect(account.proofHolds(proof, secret, lan.accountKey, mei.accountKey)).toBe(false);
  });
});

describe("links", () => {
  it("are read wherever they were pasted from [CT3] [DL1]", () => {
    const token = "bRSnf2dGTrS_lvADtGqu3pXZDWBOkmKNe5HKmTB8PPU";
    expect(parseLink(`  https://home.example/i#${token}\n`)).toEqual({
      kind: "invitation",
      token,
      secret: null,
      fingerprint: null,
    });
    const friend = parseLink(
      `扫我加好友 https://home.example/i#${token}.AAECAwQFBgcICQoLDA0ODw.abcdefghijklmnopqrstuv`,
    );
    expect(friend).toMatchObject({ kind: "invitation", fingerprint: "abcdefghijklmnopqrstuv" });
    const key = Buffer.from(fromHex("11".repeat(32))).toString("base64url");
    expect(parseLink(`https://home.example/l#abc123.${key}`).kind).toBe("device");
    for (const nonsense of ["", "你好", "https://home.example/", "https://home.example/l#abc.xyz", "/i#short"]) {
      expect(parseLink(nonsense)).toEqual({ kind: "unknown" });
    }
  });
});

describe("sorting", () => {
  it("puts names where a Chinese reader looks for them", async () => {
    expect(await sortingKey("兰")).toBe("lan");
    expect(await sortingKey("曾国藩")).toBe("zengguofan");
    expect(await sortingKey("Lán")).toBe("lán");
    expect(await sortingKey("9527")).toBe("#");
    expect(await sortingKey("🥟")).toBe("#");
  });
});
