import { encode } from "cborg";
import { concat, utf8 } from "../bytes.ts";
import type { Incoming } from "../chats/receive.ts";
import { groupWordBody, type Nickname, nicknameBody } from "../content/kinds.ts";
import { sign, verify } from "../mls/curves.ts";
import type { Session } from "../session.ts";
import { blob, integer, type Reader, type Tx, text } from "../store/store.ts";
import type { Outbox } from "../sync/outbox.ts";
import type { Standings } from "./standings.ts";

/** What members call themselves in a group [GP11]: signed by each, so that whoever adds somebody can hand them on. */

export const NICKNAME_CHARACTERS_MAX = 20;
const LABEL = utf8("hongyan nickname v1\0");
const HANDED_MAX = 500;

export interface NicknameOf extends Nickname {
  account: number;
}

function signedBytes(groupId: Uint8Array, { account, nickname, atMs }: Omit<NicknameOf, "signature">): Uint8Array {
  return concat(LABEL, encode([groupId, account, nickname, atMs]));
}

export class Nicknames {
  constructor(
    private readonly session: Session,
    private readonly standings: Standings,
    private readonly outbox: Outbox,
  ) {}

  /** "" takes it away again. */
  async set(groupId: Uint8Array, nickname: string): Promise<void> {
    const short = [...nickname.trim()].slice(0, NICKNAME_CHARACTERS_MAX).join("");
    const { accountId: account, account: keys, clock } = this.session;
    const named = { account, nickname: short, atMs: Math.round(clock.now()) };
    const signature = await sign(keys.seed, signedBytes(groupId, named));
    await this.session.turn.run(async () => {
      this.session.store.write((tx) => {
        this.keep(tx, groupId, { ...named, signature });
        this.outbox.say(tx, groupId, nicknameBody({ ...named, signature }));
      });
    });
    void this.outbox.flush();
  }

  /** Who says it is who it is about: the group's own signature is enough. */
  heard(tx: Tx, { conversation, sender }: Incoming, named: Nickname): void {
    this.keep(tx, conversation.groupId, { ...named, account: sender });
  }

  /** Names that somebody hands on are taken if they are signed by whom they are about. */
  handed(groupId: Uint8Array, names: NicknameOf[]): void {
    void this.session.turn.run(() => this.take(groupId, names.slice(0, HANDED_MAX))).catch(() => undefined);
  }

  private async take(groupId: Uint8Array, names: NicknameOf[]): Promise<void> {
    const signed: NicknameOf[] = [];
    for (const named of names) {
      const accountKey = this.standings.accountKey(named.account);
      if (accountKey !== null && (await verify(accountKey, signedBytes(groupId, named), named.signature))) {
        signed.push(named);
      }
    }
    this.session.store.write((tx) => {
      for (const named of signed) this.keep(tx, groupId, named);
    });
  }

  private keep(tx: Tx, groupId: Uint8Array, { account, nickname, atMs, signature }: NicknameOf): void {
    const short = [...nickname].slice(0, NICKNAME_CHARACTERS_MAX).join("");
    tx.run(
      `INSERT INTO nickname (group_id, account, nickname, at_ms, signature) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (group_id, account) DO UPDATE SET nickname = excluded.nickname, at_ms = excluded.at_ms,
       signature = excluded.signature WHERE excluded.at_ms > at_ms`,
      [groupId, account, short, atMs, signature],
    );
    const chat = tx.one("SELECT id FROM chat WHERE group_id = ?", [groupId]);
    if (chat === undefined) return;
    for (const topic of ["group", "messages", "chat"]) tx.touch(`${topic}:${text(chat, "id")}`);
  }

  /** Tells newcomers what everybody is called here. */
  handOn(tx: Tx, groupId: Uint8Array): void {
    const rows = tx.all("SELECT * FROM nickname WHERE group_id = ? LIMIT ?", [groupId, HANDED_MAX]);
    if (rows.length === 0) return;
    const names = rows.map((row) => ({
      account: integer(row, "account"),
      nickname: text(row, "nickname"),
      atMs: integer(row, "at_ms"),
      signature: blob(row, "signature"),
    }));
    this.outbox.say(tx, groupId, groupWordBody({ names }));
  }
}

/** The name above a message in a group: what she calls herself there, unless the reader calls her something else. */
export function nicknameIn(reader: Reader, chat: string, account: number): string {
  if (!chat.startsWith("g:")) return "";
  const row = reader.one(
    `SELECT n.nickname FROM chat c JOIN nickname n ON n.group_id = c.group_id AND n.account = ?
     LEFT JOIN person p ON p.account = n.account
     WHERE c.id = ? AND c.shows_nicknames = 1 AND coalesce(p.remark, '') = ''`,
    [account, chat],
  );
  return row === undefined ? "" : text(row, "nickname");
}
