import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hex } from "../../src/core/bytes.ts";
import { decodeServerFrame, VerdictCode } from "../../src/core/protocol/frames.ts";
import { Person } from "./world/person.ts";
import { Server } from "./world/server.ts";

/** Of three sends or commits, one is turned away. */
const BUSY = [
  "import itertools, hongyan.foundation.overload as o",
  "turn, admit = itertools.count(), o.Gate.admit",
  "o.Gate.admit = lambda gate, kind, who: (kind != 1 or next(turn) % 3 != 2) and admit(gate, kind, who)",
].join("; ");

let server: Server;
let lan: Person;
let mei: Person;

beforeAll(async () => {
  server = await Server.start({}, BUSY);
  lan = await Person.joined("lan", server.origin, server.ownerLink);
  const { link } = await lan.call("myCode", undefined);
  mei = await Person.joined("mei", server.origin, link);
});
afterAll(async () => {
  await lan.stop();
  await mei.stop();
  await server.stop();
});

/** The sends of one person's socket, and when each number that was answered busy may come again. */
function watch(person: Person): { sent: { no: number; bytes: string; at: number }[]; busy: Map<number, number> } {
  const seen = { sent: [] as { no: number; bytes: string; at: number }[], busy: new Map<number, number>() };
  const open = person.platform.openSocket.bind(person.platform);
  person.platform.openSocket = (url, events) => {
    const socket = open(url, {
      ...events,
      received: (bytes) => {
        const frame = decodeServerFrame(bytes);
        if (frame.frame === "verdict" && frame.code === VerdictCode.busy) {
          seen.busy.set(frame.no, Date.now() + frame.retryAfterMs);
        }
        events.received(bytes);
      },
    });
    return {
      ...socket,
      send: (bytes) => {
        if (bytes[1] === 2) seen.sent.push({ no: numberOf(bytes), bytes: hex(bytes), at: Date.now() });
        socket.send(bytes);
      },
    };
  };
  return seen;
}

function numberOf(bytes: Uint8Array): number {
  const first = bytes[2] ?? 0;
  const size = { 204: 1, 205: 2, 206: 4 }[first] ?? 0;
  return size === 0 ? first : bytes.subarray(3, 3 + size).reduce((no, byte) => no * 256 + byte, 0);
}

describe("a server that is busy", () => {
  it("gets what it turned away again, the same bytes, in order, not before it said [OV3]", async () => {
    const toMei = await lan.chatWith(mei);
    const toLan = await mei.chatWith(lan);
    await lan.settled();
    const seen = watch(lan);
    lan.platform.unplug();
    await lan.until("connection", undefined, ({ state }) => state !== "online");
    const said = [..."鸿雁在云鱼在水惆怅此情难寄"].map((one, n) => `${one}${n}`);
    for (const text of said) await lan.say(toMei, text);
    lan.platform.plugIn();
    await mei.hears(toLan, said.at(-1) ?? "");
    await lan.until("connection", undefined, ({ waiting }) => waiting === 0);
    expect(mei.texts(toLan).filter((text) => said.includes(text))).toEqual(said);
    const turnedAway = [...seen.busy].filter(([no]) => seen.sent.some((one) => one.no === no));
    expect(turnedAway.length).toBeGreaterThan(0);
    for (const [no, from] of turnedAway) {
      const times = seen.sent.filter((one) => one.no === no);
      expect(times.length).toBeGreaterThan(1);
      expect(new Set(times.map(({ bytes }) => bytes)).size).toBe(1);
      expect(times.at(-1)?.at).toBeGreaterThanOrEqual(from - 5);
    }
  });

  it("is asked again once for one request in ten, and never sooner than it said [OV3]", async () => {
    const asked: number[] = [];
    let turnedAway = 1;
    lan.platform.onRequest = async (url, init) => {
      if (!url.includes("/api/people/")) return fetch(url, init);
      asked.push(Date.now());
      if (asked.length > turnedAway) return fetch(url, init);
      const headers = { "content-type": "application/problem+json", "retry-after": "1" };
      return new Response(JSON.stringify({ code: "busy", retry_after_s: 1 }), { status: 503, headers });
    };
    expect((await lan.call("findPerson", { name: "mei" })).id).toBe(mei.id);
    expect(asked.length).toBe(2);
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(995);
    asked.length = 0;
    turnedAway = 1_000;
    lan.platform.jitter = () => 0;
    lan.platform.later = (_, run) => {
      const timer = setTimeout(run, 0);
      return () => clearTimeout(timer);
    };
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => lan.call("findPerson", { name: "mei" })));
    expect(answers.every(({ status }) => status === "rejected")).toBe(true);
    expect(asked.length).toBeLessThanOrEqual(20 + 3 + 2);
  });
});
