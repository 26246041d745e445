import { decode } from "cborg";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { HelpLayout, HelpView } from "../../src/core/api.ts";
import { textOf } from "../../src/core/bytes.ts";
import { decodeContent } from "../../src/core/content/content.ts";
import { helpBody, layoutOf, parseHelp, settingOf, TYPE_HELP } from "../../src/core/content/help.ts";
import { HELP_FIELDS } from "../../src/core/help/fields.ts";
import type { Person } from "./world/person.ts";
import { useTown } from "./world/town.ts";

/** 外婆 asks lan for help with her settings; mei looks on and may do nothing. */

const CANARY = "金丝雀";
const town = useTown();
let lan: Person;
let grandma: Person;
let mei: Person;
let toGrandma: string;
let toLan: string;

/** All texts in what was decoded, at any depth; the bytes in it are the number of the session. */
function wordsIn(item: unknown): string[] {
  if (typeof item === "string") return [item];
  if (item instanceof Map) return [...item].flat().flatMap(wordsIn);
  if (Array.isArray(item)) return item.flatMap(wordsIn);
  if (item instanceof Uint8Array) expect(item.length).toBe(16);
  else expect(["number", "boolean"].includes(typeof item) || item === null).toBe(true);
  return [];
}

beforeAll(async () => {
  ({ lan } = town);
  grandma = await town.friend(`grandma${CANARY}`);
  mei = await town.friend("mei");
  await town.befriend(mei, grandma);
  toGrandma = await lan.chatWith(grandma);
  toLan = await grandma.chatWith(lan);
  await lan.say(toGrandma, `${CANARY}的秘密`);
  await grandma.hears(toLan, `${CANARY}的秘密`);
});

function layout(more: Partial<HelpLayout> = {}): HelpLayout {
  return { ...layoutOf(() => undefined), page: "home", care: "on", ...more };
}

function seenByLan(wanted: (view: HelpView) => boolean): Promise<HelpView | null> {
  return lan.until("help", { chat: toGrandma }, (view) => view !== null && wanted(view));
}

async function asks(): Promise<void> {
  await grandma.call("helpAsk", { chat: toLan });
  const { request } = (await grandma.until("helping", undefined, (view) => view !== null)) ?? {};
  await seenByLan((view) => view.request === request);
}

describe("a friend who helps with the settings", () => {
  it("is asked by a card, sees how things are set, and proposes; she agrees or not [HP1] [HP2] [HP3]", async () => {
    await asks();
    const { messages } = await lan.until("messages", { chat: toGrandma, before: null, limit: 9 }, (all) =>
      all.messages.some(({ kind }) => kind === "help"),
    );
    expect(messages.at(-1)?.detail).toMatchObject({ kind: "help" });
    await grandma.call("helpShow", { layout: layout() });
    expect(lan.core.engine?.help.with(toGrandma)).toMatchObject({ joined: false, layout: null });

    await lan.call("helpJoin", { chat: toGrandma });
    await seenByLan(({ layout: seen }) => seen?.page === "home" && seen.care === "on");
    await grandma.call("helpShow", { layout: layout({ page: "settings", text: "large" }) });
    await seenByLan(({ layout: seen }) => seen?.page === "settings" && seen.text === "large");

    await lan.call("helpPropose", { chat: toGrandma, setting: "text", value: "largest" });
    const [first] =
      (await grandma.until("helping", undefined, (view) => view?.proposals.length === 1))?.proposals ?? [];
    expect(first).toEqual({ no: 1, setting: "text", value: "largest", state: "waiting" });
    await grandma.call("helpAnswer", { no: 1, agreed: true });
    await seenByLan(({ proposals }) => proposals[0]?.state === "agreed");
    await lan.call("helpPropose", { chat: toGrandma, setting: "language", value: "en" });
    await grandma.until("helping", undefined, (view) => view?.proposals.length === 2);
    await grandma.call("helpAnswer", { no: 2, agreed: false });
    await seenByLan(({ proposals }) => proposals[1]?.state === "refused");
    await grandma.call("helpAllow", { person: lan.id, always: true });
    expect((await grandma.until("helping", undefined, (view) => view?.always === true))?.always).toBe(true);
  });

  it("is told nothing but values of a fixed list, whatever else is on the device [HP2]", async () => {
    const said = grandma.core.store.all("SELECT content FROM sent").flatMap(({ content }) => {
      const decoded = decodeContent(content as Uint8Array);
      return decoded?.type === TYPE_HELP ? [decoded.body] : [];
    });
    expect(said.length).toBeGreaterThan(4);
    const known = new Set<string>([
      ...Object.keys(HELP_FIELDS),
      ...Object.values(HELP_FIELDS).flat(),
      ...["what", "session", "layout", "ask", "answer", "no", "agreed"],
    ]);
    for (const body of said) {
      expect(Buffer.from(body).includes(CANARY)).toBe(false);
      for (const word of wordsIn(decode(body, { useMaps: true }))) expect(known).toContain(word);
    }
  });

  it("ends for both when one ends it, and then nothing more is told or changed [HP1]", async () => {
    await lan.call("helpEnd", { chat: toGrandma });
    await grandma.until("helping", undefined, (view) => view === null);
    await expect(lan.call("helpPropose", { chat: toGrandma, setting: "care", value: "off" })).rejects.toMatchObject({
      code: "help_over",
    });
    await expect(lan.call("helpJoin", { chat: toGrandma })).rejects.toMatchObject({ code: "help_over" });
  });

  it("ends after half an hour [HP1]", async () => {
    await asks();
    for (const person of [lan, grandma]) person.platform.clockOffMs = 31 * 60_000;
    await grandma.until("helping", undefined, (view) => view === null);
    await lan.until("help", { chat: toGrandma }, (view) => view === null);
    for (const person of [lan, grandma]) person.platform.clockOffMs = 0;
  });
});

