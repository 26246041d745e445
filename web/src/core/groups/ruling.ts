import { type ChatId, type Commands, CoreError } from "../api.ts";
import type { Session } from "../session.ts";
import type { Admission } from "./admission.ts";
import type { Groups } from "./groups.ts";
import type { Nicknames } from "./nicknames.ts";
import { ANNOUNCEMENT_CHARACTERS_MAX } from "./policy.ts";

/** What people do with a group's rules: settings, announcement, admins, owner, nicknames, code [GP4]. */

type Argument<K extends keyof Commands> = Commands[K][0];

export class Ruling {
  constructor(
    private readonly session: Session,
    private readonly groups: Groups,
    private readonly nicknames: Nicknames,
    private readonly admission: Admission,
  ) {}

  async set({ chat, adding, naming, announcing, history }: Argument<"setGroupRule">): Promise<void> {
    if (adding !== undefined) await this.groups.change(chat, { what: "adding", adding });
    if (naming !== undefined) await this.groups.change(chat, { what: "naming", naming });
    if (announcing !== undefined) await this.groups.change(chat, { what: "announcing", announcing });
    if (history !== undefined) await this.groups.change(chat, { what: "history", history });
  }

  async announce({ chat, text }: Argument<"announce">): Promise<void> {
    const words = text.trim();
    if ([...words].length > ANNOUNCEMENT_CHARACTERS_MAX) throw new CoreError("too_long");
    const { accountId: by, clock } = this.session;
    const announcement = words === "" ? null : { text: words, by, atMs: Math.round(clock.now()) };
    await this.groups.change(chat, { what: "announcement", announcement });
  }

  announcementRead(chat: ChatId): void {
    this.session.store.write((tx) => {
      tx.run("UPDATE chat SET announcement_seen_ms = ? WHERE id = ?", [Math.round(this.session.clock.now()), chat]);
      tx.touch(`group:${chat}`);
    });
  }

  async setAdmin({ chat, person, on }: Argument<"setAdmin">): Promise<void> {
    await this.groups.change(chat, { what: "admin", account: Number(person), on });
  }

  async handOver({ chat, person }: Argument<"handOver">): Promise<void> {
    await this.groups.change(chat, { what: "owner", account: Number(person) });
  }

  async setNickname({ chat, nickname }: Argument<"setNickname">): Promise<void> {
    await this.nicknames.set(this.groups.memberOf(chat).groupId, nickname);
  }

  showNicknames({ chat, on }: Argument<"showNicknames">): void {
    this.session.store.write((tx) => {
      tx.run("UPDATE chat SET shows_nicknames = ? WHERE id = ?", [Number(on), chat]);
      for (const topic of ["group", "messages", "chat"]) tx.touch(`${topic}:${chat}`);
    });
  }

  async code({ chat }: Argument<"groupCode">): Promise<{ link: string; expiresAtMs: number }> {
    const conversation = this.groups.memberOf(chat);
    const { fragment, expiresAtMs } = await this.admission.code(conversation, this.groups.titleOf(chat));
    return { link: `${this.session.platform.origin}/g#${fragment}`, expiresAtMs };
  }

  async answerJoin({ chat, person, accept, history = "none" }: Argument<"answerJoin">): Promise<void> {
    const { groupId } = this.groups.memberOf(chat);
    this.admission.answer(groupId, Number(person), accept, (tx) =>
      this.groups.handOver(tx, groupId, Number(person), history),
    );
    if (accept) await this.groups.settle(groupId);
  }
}
