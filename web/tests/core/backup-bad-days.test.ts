import { describe, expect, it } from "vitest";
import type { BackupState } from "../../src/core/api.ts";
import type { Backups } from "../../src/core/backup/backups.ts";
import { manifestOf } from "../../src/core/backup/restorer.ts";
import { unwrapForDevices } from "../../src/core/backup/sealing.ts";
import { StoreFull } from "../../src/core/store/store.ts";
import { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

const town = useTown();
const PIN = "730194";
const PASSWORD = "白日依山尽 2026";

function backup(person: Person, wanted: (state: BackupState) => boolean): Promise<BackupState | null> {
  return person.until("backup", undefined, (state) => state !== null && wanted(state), 60_000);
}

function partsOf(person: Person): Backups {
  const { engine } = person.core;
  if (engine === null) throw new Error("no engine");
  return engine.backups;
}

async function backedUp(name: string): Promise<{ mei: Person; toLan: string }> {
  const mei = await town.friend(name);
  const toLan = await mei.chatWith(town.lan);
  for (let i = 0; i < 10; i++) await mei.say(toLan, `第${i}句`);
  await mei.settled();
  await mei.call("setPin", { pin: PIN });
  await mei.call("backUpNow", undefined);
  return { mei, toLan };
}

describe("a hostile server", () => {
  it("that shows an older version is found out, and the backup is made anew [BK2] [BK6]", async () => {
    const { mei, toLan } = await backedUp("mei");
    const { server } = partsOf(mei);
    const old = await server.held();
    await mei.say(toLan, "后来的话");
    await mei.settled();
    await mei.call("backUpNow", undefined);
    const held = server.held.bind(server);
    let lies = 1;
    server.held = () => (lies-- > 0 ? Promise.resolve(old) : held());
    // It lies once; the version made in answer is refused, for the true newest is another.
    await expect(mei.call("backUpNow", undefined)).rejects.toMatchObject({ code: "backup_moved" });
    expect((await backup(mei, ({ trouble }) => trouble !== null))?.trouble).toEqual({ what: "older", repaired: false });
    await mei.call("backUpNow", undefined);
    await backup(mei, ({ trouble }) => trouble === null);
    await mei.stop();
  });

  it("that changes, swaps or loses a segment is found out, and the backup is made anew [BK1] [BK6]", async () => {
    const { mei } = await backedUp("mei2");
    const { server } = partsOf(mei);
    const segment = server.segment.bind(server);
    const before = await server.held();
    const lies = [
      async (id: Uint8Array) => (await segment(id)).map((byte, i) => (i === 40 ? byte ^ 1 : byte)),
      async (id: Uint8Array) => {
        const { segments } = await manifest(mei);
        const other = segments.find((one) => one.id.some((byte, i) => byte !== id[i]));
        return segment(other?.id ?? id);
      },
    ];
    for (const lie of lies) {
      server.segment = async (id) => {
        server.segment = segment;
        return lie(id);
      };
      await mei.call("backUpNow", undefined);
      const state = await backup(mei, ({ trouble }) => trouble !== null);
      expect(state?.trouble).toEqual({ what: "damaged", repaired: true });
      await mei.call("backUpNow", undefined);
      await backup(mei, ({ trouble }) => trouble === null);
    }
    expect((await server.held()).head?.version).toBeGreaterThan(before.head?.version ?? 0);
    await mei.stop();
  });

  it("that replaces what the PIN opens is found out [BK6]", async () => {
    const { mei } = await backedUp("mei3");
    const { server } = partsOf(mei);
    await server.putVault(new Uint8Array(32), new Uint8Array(32), new Uint8Array(100));
    await mei.call("backUpNow", undefined);
    const state = await backup(mei, ({ pin }) => pin === "gone");
    expect(state?.trouble?.what).toBe("pin");
    await mei.call("setPin", { pin: "485960" });
    await mei.call("backUpNow", undefined);
    await backup(mei, ({ pin, trouble }) => pin === "set" && trouble === null);
    await mei.stop();
  });

  it("that puts one person's manifest under another's name, or a version under another number, opens nothing [BK2]", async () => {
    const { mei } = await backedUp("mei4");
    const { head } = await partsOf(mei).server.held();
    if (head === null) throw new Error("no backup");
    const { seed, accountKey } = mei.core.requireEngine().session.account;
    const key = await unwrapForDevices(seed, accountKey, head.keyForDevices);
    await expect(manifestOf(key, new Uint8Array(32), head)).rejects.toMatchObject({ code: "backup_damaged" });
    const renumbered = { ...head, version: head.version + 1 };
    await expect(manifestOf(key, accountKey, renumbered)).rejects.toMatchObject({ code: "backup_damaged" });
    await mei.stop();
  });
});

async function manifest(person: Person) {
  const { head } = await partsOf(person).server.held();
  if (head === null) throw new Error("no backup");
  const { seed, accountKey } = person.core.requireEngine().session.account;
  return manifestOf(await unwrapForDevices(seed, accountKey, head.keyForDevices), accountKey, head);
}

describe("a bad day", () => {
  it("a backup of a newer version is left alone, and no device is added for it [BK4]", async () => {
    const { mei } = await backedUp("mei5");
    const { server } = partsOf(mei);
    const { head } = await server.held();
    if (head === null) throw new Error("no backup");
    const { segments } = await manifest(mei);
    await server.putVersion({
      after: head.version,
      version: head.version + 1,
      format: 2,
      manifest: head.manifest,
      keyForDevices: head.keyForDevices,
      segments: segments.map(({ id }) => id),
    });
    await expect(mei.call("backUpNow", undefined)).rejects.toMatchObject({ code: "backup_newer" });
    const again = await Person.device("mei5 again", town.server.origin);
    const restored = again.call("restoreWithPin", { name: "mei5", pin: PIN });
    await expect(restored).rejects.toMatchObject({ code: "backup_newer" });
    expect((await mei.until("devices", undefined, (all) => all.length > 0)).length).toBe(1);
    await again.stop();
    await mei.stop();
  });

  it("no room: what fits is there, the rest comes when there is room", async () => {
    const { mei, toLan } = await backedUp("mei6");
    for (let i = 10; i < 60; i++) await mei.say(toLan, `第${i}句`);
    await mei.settled();
    await mei.call("backUpNow", undefined);
    const texts = mei.texts(toLan);
    await mei.stop();
    const again = await Person.device("mei6 again", town.server.origin);
    const { store } = again.core;
    const write = store.write.bind(store);
    let full = false;
    store.write = (work) => {
      if (full) throw new StoreFull();
      return write(work);
    };
    await again.call("restoreWithPin", { name: "mei6", pin: PIN });
    full = true;
    await new Promise((done) => setTimeout(done, 500));
    expect(again.texts(toLan).at(-1)).toBe("第59句");
    full = false;
    await backup(again, ({ restoring }) => restoring === null);
    expect(again.texts(toLan)).toEqual(texts);
    await again.stop();
  });
});

describe("a backup file", () => {
  it("brings her back without a PIN, and only with its password [BK8] [BK9]", async () => {
    const { lan, server } = town;
    const mei = await town.friend("mei7");
    const toLan = await mei.chatWith(lan);
    for (let i = 0; i < 30; i++) await mei.say(toLan, `第${i}句`);
    await mei.settled();
    await expect(mei.call("backUpToFile", { password: "short" })).rejects.toMatchObject({ code: "password_too_short" });
    const { file, name } = await mei.call("backUpToFile", { password: PASSWORD });
    expect(name).toMatch(/^mei7 \d{4}-\d\d-\d\d\.hongyan$/);
    const texts = mei.texts(toLan);
    const again = await Person.device("mei7 again", server.origin);
    const wrong = (blob: Blob, password = PASSWORD) => again.call("restoreFromFile", { file: blob, password });
    await expect(wrong(file, "黄河入海流 2026")).rejects.toMatchObject({ code: "wrong_file_password" });
    await expect(wrong(new Blob(["hello"]))).rejects.toMatchObject({ code: "not_a_backup" });
    await expect(wrong(file.slice(0, file.size - 10))).rejects.toMatchObject({ code: "backup_damaged" });
    // Her device is in use today: the file alone must wait a day, in which she can say no.
    const answer = await again.call("restoreFromFile", { file, password: PASSWORD });
    expect("opensAtMs" in answer && answer.opensAtMs).toBeGreaterThan(Date.now() + 23 * 3_600_000);
    expect(again.core.stage.stage).toBe("new");
    // Signed in, the file adds what was deleted neither here nor there.
    await mei.call("restoreFromFile", { file, password: PASSWORD });
    expect(mei.texts(toLan)).toEqual(texts);
    await expect(lan.call("restoreFromFile", { file, password: PASSWORD })).rejects.toMatchObject({
      code: "not_your_backup",
    });
    await again.stop();
    await mei.stop();
  });
});
