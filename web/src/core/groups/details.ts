import type { ChatId, GroupDetails, GroupMember } from "../api.ts";
import type { Chats } from "../chats/chats.ts";
import { shownName, toPerson } from "../contacts/people.ts";
import type { Session } from "../session.ts";
import { blob, integer, type Row, text, textOrNull } from "../store/store.ts";
import type { Admission } from "./admission.ts";
import { firstPolicy, type Policy, roleOf } from "./policy.ts";
import type { Standings } from "./standings.ts";

/** A group as its pages show it. */

const ROLES = ["owner", "admin", "member"];

export class Details {
  constructor(
    private readonly session: Session,
    private readonly chats: Chats,
    private readonly standings: Standings,
    private readonly admission: Admission,
  ) {}

  /** Null when there is no such group here. */
  of(chat: ChatId): GroupDetails | null {
    const row = this.session.store.one("SELECT * FROM chat WHERE id = ? AND kind = 'group'", [chat]);
    const summary = this.chats.summary(chat);
    if (row === undefined || summary === null) return null;
    const groupId = blob(row, "group_id");
    const policy = this.standings.find(groupId)?.policy ?? firstPolicy(groupId, 0);
    const members = this.members(groupId, policy);
    const { adding, naming, announcing, history } = policy;
    const myRole = roleOf(policy, this.session.accountId);
    return {
      id: chat,
      title: summary.title,
      named: text(row, "name") !== "",
      members,
      left: summary.left,
      rules: { adding, naming, announcing, history },
      myRole,
      myNickname: members.find(({ isMe }) => isMe)?.nickname ?? "",
      showsNicknames: integer(row, "shows_nicknames") === 1,
      announcement: this.announcement(row, policy),
      waiting: myRole === "member" ? [] : this.admission.waiting(groupId),
    };
  }

  private members(groupId: Uint8Array, policy: Policy): GroupMember[] {
    const rows = this.session.store.all(
      `SELECT p.*, n.nickname FROM (SELECT account, min(from_ms) AS from_ms FROM membership
         WHERE group_id = ? AND to_ms IS NULL GROUP BY account) m
       JOIN person p ON p.account = m.account
       LEFT JOIN nickname n ON n.group_id = ? AND n.account = m.account ORDER BY m.from_ms, m.account`,
      [groupId, groupId],
    );
    const members = rows.map((row): GroupMember => {
      const account = integer(row, "account");
      const nickname = textOrNull(row, "nickname") ?? "";
      return { ...toPerson(row), isMe: account === this.session.accountId, role: roleOf(policy, account), nickname };
    });
    return members.sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
  }

  private announcement(row: Row, { announcement }: Policy): GroupDetails["announcement"] {
    if (announcement === null) return null;
    const { text: words, by, atMs } = announcement;
    const seen = by === this.session.accountId || integer(row, "announcement_seen_ms") >= atMs;
    return { text: words, by: shownName(this.session.store, by), atMs, seen };
  }
}
