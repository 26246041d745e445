import { expect, it } from "vitest";
import { fill } from "../../../bench/restore/fill.ts";
import type { HistoryItem } from "../../src/core/content/kinds.ts";
import type { Store } from "../../src/core/store/store.ts";
import type { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

/** What a long chat costs a new device and the old one, counted in steps of the database and never in time [DL2]. */

const town = useTown();
function stepsOf(store: Store): number {
  const { capi } = store["sqlite"];
  let steps = 0;
  for (const { statement } of store["statements"].values()) {
    const { pointer } = statement;
    if (pointer !== undefined) steps += capi.sqlite3_stmt_status(pointer, capi.SQLITE_STMTSTATUS_VM_STEP, 0);
  }
  return steps;
}

/** Steps a message, of who gives and of who takes. */
function handOver(from: Person, to: Person, messages: number): { gives: number; takes: number } {
  const [giver, taker] = [from.core.requireEngine(), to.core.requireEngine()];
  const before = [stepsOf(from.core.store), stepsOf(to.core.store)] as const;
  let below = Number.MAX_SAFE_INTEGER;
  const parts = [giver.session.store.write((tx) => giver.history["overview"](tx))];
  for (;;) {
    const { items, lowest } = giver.session.store.write((tx) => giver.history["messagesBelow"](tx, below));
    if (items.length === 0) break;
    parts.push(items);
    below = lowest;
  }
  const device = taker.session.device.signatureKey;
  parts.forEach((items: HistoryItem[], part) => {
    taker.session.store.write((tx) => taker.history.takeIn(tx, { to: device, part, of: 0, items }));
  });
  return {
    gives: (stepsOf(from.core.store) - before[0]) / messages,
    takes: (stepsOf(to.core.store) - before[1]) / messages,
  };
}

it("handing over a chat of eight times the length takes eight times the work, not sixty-four times", async () => {
  const measured: { gives: number; takes: number }[] = [];
  for (const messages of [1_000, 8_000]) {
    const [from, to] = [await town.friend(`old-${messages}`), await town.friend(`new-${messages}`)];
    fill(from.core.store, messages, 1);
    measured.push(handOver(from, to, messages));
    expect(to.core.store.one("SELECT messages FROM chat WHERE id = ?", [`g:${"0".repeat(32)}`])).toEqual({ messages });
    for (const person of [from, to]) await person.stop();
  }
  const [short, long] = measured;
  for (const side of ["gives", "takes"] as const) {
    expect(short?.[side]).toBeGreaterThan(10);
    expect(long?.[side]).toBeLessThan(1.5 * (short?.[side] ?? 0));
  }
});
