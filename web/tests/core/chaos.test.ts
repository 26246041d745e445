import { expect, it } from "vitest";
import { useTown } from "./world/town.ts";

/** Random days of three people: whatever happens, each message arrives with each of them, once. */

const SEEDS = (process.env["CHAOS_SEEDS"] ?? "1").split(",").map(Number);
const STEPS = Number(process.env["CHAOS_STEPS"] ?? 40);

const town = useTown();

/** Small and repeatable (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

it.each(SEEDS)(
  "a random day, seed %i: nothing lost, nothing twice, nothing unreadable",
  async (seed) => {
    const roll = dice(seed);
    const { lan, server } = town;
    const [mei, bo] = [await town.friend(`mei${seed}`), await town.friend(`bo${seed}`)];
    const guest = await town.friend(`wang${seed}`);
    const people = [lan, mei, bo];
    const chat = await lan.call("createGroup", { people: [mei.id, bo.id], name: `群${seed}` });
    for (const person of [mei, bo]) await person.group((c) => c.title === `群${seed}`);
    const said: string[] = [];
    let inside = false;
    for (let step = 0; step < STEPS; step++) {
      const who = people[Math.floor(roll() * people.length)] ?? lan;
      const what = roll();
      if (what < 0.55) {
        const text = `${seed}-${step}`;
        said.push(text);
        await who.say(chat, text);
      } else if (what < 0.65) who.platform.unplug();
      else if (what < 0.8) who.platform.plugIn();
      else if (what < 0.88) await who.restart();
      else if (what < 0.93) await server.crash();
      else {
        const command = inside ? "removeMembers" : "addMembers";
        if (!lan.platform.unplugged) {
          inside = !inside;
          await lan.call(command, { chat, people: [guest.id] }).catch(() => undefined);
        }
      }
      await new Promise((done) => setTimeout(done, roll() * 150));
    }
    for (const person of people) person.platform.plugIn();
    for (const person of people) {
      await person.until("connection", undefined, (c) => c.state === "online" && c.waiting === 0, 90_000);
    }
    for (const person of people) {
      const complete = () => new Set(person.texts(chat)).size === said.length;
      await person.until("messages", { chat, before: null, limit: 1 }, complete, 90_000).catch(() => undefined);
      const texts = person.texts(chat);
      expect({ who: person.name, missing: said.filter((text) => !texts.includes(text)) }).toEqual({
        who: person.name,
        missing: [],
      });
      expect(texts.length).toBe(said.length);
      const rows = person.core.store.all("SELECT kind FROM message WHERE kind = 'unknown'");
      expect(rows).toEqual([]);
    }
    for (const person of [mei, bo, guest]) await person.stop();
  },
  300_000,
);
