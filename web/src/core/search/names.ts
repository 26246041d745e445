import type { ChatId, FoundGroup, FoundPerson, Marked } from "../api.ts";
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

interface Named<T> {
  /** The best first, `limit` of them. */
  found: T[];
  more: boolean;
}

/** `shown`: what she is called here; `name`: her own name, where that was found instead. */
export interface Hit {
  account: number;
  shown: Marked;
  name: Marked | null;
}

/** Everybody, friend or not, whose remark or name fits. */
export function peopleThatFit(reader: Reader, question: Question): Hit[] {
  const hits: Hit[] = [];
  for (const row of reader.all("SELECT account, name, remark FROM person")) {
    const [name, remark] = [text(row, "name"), text(row, "remark")];
    const shown = markName(question, remark || name);
    const other = shown === null && remark !== "" ? markName(question, name) : null;
    if (shown === null && other === null) continue;
    hits.push({ account: integer(row, "account"), shown: shown ?? { text: remark, marks: [] }, name: other });
  }
  return hits;
}

/** Friends by remark or name, those first whose name begins so. */
export function findPeople(reader: Reader, fitting: readonly Hit[], me: number, limit: number): Named<FoundPerson> {
  const hits = fitting.flatMap(({ account, shown, name }): FoundPerson[] => {
    const row = account === me ? undefined : reader.one("SELECT * FROM person WHERE account = ?", [account]);
    const person = row && toPerson(row);
    return person?.friend ? [{ person, shown, name }] : [];
  });
  const beginsSo = ({ shown, name }: FoundPerson): number => Number((name ?? shown).marks[0]?.[0] !== 0);
  hits.sort(
    (a, b) =>
      beginsSo(a) - beginsSo(b) || (a.person.pinyin < b.person.pinyin ? -1 : Number(a.person.pinyin > b.person.pinyin)),
  );
  return { found: hits.slice(0, limit), more: hits.length > limit };
}

/** Groups by their names, then by a member's; the last used first. */
export function findGroups(
  reader: Reader,
  question: Question,
  people: readonly Hit[],
  chats: Chats,
  limit: number,
): Named<FoundGroup> {
  const byName: [ChatId, Marked][] = [];
  const byMember: [ChatId, Marked][] = [];
  const groups = reader.all("SELECT id, name FROM chat WHERE kind = 'group' AND listed = 1 ORDER BY at_ms DESC");
  const members = groups.length === 0 ? new Map<ChatId, Marked>() : groupsOf(reader, people);
  for (const row of groups) {
    const id = text(row, "id");
    const title = markName(question, text(row, "name") || chats.head(id).title);
    const member = members.get(id);
    if (title !== null) byName.push([id, title]);
    else if (member !== undefined) byMember.push([id, member]);
  }
  const all = [...byName, ...byMember];
  const found = all.slice(0, limit).map(([id, marked], place): FoundGroup => {
    const { title, people } = chats.head(id);
    const isNamed = place < byName.length;
    return { chat: id, title: isNamed ? marked : { text: title, marks: [] }, people, member: isNamed ? null : marked };
  });
  return { found, more: all.length > limit };
}

/** For each group in which one of them is, the name that fits. */
function groupsOf(reader: Reader, people: readonly Hit[]): Map<ChatId, Marked> {
  const names = new Map(people.map(({ account, shown, name }) => [account, name ?? shown]));
  if (names.size === 0) return new Map();
  const rows = reader.all(
    `SELECT chat.id, membership.account FROM chat JOIN membership ON membership.group_id = chat.group_id
     WHERE chat.kind = 'group' AND membership.to_ms IS NULL AND membership.account IN (SELECT value FROM json_each(?))`,
    [JSON.stringify([...names.keys()])],
  );
  const found = new Map<ChatId, Marked>();
  for (const row of rows) {
    const name = names.get(integer(row, "account"));
    if (name !== undefined) found.set(text(row, "id"), name);
  }
  return found;
}
