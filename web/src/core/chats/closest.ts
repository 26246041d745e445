import type { Person } from "../api.ts";
import { toPerson } from "../contacts/people.ts";
import type { Reader } from "../store/store.ts";

const PEOPLE_MAX = 6;

/** The friends she talks to most, those pinned first: what stands large on the first page of care mode. */
export function closestPeople(reader: Reader): Person[] {
  const rows = reader.all(
    `SELECT person.* FROM person LEFT JOIN chat ON chat.person = person.account
     WHERE person.friend = 1 AND person.blocked = 0
     ORDER BY coalesce(chat.pinned, 0) DESC, coalesce(chat.messages, 0) DESC, coalesce(chat.at_ms, 0) DESC LIMIT ?`,
    [PEOPLE_MAX],
  );
  return rows.map(toPerson);
}
