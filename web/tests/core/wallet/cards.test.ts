import { beforeAll, describe, expect, it } from "vitest";
import type { Message } from "../../../src/core/api.ts";
import type { Person } from "../world/person.ts";
import { useTown } from "../world/town.ts";

/** Lan's app dies, or loses its line, between the payment and the card; mei gets each card once, or none. */

const PIN = "274913";
const MINUTE_MS = 60_000;
const town = useTown();
let lan: Person;
let mei: Person;
let toMei: string;
let toLan: string;
let acts = 0;

function newId(): string {
  acts += 1;
  return acts.toString(16).padStart(32, "c");
}

beforeAll(async () => {
  ({ lan } = town);
  mei = await town.friend("mei");
  toMei = await lan.chatWith(mei);
  toLan = await mei.chatWith(lan);
  await lan.say(toMei, "在");
  await mei.hears(toLan, "在");
  await lan.call("openWallet", { name: "雁币", symbol: "币" });
  await lan.call("setPaymentPin", { pin: PIN, old: null });
  const move = { id: newId(), kind: "issue" as const, person: lan.id, amountMinor: 5_000, reason: "开张" };
  await lan.call("treasuryMove", { move, secret: { pin: PIN } });
});

type Kind = "packet" | "transfer" | "collection";

function begin(kind: Kind, id: string, words: string): Promise<void> {
  const gift = { id, chat: toMei, amountMinor: 100, words, secret: { pin: PIN } };
  if (kind === "packet") return lan.call("sendPacket", { ...gift, kind: "one", shares: 1 });
  if (kind === "transfer") return lan.call("sendTransfer", { ...gift, payee: null });
  const parts = [{ person: mei.id, amountMinor: 100 }];
  return lan.call("askMoney", { id, chat: toMei, title: words, split: false, parts });
}

const paths: Record<Kind, string> = {
  packet: "/api/wallet/packets",
  transfer: "/api/wallet/transfers",
  collection: "/api/wallet/collections",
};

function wordsOf({ detail }: Message): string | null {
  if (detail?.kind === "packet") return detail.greeting;
  if (detail?.kind === "transfer") return detail.words;
  return detail?.kind === "collection" ? detail.title : null;
}

async function cards(person: Person, chat: string, words: string, least: number): Promise<Message[]> {
  const those = (all: readonly Message[]) => all.filter((message) => wordsOf(message) === words);
  const { messages } = await person.until(
    "messages",
    { chat, before: null, limit: 200 },
    (answer) => those(answer.messages).length >= least,
  );
  return those(messages);
}

/** Mei has one card with these words, and nothing that came after it was a second one. */
async function meiGetsOne(words: string): Promise<Message> {
  await cards(mei, toLan, words, 1);
  await lan.settled();
  await lan.say(toMei, `after ${words}`);
  await mei.hears(toLan, `after ${words}`);
  const found = await cards(mei, toLan, words, 1);
  expect(found).toHaveLength(1);
  return found[0] as Message;
}

function due(): number {
  return lan.core.store.all("SELECT id FROM card_due").length;
}

/** Lan's process dies at the request that moves the money: before it left, or with the answer on the wire. */
async function dieAtRequest(kind: Kind, id: string, words: string, when: "before" | "after"): Promise<void> {
  const died = new Promise<Uint8Array>((done) => {
    lan.platform.onRequest = async (url, init) => {
      if (!url.endsWith(paths[kind])) return fetch(url, init);
      if (when === "after") expect((await fetch(url, init)).ok).toBe(true);
      done(lan.image());
      return new Promise<Response>(() => undefined);
    };
  });
  void begin(kind, id, words).catch(() => undefined);
  await lan.restart(await died);
}

/** As if so much time had gone since it was begun. */
function age(ms: number): void {
  lan.core.store.write((tx) => tx.run("UPDATE card_due SET at_ms = at_ms - ?", [ms]));
  lan.core.engine?.cards.hurry();
  lan.core.engine?.tending.soon();
}

async function until(holds: () => boolean): Promise<void> {
  await expect.poll(holds, { timeout: 20_000 }).toBe(true);
}

describe.each(["packet", "transfer", "collection"] as const)("the card of a %s", (kind) => {
  it("goes when all is well, and nothing is left over [GF9]", async () => {
    await begin(kind, newId(), `${kind} well`);
    await meiGetsOne(`${kind} well`);
    expect(due()).toBe(0);
  });

  it("goes after a crash between the answer and the card [GF9]", async () => {
    await dieAtRequest(kind, newId(), `${kind} crash`, "after");
    const { id } = await meiGetsOne(`${kind} crash`);
    expect(due()).toBe(0);
    if (kind === "packet") {
      expect(await mei.call("openPacket", { message: id })).toMatchObject({ mineMinor: 100, fault: null });
    }
  });

  it("does not go when nothing moved; it is forgotten once nothing can move any more [WA8]", async () => {
    await dieAtRequest(kind, newId(), `${kind} nothing`, "before");
    await lan.settled();
    age(2 * MINUTE_MS);
    await lan.settled();
    expect(due()).toBe(1);
    age(2 * MINUTE_MS);
    await until(() => due() === 0);
    expect(await cards(lan, toMei, `${kind} nothing`, 0)).toEqual([]);
  });

  it("goes once the line is back, and trying again sends no second one [GF9] [LE5]", async () => {
    const id = newId();
    lan.platform.onRequest = async (url, init) => {
      const response = await fetch(url, init);
      if (!url.endsWith(paths[kind])) return response;
      lan.platform.unplug();
      throw new TypeError("the line broke");
    };
    await expect(begin(kind, id, `${kind} line`)).rejects.toMatchObject({ code: "offline" });
    expect(due()).toBe(1);
    lan.platform.onRequest = fetch;
    lan.platform.plugIn();
    await meiGetsOne(`${kind} line`);
    await begin(kind, id, `${kind} line`);
    await meiGetsOne(`${kind} line`);
    expect(due()).toBe(0);
  });

  it("does not go a day later, when the money is back [GF2] [GF7]", async () => {
    const id = newId();
    lan.platform.onRequest = async (url, init) => {
      if (!url.includes(paths[kind])) return fetch(url, init);
      if (url.endsWith(paths[kind])) await fetch(url, init);
      throw new TypeError("the line broke");
    };
    await expect(begin(kind, id, `${kind} late`)).rejects.toMatchObject({ code: "offline" });
    age(25 * 60 * MINUTE_MS);
    await until(() => due() === 0);
    lan.platform.onRequest = fetch;
    expect(await cards(lan, toMei, `${kind} late`, 0)).toEqual([]);
  });
});
