/**
 * Coming back with everything: `./dev bench restore [MESSAGES] [--json]`.
 *
 * A device with many messages backs up to a real server and is lost. A real Chromium with its files on disk then
 * takes name and PIN; the clock runs from the tap until the newest message can be read in its chat (`readable_s`),
 * and until the last of all messages is in (`complete_s`). The stretching of the PIN is part of both, and alone
 * `limit_pin_s`.
 */

import { Town } from "../e2e/town.ts";
import { stretchPin } from "../web/src/core/backup/pin.ts";
import { Person } from "../web/tests/core/world/person.ts";
import { fill } from "./restore/fill.ts";

const MESSAGES = 100_000;
const READABLE_TARGET_S = 10;
const PIN = "730194";
const SOON_MS = 600_000;

export async function main(args: string[]): Promise<number> {
  const messages = Number(args.find((one) => /^\d+$/.test(one)) ?? MESSAGES);
  const town = await Town.found({ profiles: true });
  try {
    const { newest, backedUpS } = await lose(town.server.ownerLink, messages);
    process.stderr.write(`· ${messages} messages backed up\n`);
    const mei = await town.arrives("小梅");
    mei.page.setDefaultTimeout(SOON_MS);
    await mei.opens(`${mei.url}/restore`);
    await mei.field("sign_in.name").fill("小梅");
    await mei.page.getByRole("textbox", { name: mei.t("pin.name") }).fill(PIN);
    const startedAt = performance.now();
    const seconds = (): number => Math.round(performance.now() - startedAt) / 1000;
    await mei.button("restore.begin").click();
    await mei.arrivesAtChats();
    await mei.rows().first().click();
    await mei.bubble(newest).first().waitFor();
    const readableS = seconds();
    await mei.goes("/me/settings/backup");
    await mei.button("backup.now").waitFor();
    await mei.page.getByText(/正在取回/).waitFor({ state: "detached" });
    const figures = {
      messages,
      backed_up_s: backedUpS,
      readable_s: readableS,
      complete_s: seconds(),
      limit_pin_s: await pinS(),
    };
    show(figures, args.includes("--json"));
  } finally {
    await town.ends();
  }
  return 0;
}

/** Somebody who joined, has many messages, backs up, and is gone. */
async function lose(ownerLink: string, messages: number): Promise<{ newest: string; backedUpS: number }> {
  const mei = await Person.joined("小梅", new URL(ownerLink).origin, ownerLink);
  await mei.core.requireEngine().backups.setPin(PIN);
  const newest = fill(mei.core.store, messages);
  // The filling left no time for anything else: connections are made anew.
  await mei.settled();
  const startedAt = performance.now();
  const { backups } = mei.core.requireEngine();
  await backups.now().catch(() => backups.now());
  const backedUpS = Math.round(performance.now() - startedAt) / 1000;
  await mei.stop();
  return { newest, backedUpS };
}

async function pinS(): Promise<number> {
  const startedAt = performance.now();
  await stretchPin("小梅", "localhost", PIN);
  return Math.round(performance.now() - startedAt) / 1000;
}

function show(figures: Record<string, number>, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(figures)}\n`);
    return;
  }
  for (const [name, value] of Object.entries(figures)) {
    const missed = name === "readable_s" && value > READABLE_TARGET_S ? "  MISSED" : "";
    const wanted = name === "readable_s" ? `at most ${READABLE_TARGET_S}${missed}` : "";
    process.stdout.write(`${name.padEnd(16)} ${String(value).padStart(10)}  ${wanted}\n`);
  }
}
