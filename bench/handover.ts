/**
 * A new device beside the old one: `./dev bench handover [MESSAGES] [--json]`.
 *
 * A device with one long chat on a real server lets in a new one: a real Chromium with its files on disk, whose code
 * the old device scans. The clock runs from the approval until the newest message can be read in its chat
 * (`readable_s`), until the old device has nothing more to give (`given_s`), and until a search on the new one finds
 * the oldest (`found_s`): all is in by then, and indexed.
 */

import { setTimeout as pause } from "node:timers/promises";
import { scan } from "../e2e/qr.ts";
import { Town } from "../e2e/town.ts";
import { Person } from "../web/tests/core/world/person.ts";
import { fill } from "./restore/fill.ts";

const MESSAGES = 100_000;
const SOON_MS = 1_800_000;
const OLDEST = "第0条";

export async function main(args: string[]): Promise<number> {
  const messages = Number(args.find((one) => /^\d+$/.test(one)) ?? MESSAGES);
  const town = await Town.found({ profiles: true });
  const { ownerLink } = town.server;
  const old = await Person.joined("小梅", new URL(ownerLink).origin, ownerLink);
  try {
    const figures = { messages, ...(await handOver(old, town, messages)) };
    if (args.includes("--json")) process.stdout.write(`${JSON.stringify(figures)}\n`);
    else for (const [name, value] of Object.entries(figures)) process.stdout.write(`${name.padEnd(16)} ${value}\n`);
  } finally {
    await old.stop();
    await town.ends();
  }
  return 0;
}

async function handOver(old: Person, town: Town, messages: number): Promise<Record<string, number>> {
  // A device that has been in use for long: the group of her own devices is there.
  await until(() => old.core.store.one("SELECT 1 FROM conversation WHERE kind = 'self' AND status = 'active'"));
  const newest = fill(old.core.store, messages, 1);
  // The filling left no time for anything else: connections are made anew.
  await old.settled();
  process.stderr.write(`· ${messages} messages on the old device\n`);
  const mei = await town.arrives("小梅");
  mei.page.setDefaultTimeout(SOON_MS);
  await mei.opens(`${mei.url}/link-this-device`);
  const text = await scan(mei.page.getByRole("img", { name: mei.t("link.code_label") }));
  const startedAt = performance.now();
  const seconds = (): number => Math.round(performance.now() - startedAt) / 1000;
  await old.call("deviceLinkApprove", { text });
  const given = everythingGiven(old).then(seconds);
  await mei.arrivesAtChats();
  await mei.rows().first().click();
  await mei.bubble(newest).first().waitFor();
  const readableS = seconds();
  const givenS = await given;
  await mei.goes("/search");
  const oldest = mei.found("search.messages").first();
  for (;;) {
    await mei.searches(OLDEST);
    const found = await oldest.waitFor({ timeout: 500 }).then(
      () => true,
      () => false,
    );
    if (found) break;
    await mei.searches("");
  }
  return { readable_s: readableS, given_s: givenS, found_s: seconds() };
}

/** The new device was promised its history, and the last part of it is with the server. */
async function everythingGiven(old: Person): Promise<void> {
  const left = (table: string) => old.core.store.one(`SELECT 1 FROM ${table} LIMIT 1`);
  await until(() => left("history_out"));
  await until(() => (left("history_out") ?? left("outbox")) === undefined);
}

async function until(holds: () => unknown): Promise<void> {
  for (let found = holds(); found === undefined || found === false; found = holds()) await pause(10);
}
