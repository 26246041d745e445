import { beforeAll, beforeEach, expect, it } from "vitest";
import type { PayClaim } from "../../../src/core/api.ts";
import { Person } from "../world/person.ts";
import { useTown } from "../world/town.ts";

/** Lan charges mei's payment codes; mei's app knows what waits for her, whatever breaks meanwhile [PY8] [PY9]. */

const PIN = "274913";
const CLAIMS = "/api/wallet/pay-codes/claims";
const CLAIM_LIVES_MS = 120_000;
const town = useTown();
let lan: Person;
let mei: Person;
let acts = 0;

function newId(): string {
  acts += 1;
  return acts.toString(16).padStart(32, "e");
}

beforeAll(async () => {
  ({ lan } = town);
  mei = await town.friend("mei");
  await lan.call("openWallet", { name: "雁币", symbol: "币" });
  for (const one of [lan, mei]) await one.call("setPaymentPin", { pin: PIN, old: null });
  const move = { id: newId(), kind: "issue" as const, person: mei.id, amountMinor: 5_000, reason: "开张" };
  await lan.call("treasuryMove", { move, secret: { pin: PIN } });
});

beforeEach(() => {
  mei.platform.onRequest = (url, init) => fetch(url, init);
});

async function charge(amountMinor: number): Promise<PayClaim> {
  const { digits } = await mei.call("showPayCode", { fresh: true });
  return lan.call("takeByCode", { id: newId(), code: digits, amountMinor });
}

function asked(person: Person, { id }: PayClaim): Promise<readonly PayClaim[]> {
  return person.until("payClaims", undefined, (claims) => claims.some((claim) => claim.id === id));
}

function askedNoMore(person: Person): Promise<readonly PayClaim[]> {
  return person.until("payClaims", undefined, (claims) => claims.length === 0);
}

it("she is asked, pays, and is asked no more, though an older word of the server comes late", async () => {
  const claim = await charge(100);
  const [waiting] = await asked(mei, claim);
  expect(waiting).toMatchObject({ id: claim.id, amountMinor: 100, payeeName: "lan", state: "waiting" });
  let release = (): void => {};
  const held = new Promise<void>((done) => {
    release = done;
  });
  const isLate = new Promise<void>((done) => {
    mei.platform.onRequest = async (url, init) => {
      const answer = await fetch(url, init);
      if (url.endsWith(CLAIMS)) {
        done();
        await held;
      }
      return answer;
    };
  });
  await mei.call("walletRefresh", undefined);
  await isLate;
  await mei.call("confirmClaim", { claim, secret: { pin: PIN } });
  await askedNoMore(mei);
  const seen: number[] = [];
  const stop = mei.core.watch("payClaims", undefined, (claims) => seen.push(claims.length));
  release();
  await mei.call("walletRefresh", undefined);
  await mei.settled();
  stop();
  expect(Math.max(...seen)).toBe(0);
  expect((await lan.call("payClaim", { id: claim.id })).state).toBe("paid");
});

it("a claim made while the wallet was being asked is not missed", async () => {
  let release = (): void => {};
  const held = new Promise<void>((done) => {
    release = done;
  });
  const isUnderWay = new Promise<void>((done) => {
    mei.platform.onRequest = async (url, init) => {
      const answer = await fetch(url, init);
      if (url.endsWith("/api/wallet")) {
        mei.platform.onRequest = (...request) => fetch(...request);
        done();
        await held;
      }
      return answer;
    };
  });
  const refreshed = mei.call("walletRefresh", undefined);
  await isUnderWay;
  const before = mei.core.engine?.wallet.news ?? 0;
  const news = mei.until("walletNews", undefined, (count) => count > before);
  const claim = await charge(100);
  await news;
  release();
  await refreshed;
  await asked(mei, claim);
  await mei.call("refuseClaim", { id: claim.id });
  await askedNoMore(mei);
});

it("what could not be had is asked for again", async () => {
  let failures = 2;
  mei.platform.onRequest = (url, init) => {
    if (!url.endsWith(CLAIMS) || failures === 0) return fetch(url, init);
    failures -= 1;
    return Promise.reject(new TypeError("the line broke"));
  };
  const claim = await charge(100);
  await asked(mei, claim);
  expect(failures).toBe(0);
  await mei.call("refuseClaim", { id: claim.id });
});

it("she is asked after a new start, and when the word came while her line was dead", async () => {
  const { digits } = await mei.call("showPayCode", { fresh: true });
  mei.platform.unplug();
  const claim = await lan.call("takeByCode", { id: newId(), code: digits, amountMinor: 100 });
  mei.platform.plugIn();
  await asked(mei, claim);
  await mei.restart();
  await asked(mei, claim);
  await lan.call("refuseClaim", { id: claim.id });
  await askedNoMore(mei);
});

it("all her devices ask; what one answers goes from the others", async () => {
  const tablet = await Person.device("mei", town.server.origin);
  const { text } = await tablet.call("deviceLinkStart", undefined);
  await mei.call("deviceLinkApprove", { text });
  await tablet.stage("ready");
  await tablet.settled();
  const claim = await charge(100);
  await Promise.all([asked(mei, claim), asked(tablet, claim)]);
  await tablet.call("confirmClaim", { claim, secret: { pin: PIN } });
  await Promise.all([askedNoMore(mei), askedNoMore(tablet)]);
  await tablet.stop();
});

it("after two minutes it is over, also without a line", async () => {
  const claim = await charge(100);
  await asked(mei, claim);
  mei.platform.unplug();
  mei.platform.clockOffMs += CLAIM_LIVES_MS;
  await askedNoMore(mei);
});
