import type { FoundGroup, FoundPerson, Marked } from "../api.ts";
import type { Chats } from "../chats/chats.ts";
import { toPerson } from "../contacts/people.ts";
import { integer, type Reader, type Row, text } from "../store/store.ts";
import type { Question } from "./question.ts";

/** Finds people and groups by their names; there are few enough to look at each. */

export function markName(question: Question, name: string): Marked | null {
  const marks = name === "" ? null : question.marksInName(name);
  return marks === null ? null : { text: name, marks };
}

/** Friends by remark or name, those first whose name begins so. */
export function findPeople(reader: Reader, question: Question, me: number): FoundPerson[] {
  const rows = reader.all("SELECT * FROM person WHERE friend = 1 AND account <> ? ORDER BY pinyin, name", [me]);
  const found = rows.flatMap((row): FoundPerson[] => {
    const person = toPerson(row);
    const shown = markName(question, person.shown);
    if (shown !== null) return [{ person, shown, name: null }];
    const name = markName(question, person.name);
    return name === null ? [] : [{ person, shown: { text: person.shown, marks: [] }, name }];
  });
  const beginsSo = ({ shown, name }: FoundPerson): number => Number((name ?? shown).marks[0]?.[0] !== 0);
  return found.sort((a, b) => beginsSo(a) - beginsSo(b));
}

/** Groups by their names, then by a member's. */
export function findGroups(reader: Reader, question: Question, chats: Chats): FoundGroup[] {
  const byName: FoundGroup[] = [];
  const byMember: FoundGroup[] = [];
  const groups = reader.all("SELECT * FROM chat WHERE kind = 'group' AND listed = 1 ORDER BY at_ms DESC");
  const members = groups.length === 0 ? new Map<string, string[]>() : membersThatFit(reader, question);
  for (const row of groups) {
    const { id, title, people } = chats.headOf(row);
    const marked = markName(question, title);
    if (marked !== null) {
      byName.push({ chat: id, title: marked, people, member: null });
      continue;
    }
    const [name] = members.get(id) ?? [];
    const member = name === undefined ? null : markName(question, name);
    if (member !== null) byMember.push({ chat: id, title: { text: title, marks: [] }, people, member });
  }
  return [...byName, ...byMember];
}

/** For each group, the names of members that fit. */
function membersThatFit(reader: Reader, question: Question): Map<string, string[]> {
  const people = reader.all("SELECT account, name, remark FROM person").flatMap((row): [number, string][] => {
    const name = [text(row, "remark"), text(row, "name")].find((one) => markName(question, one) !== null);
    return name === undefined ? [] : [[integer(row, "account"), name]];
  });
  const found = new Map<string, string[]>();
  for (const [account, name] of people) {
    const rows: Row[] = reader.all(
      `SELECT chat.id FROM membership JOIN chat ON chat.group_id = membership.group_id
       WHERE membership.account = ? AND membership.to_ms IS NULL`,
      [account],
    );
    for (const row of rows) found.set(text(row, "id"), [...(found.get(text(row, "id")) ?? []), name]);
  }
  return found;
}
