import { expect, it } from "vitest";
import type { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

const town = useTown();

/** Everybody says something and everybody hears it. */
async function roundOf(chat: string, people: Person[], word: string): Promise<void> {
  for (const person of people) await person.say(chat, `${word} ${person.name}`);
  for (const person of people) for (const other of people) await person.hears(chat, `${word} ${other.name}`, 60_000);
}

it("a device that comes back from old copies again and again talks on each time [HL3]", async () => {
  const { lan } = town;
  const [mei, bo] = [await town.friend("mei"), await town.friend("bo")];
  const guest = await town.friend("wang");
  const people = [lan, mei, bo];
  const chat = await lan.call("createGroup", { people: [mei.id, bo.id], name: "备份" });
  for (const person of [mei, bo]) await person.group((c) => c.title === "备份");
  await roundOf(chat, people, "开始");
  for (let time = 0; time < 4; time++) {
    const who = [mei, lan, bo, mei][time] ?? mei;
    const copy = who.image();
    await roundOf(chat, people, `第${time}次之前`);
    // The group moves on after the copy, so the copy's state is of an epoch long past.
    await lan.call("addMembers", { chat, people: [guest.id] });
    await lan.call("removeMembers", { chat, people: [guest.id] });
    await roundOf(chat, people, `第${time}次换人`);
    await who.settled();
    await who.restart(copy);
    await roundOf(chat, people, `第${time}次之后`);
  }
  for (const person of people) {
    const texts = person.texts(chat);
    expect(new Set(texts).size).toBe(texts.length);
    const others = people.filter((other) => other !== person);
    for (let time = 0; time < 4; time++) {
      for (const { name } of others) expect(texts).toContain(`第${time}次换人 ${name}`);
    }
  }
  for (const person of [mei, bo, guest]) await person.stop();
}, 300_000);
