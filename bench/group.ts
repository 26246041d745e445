/**
 * A group as large as groups get: `./dev bench group [MEMBERS] [--json]`.
 *
 * Real cores on a real server: everybody joins, is lan's friend and publishes key packages; all but a few then
 * close their tabs, as most members of a large group have. Lan makes the group in one go (`create_s`; `welcomed_s`
 * until all who watch have it), says something (`send_ms` until the server has it for all members, `heard_ms` until
 * all who watch show it), and removes one member (`remove_s`, `removed_s`). Then all who watch, made admins, remove
 * somebody else at the same moment (`race_s` until all of them agree on who is left).
 */

import { Person } from "../web/tests/core/world/person.ts";
import { Server } from "../web/tests/core/world/server.ts";

const MEMBERS = 500;
const WATCHING_MAX = 10; // a group has no more admins
const AT_ONCE = 4;
const PATIENCE_MS = 600_000;
/** Half a thousand people do not join through one link within minutes. */
const JOINING_UNLIMITED =
  "import hongyan.foundation.limits as l; real = l.take; " +
  "l.take = lambda tx, scope, *a, **k: None if scope.startswith('accounts.') else real(tx, scope, *a, **k)";

export async function main(args: string[]): Promise<number> {
  const members = Number(args.find((one) => /^\d+$/.test(one)) ?? MEMBERS);
  const server = await Server.start({}, JOINING_UNLIMITED);
  try {
    const figures = await measure(server, members);
    if (args.includes("--json")) process.stdout.write(`${JSON.stringify(figures)}\n`);
    else for (const [name, value] of Object.entries(figures)) process.stdout.write(`${name.padEnd(16)} ${value}\n`);
  } finally {
    await server.stop();
  }
  return 0;
}

async function measure(server: Server, members: number): Promise<Record<string, number>> {
  const lan = await Person.joined("lan", server.origin, server.ownerLink);
  const { watching, ids } = await friendsOf(lan, server, members - 1);
  const clock = stopwatch();
  const chat = await lan.call("createGroup", { people: ids, name: "大群" });
  await hasMembers(lan, chat, members);
  const createS = clock();
  await Promise.all(watching.map((one) => hasMembers(one, chat, members)));
  const welcomedS = clock();

  const sending = stopwatch();
  await lan.say(chat, "大家好");
  await lan.until("connection", undefined, ({ waiting }) => waiting === 0, PATIENCE_MS);
  const sendS = sending();
  await Promise.all(watching.map((one) => one.hears(chat, "大家好", PATIENCE_MS)));
  const heardS = sending();

  const removing = stopwatch();
  await lan.call("removeMembers", { chat, people: ids.slice(-1) });
  await hasMembers(lan, chat, members - 1);
  const removeS = removing();
  await Promise.all(watching.map((one) => hasMembers(one, chat, members - 1)));
  const removedS = removing();

  for (const one of watching) await lan.call("setAdmin", { chat, person: one.id, on: true });
  await Promise.all(
    watching.map((one) => one.until("group", { chat }, (group) => group?.myRole === "admin", PATIENCE_MS)),
  );
  const racing = stopwatch();
  const away = ids.slice(-1 - watching.length, -1);
  await Promise.all(watching.map((one, i) => one.call("removeMembers", { chat, people: [away[i] ?? ""] })));
  await Promise.all([lan, ...watching].map((one) => hasMembers(one, chat, members - 1 - watching.length)));
  const raceS = racing();
  return {
    members,
    watching: watching.length,
    create_s: createS,
    welcomed_s: welcomedS,
    send_ms: Math.round(sendS * 1_000),
    heard_ms: Math.round(heardS * 1_000),
    remove_s: removeS,
    removed_s: removedS,
    race_s: raceS,
    peak_mb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

/** The first few of them stay; all others have published key packages and are away. */
async function friendsOf(lan: Person, server: Server, count: number): Promise<{ watching: Person[]; ids: string[] }> {
  const watching: Person[] = [];
  const staying = Math.min(WATCHING_MAX, Math.floor((count - 1) / 2)); // each of them removes one of the others
  const ids: string[] = [];
  const join = async (number: number, link: string): Promise<void> => {
    const person = await Person.joined(`成员${number}`, server.origin, link);
    await person.settled();
    await person.core.requireEngine().keyPackages.refill();
    ids[number] = person.id;
    if (number < staying) watching.push(person);
    else await person.stop();
  };
  for (let from = 0; from < count; from += AT_ONCE) {
    const { link } = await lan.call("myCode", undefined); // lets in a hundred, then there is another
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => join(from + i, link)));
    if (from % 100 === 0) process.stderr.write(`· ${from} friends\n`);
  }
  await lan.until("contacts", undefined, (all) => all.length >= count, PATIENCE_MS);
  return { watching, ids };
}

async function hasMembers(one: Person, chat: string, count: number): Promise<void> {
  await one.until("group", { chat }, (group) => group?.members.length === count, PATIENCE_MS);
}

/** Seconds since now. */
function stopwatch(): () => number {
  const from = performance.now();
  return () => Math.round(performance.now() - from) / 1_000;
}
