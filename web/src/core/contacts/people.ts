import type { Person } from "../api.ts";
import type { Session } from "../session.ts";
import { blob, integer, type Reader, type Row, type Tx, text } from "../store/store.ts";

/** The people this device knows of: friends, members of groups, strangers who asked. */

/** The remark if there is one, else the account's name; "" for an account never heard of. */
export function shownName(reader: Reader, account: number): string {
  const row = reader.one("SELECT name, remark FROM person WHERE account = ?", [account]);
  if (row === undefined) return "";
  return text(row, "remark") || text(row, "name");
}

export interface PersonRow {
  account: number;
  name: string;
  accountKey: Uint8Array;
  boxKey: Uint8Array | null;
  friend: boolean;
  blocked: boolean;
}

function personRow(row: Row): PersonRow {
  const boxKey = row["box_key"];
  return {
    account: integer(row, "account"),
    name: text(row, "name"),
    accountKey: blob(row, "account_key"),
    boxKey: boxKey instanceof Uint8Array ? boxKey : null,
    friend: integer(row, "friend") === 1,
    blocked: integer(row, "blocked") === 1,
  };
}

export function findPerson(reader: Reader, account: number): PersonRow | null {
  const row = reader.one("SELECT * FROM person WHERE account = ?", [account]);
  return row === undefined ? null : personRow(row);
}

export function toPerson(row: Row): Person {
  const name = text(row, "name");
  const remark = text(row, "remark");
  return {
    id: String(integer(row, "account")),
    name,
    remark,
    shown: remark || name,
    pinyin: text(row, "pinyin"),
    friend: integer(row, "friend") === 1,
    blocked: integer(row, "blocked") === 1,
    verified: integer(row, "verified") === 1,
  };
}

export class People {
  constructor(private readonly session: Session) {}

  friends(): Person[] {
    const rows = this.session.store.all(
      "SELECT * FROM person WHERE friend = 1 AND account <> ? ORDER BY pinyin, name",
      [this.session.accountId],
    );
    return rows.map(toPerson);
  }

  blocked(): Person[] {
    return this.session.store.all("SELECT * FROM person WHERE blocked = 1 ORDER BY pinyin, name").map(toPerson);
  }

  person(account: number): Person | null {
    const row = this.session.store.one("SELECT * FROM person WHERE account = ?", [account]);
    return row === undefined ? null : toPerson(row);
  }

  setRemark(tx: Tx, account: number, remark: string): void {
    tx.run("UPDATE person SET remark = ? WHERE account = ?", [remark, account]);
    touchPerson(tx, account);
  }

  setVerified(tx: Tx, account: number, verified: boolean): void {
    tx.run("UPDATE person SET verified = ? WHERE account = ?", [Number(verified), account]);
    touchPerson(tx, account);
  }

  /** Works out the sorting key of everybody whose name or remark changed; loads the pinyin table only then. */
  async sortByPinyin(): Promise<void> {
    const rows = this.session.store.all(
      "SELECT account, name, remark, pinyin FROM person WHERE sorted_as IS NOT (CASE remark WHEN '' THEN name ELSE remark END)",
    );
    if (rows.length === 0) return;
    const keys: [number, string, string][] = [];
    for (const row of rows) {
      const shown = text(row, "remark") || text(row, "name");
      keys.push([integer(row, "account"), shown, await sortingKey(shown)]);
    }
    this.session.store.write((tx) => {
      for (const [account, shown, key] of keys) {
        tx.run("UPDATE person SET pinyin = ?, sorted_as = ? WHERE account = ?", [key, shown, account]);
      }
      tx.touch("contacts");
    });
  }
}

/** "lan" for 兰 and for Lan; "#" when the name starts with neither a Chinese character nor a Latin letter. */
export async function sortingKey(shown: string): Promise<string> {
  const first = shown.normalize("NFKD").toLowerCase().at(0) ?? "";
  if (first >= "a" && first <= "z") return shown.toLowerCase();
  if (!/^\p{Script=Han}/u.test(shown)) return "#";
  const { pinyin } = await import("pinyin-pro");
  const key = pinyin(shown, { toneType: "none", separator: "", surname: "head", v: true }).toLowerCase();
  return key >= "a" && key < "{" ? key : "#";
}

export function touchPerson(tx: Tx, account: number): void {
  tx.touch("contacts");
  tx.touch("chats");
  tx.touch(`person:${account}`);
}
