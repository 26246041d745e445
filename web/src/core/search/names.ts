import type { FoundGroup, FoundPerson, Marked } from "../api.ts";
import type { Chats } from "../chats/chats.ts";
import { toPerson } from "../contacts/people.ts";
import { integer, type Reader, text } from "../store/store.ts";
import { type Look, lookAt, type Question } from "./question.ts";

/** Finds people and groups by their names; there are few enough to look at each. */

const LOOKS_KEPT_MAX = 20_000;
const looks = new Map<string, Look>();

function lookAtName(name: string): Look {
  let look = looks.get(name);
  if (look === undefined) {
    if (looks.size >= LOOKS_KEPT_MAX) looks.clear();
    look = lookAt(name);
    looks.set(name, look);
  }
  return look;
}

export function markName(question: Question, name: string): Marked | null {
  const marks = name === "" ? null : question.marksInLook(lookAtName(name));
  return marks === null ? null : { text: name, marks };
}

/** Friends by remark or name, those first whose name begins so. */
export function findPeople(reader: Reader, question: Question, me: number): FoundPerson[] {
  const rows = reader.all("SELECT account, name, remark FROM person WHERE friend = 1 AND account <> ?", [me]);
  const found = rows.flatMap((row): FoundPerson[] => {
    const called = text(row, "remark") || text(row, "name");
    const shown = markName(question, called);
    const name = shown === null ? markName(question, text(row, "name")) : null;
    if (shown === null && name === null) return [];
    const person = toPerson(reader.one("SELECT * FROM person WHERE account = ?", [integer(row, "account")]) ?? {});
    return [{ person, shown: shown ?? { text: called, marks: [] }, name }];
  });
  const beginsSo = ({ shown, name }: FoundPerson): number => Number((name ?? shown).marks[0]?.[0] !== 0);
  return found.sort(
    (a, b) =>
      beginsSo(a) - beginsSo(b) || (a.person.pinyin < b.person.pinyin ? -1 : Number(a.person.pinyin > b.person.pinyin)),
  );
}

/** Groups by their names, then by a member's; the last used first. */
export function findGroups(reader: Reader, question: Question, chats: Chats): FoundGroup[] {
  const byName: FoundGroup[] = [];
  const byMember: FoundGroup[] = [];
  const groups = reader.all("SELECT * FROM chat WHERE kind = 'group' AND listed = 1 ORDER BY at_ms DESC");
  const members = groups.length === 0 ? new Map<string, Marked>() : membersThatFit(reader, question);
  for (const row of groups) {
    const named = text(row, "name");
    const title = named === "" ? chats.headOf(row).title : named;
    const marked = markName(question, title);
    const member = marked === null ? (members.get(text(row, "id")) ?? null) : null;
    if (marked === null && member === null) continue;
    const { id, people } = chats.headOf(row);
    (marked === null ? byMember : byName).push({
      chat: id,
      title: marked ?? { text: title, marks: [] },
      people,
      member,
    });
  }
  return [...byName, ...byMember];
}

/** For each group, one member's name that fits. */
function membersThatFit(reader: Reader, question: Question): Map<string, Marked> {
  const found = new Map<string, Marked>();
  for (const row of reader.all("SELECT account, name, remark FROM person")) {
    const name = markName(question, text(row, "remark")) ?? markName(question, text(row, "name"));
    if (name === null) continue;
    const groups = reader.all(
      `SELECT chat.id FROM membership JOIN chat ON chat.group_id = membership.group_id
       WHERE membership.account = ? AND membership.to_ms IS NULL AND chat.kind = 'group'`,
      [integer(row, "account")],
    );
    for (const group of groups) found.set(text(group, "id"), name);
  }
  return found;
}
