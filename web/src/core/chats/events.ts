import type { GroupEvent } from "../api.ts";
import { shownName } from "../contacts/people.ts";
import type { Reader } from "../store/store.ts";

/** What happened in a chat, stored by account so that names are always today's. */

export interface StoredEvent {
  what: GroupEvent["what"];
  actor: number | null;
  people: number[];
  name: string;
}

export function renderEvent(reader: Reader, event: StoredEvent): GroupEvent {
  return {
    what: event.what,
    actor: event.actor === null ? "" : shownName(reader, event.actor),
    people: event.people.map((account) => shownName(reader, account)),
    name: event.name,
  };
}
