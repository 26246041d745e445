import { decode, encode } from "cborg";
import type { HistoryShare } from "../api.ts";
import type { Session } from "../session.ts";
import { blob, type Tx, text } from "../store/store.ts";
import { mayFollow, type Standing } from "./judging.ts";
import { type Adding, type Allowed, type Announcement, nextPolicy, type Origin, type Policy } from "./policy.ts";

/**
 * What she wants changed in a group's policy, stored until it is so. A wish is made a version when it is committed, so
 * that it never undoes what somebody else has changed meanwhile.
 */

export type PolicyWish =
  | { what: "found"; origin: Origin; door: Uint8Array }
  | { what: "name"; name: string }
  | { what: "announcement"; announcement: Announcement | null }
  | { what: "adding"; adding: Adding }
  | { what: "naming"; naming: Allowed }
  | { what: "announcing"; announcing: Allowed }
  | { what: "history"; history: HistoryShare }
  | { what: "owner"; account: number }
  | { what: "admin"; account: number; on: boolean }
  | { what: "door"; door: Uint8Array };

function keyOf(wish: PolicyWish): string {
  return wish.what === "admin" ? `admin:${wish.account}` : wish.what;
}

function withWish(policy: Policy, wish: PolicyWish): Partial<Policy> {
  switch (wish.what) {
    case "found":
      return { origin: wish.origin, door: wish.door };
    case "name":
      return { name: wish.name };
    case "announcement":
      return { announcement: wish.announcement };
    case "adding":
      return { adding: wish.adding };
    case "naming":
      return { naming: wish.naming };
    case "announcing":
      return { announcing: wish.announcing };
    case "history":
      return { history: wish.history };
    case "owner":
      return { owner: wish.account, admins: policy.admins.filter((account) => account !== wish.account) };
    case "admin": {
      const others = policy.admins.filter((account) => account !== wish.account);
      return { admins: wish.on ? [...others, wish.account] : others };
    }
    case "door":
      return { door: wish.door };
  }
}

export class PolicyWishes {
  constructor(private readonly session: Session) {}

  put(tx: Tx, groupId: Uint8Array, wish: PolicyWish): void {
    tx.run("INSERT OR REPLACE INTO policy_wish (group_id, what, value) VALUES (?, ?, ?)", [
      groupId,
      keyOf(wish),
      encode(wish),
    ]);
  }

  has(groupId: Uint8Array): boolean {
    return this.session.store.one("SELECT 1 FROM policy_wish WHERE group_id = ?", [groupId]) !== undefined;
  }

  private of(groupId: Uint8Array): { key: string; wish: PolicyWish }[] {
    const rows = this.session.store.all("SELECT what, value FROM policy_wish WHERE group_id = ? ORDER BY rowid", [
      groupId,
    ]);
    return rows.map((row) => ({ key: text(row, "what"), wish: decode(blob(row, "value")) as PolicyWish }));
  }

  /** The version the wishes make of a standing, null when they change nothing; `refused`: she has no right to these. */
  compile(groupId: Uint8Array, standing: Standing, members: Set<number>): { next: Policy | null; refused: string[] } {
    const { policy } = standing;
    const signer = this.session.accountId;
    let changes: Partial<Policy> = {};
    const refused: string[] = [];
    for (const { key, wish } of this.of(groupId)) {
      const wanted = { ...changes, ...withWish({ ...policy, ...changes }, wish) };
      if (mayFollow(policy, nextPolicy(policy, wanted, signer), members)) changes = wanted;
      else refused.push(key);
    }
    const next = nextPolicy(policy, changes, signer);
    return { next: changesSomething(policy, next) ? next : null, refused };
  }

  drop(tx: Tx, groupId: Uint8Array, keys: string[]): void {
    for (const key of keys) tx.run("DELETE FROM policy_wish WHERE group_id = ? AND what = ?", [groupId, key]);
  }

  /** Wishes that this policy fulfils go. */
  forgetFulfilled(tx: Tx, groupId: Uint8Array, policy: Policy): void {
    const fulfilled = this.of(groupId).filter(
      ({ wish }) => !changesSomething(policy, { ...policy, ...withWish(policy, wish) }),
    );
    this.drop(
      tx,
      groupId,
      fulfilled.map(({ key }) => key),
    );
  }
}

function changesSomething(before: Policy, next: Policy): boolean {
  const plain = (policy: Policy) => encode({ ...policy, version: 0, previous: new Uint8Array(), signer: 0 });
  return String(plain(before)) !== String(plain(next));
}
