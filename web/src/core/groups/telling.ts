import type { Chats } from "../chats/chats.ts";
import type { StoredEvent } from "../chats/events.ts";
import { digest } from "../mls/suite.ts";
import type { Tx } from "../store/store.ts";
import type { Judged } from "./commits.ts";
import type { Conversation } from "./conversations.ts";
import type { Fault } from "./judging.ts";
import type { Policy } from "./policy.ts";

/** What people see of a change in a group's rules: lines in the chat, the name, the announcement. */

const VOID = { added: "void_added", removed: "void_removed", policy: "void_policy" } as const;

/** In the transaction of the commit; shown once, however often it is told. */
export function tellJudged(tx: Tx, chats: Chats, conversation: Conversation, judged: Judged): void {
  const { chat, groupId } = conversation;
  if (chat === null) return;
  const { was, standing, faults, actor, atMs, epoch } = judged;
  takeName(tx, chats, conversation, standing.policy);
  const events = [...changes(was.policy, standing.policy), ...faults.map(faultEvent)];
  events.forEach((event, i) => {
    const byRule = standing.policy.signer === 0 && event.what === "owner_changed";
    const id = digest("policy event", groupId, `${epoch} ${i}`);
    chats.event(tx, chat, { ...event, actor: byRule ? null : actor }, atMs, id);
  });
}

/** The chat bears the name its policy gives it. */
export function takeName(tx: Tx, chats: Chats, { chat }: Conversation, { name }: Policy): void {
  if (chat === null || name === null) return;
  chats.setName(tx, chat, name);
}

type Event = Omit<StoredEvent, "actor">;

function changes(was: Policy, is: Policy): Event[] {
  const events: Event[] = [];
  // The first version names a group that is being made: that is told already.
  if (is.name !== null && is.name !== was.name && was.version > 0) {
    events.push({ what: "renamed", people: [], name: is.name });
  }
  if (is.owner !== was.owner) events.push({ what: "owner_changed", people: [is.owner], name: "" });
  const made = is.admins.filter((account) => !was.admins.includes(account));
  const ended = was.admins.filter((account) => !is.admins.includes(account) && account !== is.owner);
  if (made.length > 0) events.push({ what: "admins_made", people: made, name: "" });
  if (ended.length > 0) events.push({ what: "admins_ended", people: ended, name: "" });
  if (is.adding !== was.adding) events.push({ what: "adding_set", people: [], name: is.adding });
  if (is.history !== was.history) events.push({ what: "history_set", people: [], name: is.history });
  const said = is.announcement;
  if (said !== null && said.atMs !== was.announcement?.atMs) {
    events.push({ what: "announced", people: [], name: said.text });
  }
  return events;
}

function faultEvent({ what, people }: Fault): Event {
  return { what: VOID[what], people, name: "" };
}
