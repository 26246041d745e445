import { afterAll, beforeAll } from "vitest";
import { Person } from "./person.ts";
import { Server } from "./server.ts";

export interface Town {
  server: Server;
  lan: Person; // the owner
  /** Somebody who joins by lan's code and is her friend. */
  friend(name: string): Promise<Person>;
  befriend(a: Person, b: Person): Promise<void>;
}

/** A server with lan on it, for the tests of one file. `settings` are the server's, as in the environment. */
export function useTown(settings: Record<string, string> = {}): Town {
  const people: Person[] = [];
  const town: Partial<Town> = {
    async friend(name) {
      const { lan, server } = town as Town;
      const { link } = await lan.call("myCode", undefined);
      const person = await Person.joined(name, server.origin, link);
      people.push(person);
      await lan.chatWith(person);
      return person;
    },
    async befriend(a, b) {
      const { link } = await a.call("myCode", undefined);
      await b.call("requestFriend", { link, greeting: "你好" });
      await a.chatWith(b);
    },
  };
  beforeAll(async () => {
    town.server = await Server.start(settings);
    town.lan = await Person.joined("lan", town.server.origin, town.server.ownerLink);
    people.push(town.lan);
  });
  afterAll(async () => {
    for (const person of people) await person.stop();
    await town.server?.stop();
  });
  return town as Town;
}
