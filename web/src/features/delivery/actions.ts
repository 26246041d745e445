/** What can be done with a message, in the order of WeChat's menu. Pure. */
import type { Message } from "../../core/api.ts";
import type { IconName } from "../../ui/icons.ts";

export const ACTIONS = [
  "copy",
  "forward",
  "favourite",
  "keep_sticker",
  "edit",
  "recall",
  "quote",
  "select",
  "retry",
  "delete",
] as const;
export type Action = (typeof ACTIONS)[number];

export const ACTION_ICONS: Record<Action, IconName> = {
  copy: "copy",
  forward: "forward",
  favourite: "favourite",
  keep_sticker: "emoji",
  edit: "pen",
  recall: "recall",
  quote: "quote",
  select: "select",
  retry: "retry",
  delete: "trash",
};

/** Kinds that are told of, or that are money: they are neither passed on, taken back nor answered. */
const NOT_SAID: readonly Message["kind"][] = [
  "event",
  "recalled",
  "unknown",
  "help",
  "packet",
  "transfer",
  "collection",
];

function isSaid({ kind }: Message): boolean {
  return !NOT_SAID.includes(kind);
}

export function applies(action: Action, message: Message, nowMs: number): boolean {
  const said = isSaid(message);
  const here = message.state === null || message.state === "sent";
  const changeable = here && message.changeableUntilMs !== null && nowMs < message.changeableUntilMs;
  switch (action) {
    case "copy":
      return message.kind === "text";
    case "forward":
    case "favourite":
      return said && message.expiresAtMs === null; // what shall disappear is not kept
    case "keep_sticker":
      return message.kind === "sticker";
    case "quote":
      return said && here;
    case "edit":
      return message.kind === "text" && changeable;
    case "recall":
      return said && changeable;
    case "retry":
      return message.state === "failed";
    case "select":
    case "delete":
      return true;
  }
}

export function actionsFor(message: Message, nowMs: number): Action[] {
  return ACTIONS.filter((action) => applies(action, message, nowMs));
}

/** Only what has an id everybody knows can carry a reaction. */
export function canReact(message: Message): boolean {
  return isSaid(message) && (message.state === null || message.state === "sent");
}

/** How long one's own words, taken back, are offered to be written anew. */
const REWRITE_MS = 5 * 60_000;

export function canRewrite(message: Message, nowMs: number): boolean {
  return message.kind === "recalled" && message.mine && message.text !== "" && nowMs - message.atMs < REWRITE_MS;
}
