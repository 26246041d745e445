import { encode } from "cborg";
import type { HelpField, HelpLayout, HelpSetting } from "../api.ts";
import { HELP_FIELDS, HELP_SETTINGS } from "../help/fields.ts";
import type { Body } from "./content.ts";

/**
 * What a friend who helps and the one who is helped say to each other [HP1]–[HP3]. A layout is one value out of a
 * fixed list for each of a few fields: there is no place in it for a name, a word or a picture, on either side.
 */

export const TYPE_HELP = "application/hongyan.help";
export const SESSION_BYTES = 16;
export const PROPOSALS_MAX = 50;

export type HelpSignal =
  | { what: "join" | "end" }
  | { what: "layout"; layout: HelpLayout }
  | { what: "propose"; no: number; setting: HelpSetting; value: string }
  | { what: "answer"; no: number; agreed: boolean };

export interface HelpTold {
  session: Uint8Array;
  signal: HelpSignal;
}

type Fields = ReadonlyMap<unknown, unknown>;

/** Only what the list knows passes; a field that is missing or strange has its first value. */
export function layoutOf(value: (field: HelpField) => unknown): HelpLayout {
  const chosen = Object.entries(HELP_FIELDS).map(([field, allowed]) => {
    const known: readonly string[] = allowed;
    return [field, known.find((one) => one === value(field as HelpField)) ?? allowed[0]];
  });
  return Object.fromEntries(chosen) as HelpLayout;
}

/** Null unless it is a setting that may be changed from afar, and a value it can have. */
export function settingOf(setting: unknown, value: unknown): { setting: HelpSetting; value: string } | null {
  const known = HELP_SETTINGS.find((one) => one === setting);
  if (known === undefined) return null;
  const allowed: readonly string[] = HELP_FIELDS[known];
  const chosen = allowed.find((one) => one === value);
  return chosen === undefined ? null : { setting: known, value: chosen };
}

function numberOf(map: Fields): number | null {
  const no = map.get("no");
  return typeof no === "number" && Number.isInteger(no) && no > 0 && no <= PROPOSALS_MAX ? no : null;
}

function signalOf(map: Fields): HelpSignal | null {
  const what = map.get("what");
  const no = numberOf(map);
  switch (what) {
    case "join":
    case "end":
      return { what };
    case "layout": {
      const layout = map.get("layout");
      return layout instanceof Map ? { what, layout: layoutOf((field) => layout.get(field)) } : null;
    }
    case "propose": {
      const wanted = settingOf(map.get("setting"), map.get("value"));
      return no === null || wanted === null ? null : { what, no, ...wanted };
    }
    case "answer": {
      const agreed = map.get("agreed");
      return no === null || typeof agreed !== "boolean" ? null : { what, no, agreed };
    }
    default:
      return null;
  }
}

export function sessionOf(map: Fields): Uint8Array | null {
  const session = map.get("session");
  return session instanceof Uint8Array && session.length === SESSION_BYTES ? session : null;
}

/** Null for what is none of these; a request is no signal but a message, a card in the chat. */
export function parseHelp(map: Fields): HelpTold | null {
  const session = sessionOf(map);
  const signal = signalOf(map);
  return session === null || signal === null ? null : { session, signal };
}

export function helpBody({ session, signal }: HelpTold): Body {
  const told =
    signal.what === "layout" ? { what: "layout", layout: layoutOf((field) => signal.layout[field]) } : signal;
  return { type: TYPE_HELP, body: encode({ ...told, session }) };
}
