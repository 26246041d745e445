import { describe, expect, it } from "vitest";
import { CoreError } from "../../src/core/api.ts";
import { jpegSize } from "../../src/core/content/jpeg.ts";
import { parseKind, profileBody, TYPE_PROFILE } from "../../src/core/content/kinds.ts";
import { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

const town = useTown();

/** The frame of a JPEG of that size; `filler` bytes stand for what it shows. */
function jpeg(width: number, height: number, filler = 100): Uint8Array {
  const head = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0, 0xff, 0xc0, 0, 11, 8];
  const size = [height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0];
  return Uint8Array.from([...head, ...size, ...new Array<number>(filler).fill(7)]);
}

async function shows(person: Person, whom: string, status: string) {
  const all = await person.until("profiles", undefined, (p) =>
    p.some((one) => one.id === whom && one.status === status),
  );
  return all.find((one) => one.id === whom);
}

describe("what somebody says of herself [PR1]", () => {
  it("is seen by friends, also by those who become so later, and not by the server", async () => {
    const { lan } = town;
    const mei = await town.friend("mei");
    const toMei = await lan.chatWith(mei);
    await lan.say(toMei, "早");
    await mei.hears(await mei.chatWith(lan), "早");
    await lan.call("setProfile", { picture: jpeg(320, 320), status: "在广州看孙子" });
    const seen = await shows(mei, lan.id, "在广州看孙子");
    expect(seen?.hasPicture).toBe(true);
    expect(await mei.call("face", { id: lan.id })).toEqual(jpeg(320, 320));
    const bo = await town.friend("bo");
    await bo.call("openDirect", { id: lan.id });
    await shows(bo, lan.id, "在广州看孙子");
    await lan.call("setProfile", { status: "回家了" });
    const changed = await shows(mei, lan.id, "回家了");
    expect(changed?.version).toBeGreaterThan(seen?.version ?? 0);
    expect(await mei.call("face", { id: lan.id })).toEqual(jpeg(320, 320));
    await lan.call("setProfile", { picture: null });
    await mei.until("profiles", undefined, (all) => all.some((one) => one.id === lan.id && !one.hasPicture));
    const held = JSON.stringify((await lan.call("serverData", undefined)).tables);
    expect(held).not.toContain("回家了");
  }, 60_000);

  it("is on the person's other devices, old and new, and is told once", async () => {
    const { lan, server } = town;
    await lan.call("setProfile", { picture: jpeg(200, 200), status: "有两台设备" });
    await lan.call("setPassword", { password: "一句很好记的话呀" });
    const tablet = await Person.device("lan's tablet", server.origin);
    await tablet.call("signInWithPassword", { name: "lan", password: "一句很好记的话呀" });
    await shows(tablet, lan.id, "有两台设备");
    expect(await tablet.call("face", { id: lan.id })).toEqual(jpeg(200, 200));
    await tablet.call("setProfile", { status: "从平板改的" });
    await shows(lan, lan.id, "从平板改的");
    await tablet.stop();
  }, 60_000);

  it("is refused when it is no small JPEG, and the status when it is too long", async () => {
    const { lan } = town;
    const unusable = new CoreError("picture_unusable");
    for (const picture of [
      new Uint8Array(),
      Uint8Array.of(0x89, 0x50, 0x4e, 0x47),
      jpeg(30_000, 30_000),
      jpeg(320, 0),
      jpeg(320, 320, 70_000),
      new TextEncoder().encode("<svg onload=alert(1)>"),
    ]) {
      await expect(lan.call("setProfile", { picture })).rejects.toEqual(unusable);
    }
    await expect(lan.call("setProfile", { status: "长".repeat(61) })).rejects.toEqual(new CoreError("too_long"));
  });
});

describe("a profile over the wire [PR1]", () => {
  it("is read back as it was said; what has no status or time is an unknown kind", () => {
    const profile = { picture: jpeg(1, 1), status: "忙", atMs: 5 };
    expect(parseKind(TYPE_PROFILE, profileBody(profile).body)).toEqual({ kind: "profile", profile });
    expect(parseKind(TYPE_PROFILE, Uint8Array.of(0xa0))).toEqual({ kind: "unknown" });
  });

  it("cannot make a browser draw something huge", () => {
    expect(jpegSize(jpeg(640, 480))).toEqual({ width: 640, height: 480 });
    expect(jpegSize(jpeg(640, 480).subarray(0, 12))).toBeNull();
    expect(jpegSize(Uint8Array.of(0xff, 0xd8, 0xff, 0xda, 0, 4, 0, 0, 0, 0, 0, 0))).toBeNull();
    for (let cut = 0; cut < 22; cut++) expect(() => jpegSize(jpeg(9, 9).subarray(0, cut))).not.toThrow();
  });
});
