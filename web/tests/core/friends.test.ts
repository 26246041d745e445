import { describe, expect, it } from "vitest";
import { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

const town = useTown();
const DAYS_MS = 86_400_000;

/** Mei with three friends who keep her shares, and something said. */
async function circle(name: string): Promise<{ mei: Person; friends: Person[]; toLan: string }> {
  const { lan } = town;
  const mei = await town.friend(name);
  const friends = [lan];
  for (const other of ["bo", "wang"]) {
    const friend = await town.friend(`${other}_${name}`);
    await town.befriend(mei, friend);
    friends.push(friend);
  }
  const toLan = await mei.chatWith(lan);
  for (let i = 0; i < 20; i++) await mei.say(toLan, `第${i}句`);
  await mei.settled();
  await mei.call("chooseRecoveryFriends", { people: friends.map(({ id }) => id) });
  for (const friend of friends) {
    await friend.until("backup", undefined, (state) => state?.helping.includes(mei.id) === true, 60_000);
  }
  await mei.call("backUpNow", undefined);
  return { mei, friends, toLan };
}

async function asks(name: string): Promise<{ again: Person; text: string; code: string }> {
  const again = await Person.device(`${name} again`, town.server.origin);
  await again.call("recoveryStart", { name });
  const state = await again.until("returning", undefined, (answer) => answer !== null);
  if (state === null) throw new Error("nothing begun");
  return { again, text: state.text, code: state.code };
}

describe("friends", () => {
  it("any two of three bring her back, once her devices have been away [BK7] [BK8]", async () => {
    const { mei, friends, toLan } = await circle("mei");
    const texts = mei.texts(toLan);
    const group = await mei.call("createGroup", { people: [town.lan.id], name: "亲友" });
    await mei.call("backUpNow", undefined);
    await mei.stop();
    const { again, text, code } = await asks("mei");
    const [lan, bo] = friends as [Person, Person];
    expect(await lan.call("readLink", { text })).toMatchObject({ kind: "recovery" });
    for (const [friend, count] of [
      [lan, 1],
      [bo, 2],
    ] as const) {
      const seen = await friend.call("recoveryLook", { text });
      expect(seen).toMatchObject({ person: mei.id, code, canHelp: true, approved: false });
      await friend.call("recoveryApprove", { text });
      await again.until("returning", undefined, (state) => state?.approvals === count, 60_000);
      expect((await friend.call("recoveryLook", { text })).approved).toBe(true);
    }
    // Her telephone was in use today: the new device waits for a day, through restarts, and the telephone can say no.
    const waiting = await again.until("returning", undefined, (state) => state?.opensAtMs !== null);
    expect(waiting?.opensAtMs).toBeGreaterThan(Date.now() + DAYS_MS - 3_600_000);
    await again.restart();
    expect((await again.until("returning", undefined, (state) => state?.approvals === 2, 60_000))?.text).toBe(text);
    await town.server.crash({ clockAheadMs: DAYS_MS });
    await again.stage("ready");
    await again.until("backup", undefined, (state) => state?.restoring === null, 60_000);
    expect(again.texts(toLan)).toEqual(texts);
    expect((await again.until("chat", { chat: group }, (chat) => chat !== null))?.title).toBe("亲友");
    await again.say(toLan, "谢谢你们");
    await lan.hears(await lan.chatWith(again), "谢谢你们", 60_000);
    // She knows whom she chose, and whom she helps.
    const state = await again.until("backup", undefined, (answer) => answer?.friends.length === 3);
    expect(new Set(state?.friends)).toEqual(new Set(friends.map(({ id }) => id)));
    for (const person of [again, ...friends.slice(1)]) await person.stop();
  });

  it("one alone, twice, brings nothing; a stranger cannot even look; her own device says no [BK7] [BK8]", async () => {
    const { mei, friends } = await circle("mei2");
    const stranger = await town.friend("zhao");
    const { again, text } = await asks("mei2");
    await expect(stranger.call("recoveryLook", { text })).rejects.toMatchObject({ code: "recovery_ended" });
    const [lan] = friends as [Person];
    await lan.call("recoveryApprove", { text });
    await lan.call("recoveryApprove", { text });
    expect((await again.until("returning", undefined, (state) => (state?.approvals ?? 0) > 0))?.approvals).toBe(1);
    const told = await mei.until("backup", undefined, (state) => (state?.asked.length ?? 0) > 0, 60_000);
    await mei.call("refuseRecovery", { id: told?.asked[0]?.id ?? "" });
    await again.until("returning", undefined, (state) => state?.trouble === "ended", 60_000);
    await expect(lan.call("recoveryLook", { text })).rejects.toMatchObject({ code: "recovery_ended" });
    for (const person of [mei, again, stranger, ...friends.slice(1)]) await person.stop();
  });

  it("a new choice makes the old shares worthless, and who was left out forgets hers [BK7]", async () => {
    const { mei, friends } = await circle("mei3");
    const [lan, bo, wang] = friends as [Person, Person, Person];
    const fresh = await town.friend("fresh");
    await town.befriend(mei, fresh);
    const two = mei.call("chooseRecoveryFriends", { people: [lan.id, bo.id] });
    await expect(two).rejects.toMatchObject({ code: "friends_needed" });
    await mei.call("chooseRecoveryFriends", { people: [lan.id, bo.id, fresh.id] });
    await wang.until("backup", undefined, (state) => state?.helping.length === 0, 60_000);
    await fresh.until("backup", undefined, (state) => state?.helping.includes(mei.id) === true, 60_000);
    const { again, text } = await asks("mei3");
    expect(await wang.call("recoveryLook", { text })).toMatchObject({ canHelp: false });
    await expect(wang.call("recoveryApprove", { text })).rejects.toMatchObject({ code: "recovery_ended" });
    for (const person of [mei, again, fresh, ...friends.slice(1)]) await person.stop();
  });
});