describe("a client that was changed", () => {
  it("of another friend is not heard, with or without a session [HP3]", async () => {
    await asks();
    const row = grandma.core.store.one("SELECT session FROM help");
    const session = row?.["session"] as Uint8Array;
    const forged = mei.core.requireEngine().sending;
    const ofMei = await mei.chatWith(grandma);
    const proposal = helpBody({ session, signal: { what: "propose", no: 1, setting: "care", value: "off" } });
    await forged.tell(ofMei, proposal, {}, () => undefined);
    await forged.tell(ofMei, helpBody({ session, signal: { what: "join" } }), {}, () => undefined);
    await mei.say(ofMei, "外婆好");
    await grandma.hears(`d:${mei.id}`, "外婆好");
    expect(grandma.core.engine?.help.helped()).toMatchObject({ joined: false, proposals: [] });
  });

  it("of the helper changes nothing but what is on the list, and not more than fifty times [HP2] [HP3]", async () => {
    const row = grandma.core.store.one("SELECT session FROM help");
    const session = row?.["session"] as Uint8Array;
    const { sending } = lan.core.requireEngine();
    const odd = { what: "propose", no: 3, setting: "password", value: "0000" } as unknown as { what: "join" };
    await sending.tell(toGrandma, helpBody({ session, signal: odd }), {}, () => undefined);
    const far = helpBody({ session, signal: { what: "propose", no: 51, setting: "care", value: "off" } });
    await sending.tell(toGrandma, far, {}, () => undefined);
    await lan.say(toGrandma, "之后");
    await grandma.hears(toLan, "之后");
    expect(grandma.core.engine?.help.helped()?.proposals).toEqual([]);
  });
});

describe("what travels", () => {
  it("has no place for words: whatever is given, only values of the list come out [HP2]", () => {
    const anything = fc.dictionary(fc.constantFrom(...Object.keys(HELP_FIELDS), "title"), fc.anything());
    fc.assert(
      fc.property(anything, (given) => {
        const made = layoutOf((field) => given[field]);
        for (const [field, value] of Object.entries(made)) {
          expect(HELP_FIELDS[field as keyof typeof HELP_FIELDS]).toContain(value);
        }
        expect(Object.keys(made)).toEqual(Object.keys(HELP_FIELDS));
      }),
    );
    const secret = { ...layout(), page: CANARY } as unknown as HelpLayout;
    const { body } = helpBody({ session: new Uint8Array(16), signal: { what: "layout", layout: secret } });
    expect(() => textOf(body.slice(-3))).not.toThrow();
    expect(Buffer.from(body).includes(CANARY)).toBe(false);
  });

  it.each([
    ["text", "larger", true],
    ["text", "gigantic", false],
    ["page", "home", false],
    ["password", "x", false],
  ])("%s = %s may be proposed: %s", (setting, value, may) => {
    expect(settingOf(setting, value) !== null).toBe(may);
  });

  it("that is malformed is nothing [HP2]", () => {
    const session = new Uint8Array(16);
    for (const fields of [
      { what: "layout", session, layout: 1 },
      { what: "propose", session, no: 0, setting: "care", value: "on" },
      { what: "answer", session, no: 1, agreed: "yes" },
      { what: "join", session: new Uint8Array(3) },
      { what: "dance", session },
    ]) {
      expect(parseHelp(new Map(Object.entries(fields)))).toBeNull();
    }
  });
});
