/** Sentences for what happens in a chat; the reader is "you" in them, others have their names. */
import type { ChatSummary, Detail, GroupEvent, HistoryShare, MessageKind, RecordedMessage } from "../../core/api.ts";
import { language, t } from "../../i18n/language.svelte.ts";

const UNITS = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
] as const;

/** "7 天": the largest unit that goes into it. */
export function span(seconds: number): string {
  const [size, unit] = UNITS.find(([length]) => seconds % length === 0) ?? [1, "second"];
  return new Intl.NumberFormat(language.code, { style: "unit", unit, unitDisplay: "long" }).format(seconds / size);
}

/** What stands for a message in one line: its words, or "[图片]". */
export function oneLine(kind: MessageKind, text: string): string {
  switch (kind) {
    case "text":
    case "event":
      return text;
    case "unknown":
      return t("message.unknown_short");
    default:
      return text === "" || kind === "recalled" ? t(`kind.${kind}`) : `${t(`kind.${kind}`)} ${text}`;
  }
}

/** The last thing said or done in a chat, as the list shows it. */
export function lastLine({ last, kind }: ChatSummary, reader: string): string {
  if (last === null) return "";
  if (last.event !== null) return eventSentence(last.event, reader);
  const text = oneLine(last.kind, last.text);
  return last.sender !== null && kind === "group" ? t("chats.last_by", { name: last.sender, text }) : text;
}

/** What people call it by; "" for what has only the name that a camera gave it. */
export function givenName(detail: Detail): string {
  switch (detail.kind) {
    case "file":
    case "card":
    case "location":
      return detail.name;
    case "link":
    case "record":
      return detail.title;
    default:
      return "";
  }
}

/** A line of a merged record as it stands on its bubble. */
export function recordLine({ sender, text, detail }: RecordedMessage): string {
  const named = text || (detail === null ? "" : givenName(detail));
  return t("chats.last_by", { name: sender, text: oneLine(detail?.kind ?? "text", named) });
}

export function eventSentence(event: GroupEvent, reader: string): string {
  const actor = event.actor === reader ? t("event.you") : t("event.person", { name: event.actor });
  const named = event.people.map((name) => (name === reader ? t("event.you_too") : t("event.person", { name })));
  const people = new Intl.ListFormat(language.code, { type: "conjunction" }).format(named);
  const about = people === "" ? actor : people;
  switch (event.what) {
    case "created":
      return t("event.created", { actor });
    case "joined_by":
      return t("event.joined_by", { actor, people });
    case "left":
      return t("event.left", { actor });
    case "removed_by":
      return t("event.removed_by", { actor, people });
    case "renamed":
      return t("event.renamed", { actor, name: event.name });
    case "became_friends":
      return t("event.became_friends", { people: about });
    case "safety_changed":
      return t("event.safety_changed", { people: about });
    case "asked_to_help":
      return t("event.asked_to_help", { actor });
    case "nudged":
      return t("event.nudged", { actor, people });
    case "timer_set":
      return Number(event.name) === 0
        ? t("event.timer_off", { actor })
        : t("event.timer_set", { actor, time: span(Number(event.name)) });
    case "history_handed":
      return t("event.history_handed", { actor, people, count: Number(event.name) });
    case "history_received":
      return t("event.history_received", { actor, count: Number(event.name) });
    case "history_none":
      return t("event.history_none");
    case "history_set":
      return t(`event.history_set_${shareOf(event.name)}`, { actor });
    case "owner_changed":
      return event.people.includes(reader) ? t("event.owner_changed_you") : t("event.owner_changed", { people });
    case "admins_made":
      return t("event.admins_made", { actor, people });
    case "admins_ended":
      return t("event.admins_ended", { actor, people });
    case "adding_set":
      return t(`event.adding_${addingOf(event.name)}`, { actor });
    case "announced":
      return t("event.announced", { actor });
    case "void_added":
      return people === "" ? t("event.void_policy", { actor }) : t("event.void_added", { actor, people });
    case "void_removed":
      return t("event.void_removed", { actor, people });
    case "void_policy":
      return t("event.void_policy", { actor });
    case "may_be_missing":
      return t("event.may_be_missing");
    case "undelivered":
      return t("event.undelivered");
  }
}

function shareOf(name: string): HistoryShare {
  return name === "last" || name === "all" ? name : "none";
}

function addingOf(name: string): "everyone" | "approval" | "admins" {
  return name === "approval" || name === "admins" ? name : "everyone";
}
