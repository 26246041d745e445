import { CoreError, type FriendRequest } from "../api.ts";
import { base64url, equal, fromBase64, random, u64 } from "../bytes.ts";
import type { Chats } from "../chats/chats.ts";
import { directChatId } from "../chats/chats.ts";
import type { Directory } from "../devices/directory.ts";
import type { Commits } from "../groups/commits.ts";
import type { Conversations } from "../groups/conversations.ts";
import type { InvitationLook, Contacts as WireContacts, WirePerson } from "../http.ts";
import { boxKeyIsSigned, invitationProof, proofHolds } from "../identity/account.ts";
import { fingerprint } from "../identity/fingerprint.ts";
import { openGreeting, sealGreeting } from "../identity/greeting.ts";
import { digest } from "../mls/suite.ts";
import type { Session } from "../session.ts";
import { blob, integer, type Reader, type Tx, text } from "../store/store.ts";
import type { ParsedLink } from "./links.ts";
import { findPerson, type People, toPerson, touchPerson } from "./people.ts";

/** Friends, requests and blocks: the server's list, checked and kept here, and what follows from a friendship. */

const CODE_LIFETIME_S = 7 * 86_400;
const CODE_USES = 100;
const CODE_REUSED_BEFORE_END_MS = 2 * 86_400_000;
const DAY_S = 86_400;

type Invitation = Extract<ParsedLink, { kind: "invitation" }>;

export class Contacts {
  private refreshing: Promise<void> | null = null;
  private again = false;
  /** Greetings of friends looked at since the start: the server tells all of them each time, and opening one is slow. */
  private readonly opened = new Set<string>();

  constructor(
    private readonly session: Session,
    private readonly directory: Directory,
    private readonly people: People,
    private readonly chats: Chats,
    private readonly conversations: Conversations,
    private readonly commits: Commits,
  ) {}

  /** Brings friends and requests to what the server says. Runs once at a time; a call meanwhile runs it again. */
  refresh(): Promise<void> {
    if (this.refreshing !== null) {
      this.again = true;
      return this.refreshing;
    }
    this.refreshing = (async () => {
      do {
        this.again = false;
        await this.fetch();
      } while (this.again);
    })().finally(() => {
      this.refreshing = null;
    });
    return this.refreshing;
  }

  private async fetch(): Promise<void> {
    const answer = await this.session.http.contacts();
    const everyone = [...answer.contacts, ...answer.incoming, ...answer.outgoing, ...answer.blocked];
    const genuine = new Set<number>();
    for (const person of everyone) {
      if (isStored(this.session.store, person) || (await hasSignedBoxKey(person))) genuine.add(person.account_id);
    }
    this.session.store.write((tx) => this.takeIn(tx, answer, genuine));
    await this.people.sortByPinyin();
  }

  private takeIn(tx: Tx, answer: WireContacts, genuine: Set<number>): void {
    const known = (person: WirePerson) => genuine.has(person.account_id);
    const friends = answer.contacts.filter(known);
    const ids = new Set(friends.map((person) => person.account_id));
    for (const row of tx.all("SELECT account FROM person WHERE friend = 1")) {
      const account = integer(row, "account");
      if (!ids.has(account)) this.unfriended(tx, account);
    }
    for (const person of friends) this.befriended(tx, person, person.since_ms, person.greeting ?? null);
    tx.run("UPDATE person SET blocked = 0 WHERE blocked = 1");
    for (const person of answer.blocked.filter(known)) {
      this.store(tx, person);
      tx.run("UPDATE person SET blocked = 1 WHERE account = ?", [person.account_id]);
    }
    const waiting = [
      ...answer.incoming.filter(known).map((person) => ({ person, direction: "in", greeting: person.greeting })),
      ...answer.outgoing.filter(known).map((person) => ({ person, direction: "out", greeting: "" })),
    ];
    tx.run("UPDATE request SET state = 'gone' WHERE state = 'waiting'");
    for (const { person, direction, greeting } of waiting) {
      this.store(tx, person);
      tx.run(
        `INSERT INTO request (account, direction, greeting, at_ms, state) VALUES (?, ?, ?, ?, 'waiting')
         ON CONFLICT (account, direction) DO UPDATE SET state = 'waiting', at_ms = excluded.at_ms,
         greeting = CASE excluded.greeting WHEN '' THEN greeting ELSE excluded.greeting END`,
        [person.account_id, direction, this.readGreeting(greeting, person), person.at_ms],
      );
    }
    tx.run("DELETE FROM request WHERE state = 'gone'");
    for (const topic of ["requests", "contacts", "chats"]) tx.touch(topic);
  }

  private readGreeting(sealed: string, person: WirePerson): string {
    if (sealed === "") return "";
    const greeting = openGreeting(this.session.account.boxPrivateKey, fromBase64(sealed));
    if (greeting === null || !equal(greeting.accountKey, fromBase64(person.account_key))) return "";
    return greeting.text;
  }

  /** Stores a person as the directory shows her; her account key is pinned. */
  store(tx: Tx, person: WirePerson): void {
    if (isStored(tx, person)) return;
    this.directory.pin(tx, person.account_id, person.name, fromBase64(person.account_key));
    tx.run("UPDATE person SET name = ?, box_key = ? WHERE account = ?", [
      person.name,
      fromBase64(person.box_key),
      person.account_id,
    ]);
    touchPerson(tx, person.account_id);
  }

  private unfriended(tx: Tx, account: number): void {
    tx.run("UPDATE person SET friend = 0 WHERE account = ?", [account]);
    touchPerson(tx, account);
  }

  /** The two are friends: the chat appears on both sides with one line that says so. */
  private befriended(tx: Tx, person: WirePerson, sinceMs: number, greeting: string | null): void {
    const account = person.account_id;
    const before = findPerson(tx, account);
    this.store(tx, person);
    if (greeting !== null) this.verifyByProof(tx, account, fromBase64(person.account_key), greeting);
    if (before?.friend === true) return;
    tx.run("UPDATE person SET friend = 1 WHERE account = ?", [account]);
    tx.run("UPDATE request SET state = 'accepted' WHERE account = ?", [account]);
    const groupId = this.session.directGroupId(fromBase64(person.account_key));
    const chat = directChatId(account);
    this.chats.ensure(tx, { id: chat, groupId, person: account, name: "" });
    const event = { what: "became_friends" as const, actor: account, people: [account], name: "" };
    const id = digest("friends event", u64(account), u64(sinceMs));
    this.chats.event(tx, chat, event, sinceMs, id, { late: true });
    const conversation = this.conversations.find(groupId);
    if (conversation?.status === "gone") this.conversations.setStatus(tx, groupId, "broken");
  }

  /** She came with my invitation and proves it: verified without a further step [CT2]. */
  private verifyByProof(tx: Tx, account: number, accountKey: Uint8Array, sealed: string): void {
    const greeted = tx.one("SELECT greeted FROM person WHERE account = ?", [account]);
    if (greeted !== undefined && integer(greeted, "greeted") === 1) return;
    if (this.opened.has(sealed)) return;
    this.opened.add(sealed);
    const greeting = openGreeting(this.session.account.boxPrivateKey, fromBase64(sealed));
    const proof = greeting?.proof;
    if (greeting === null || !proof || !equal(greeting.accountKey, accountKey)) return;
    const mine = this.session.account.accountKey;
    const holds = tx
      .all("SELECT secret FROM invitation")
      .some((row) => proofHolds(proof, blob(row, "secret"), accountKey, mine));
    if (!holds) return;
    tx.run("UPDATE person SET verified = 1, greeted = 1 WHERE account = ?", [account]);
    touchPerson(tx, account);
  }

  requests(): FriendRequest[] {
    const rows = this.session.store.all(
      "SELECT r.*, p.* FROM request r JOIN person p USING (account) WHERE p.blocked = 0 ORDER BY r.at_ms DESC",
    );
    return rows.map((row) => ({
      person: toPerson(row),
      greeting: text(row, "greeting"),
      atMs: integer(row, "at_ms"),
      direction: text(row, "direction") === "in" ? "in" : "out",
      state: text(row, "state") as FriendRequest["state"],
    }));
  }

  /** Throws CoreError person_unknown when nobody has this name, or the server shows a forged key. */
  async find(name: string): Promise<number> {
    const [local = ""] = name.trim().replace(/^@/, "").split("@");
    const person = await this.session.http.person(local).catch((error: unknown) => {
      throw error instanceof CoreError ? error : new CoreError("person_unknown");
    });
    await this.meet(person);
    return person.account_id;
  }

  /** Whose code it is: she need not be found by name. Throws CoreError invitation_unknown. */
  async meetInviter(look: InvitationLook): Promise<number> {
    const { kind, inviter_id, inviter_name, inviter_account_key, inviter_box_key, inviter_box_signature } = look;
    const whole = inviter_id && inviter_name && inviter_account_key && inviter_box_key && inviter_box_signature;
    if (kind !== "friend" || !whole) throw new CoreError("invitation_unknown");
    await this.meet({
      account_id: inviter_id,
      name: inviter_name,
      account_key: inviter_account_key,
      box_key: inviter_box_key,
      box_signature: inviter_box_signature,
    });
    return inviter_id;
  }

  private async meet(person: WirePerson): Promise<void> {
    if (!(await hasSignedBoxKey(person))) throw new CoreError("person_unknown");
    this.session.store.write((tx) => this.store(tx, person));
    await this.people.sortByPinyin();
  }

  /** Asks for a friendship; with a friend's code the two are friends at once and verified. */
  async request(
    account: number,
    greetingText: string,
    invitation: Invitation | null,
  ): Promise<"requested" | "friends"> {
    let person = findPerson(this.session.store, account);
    if (person?.boxKey === null) {
      // Met in a group; no greeting can be sealed to her yet.
      await this.find(person.name);
      person = findPerson(this.session.store, account);
    }
    if (person === null || person.boxKey === null) throw new CoreError("person_unknown");
    const { accountKey } = this.session.account;
    const secret = invitation?.secret ?? null;
    const greeting = sealGreeting(person.boxKey, {
      text: greetingText,
      name: this.ownName(),
      accountKey,
      proof: secret === null ? null : invitationProof(secret, accountKey, person.accountKey),
    });
    const { state } = await this.session.http.requestFriend(account, greeting, invitation?.token ?? null);
    const now = Math.round(this.session.clock.now());
    this.session.store.write((tx) => {
      if (invitation !== null && invitation.fingerprint === fingerprint(person.accountKey)) {
        this.people.setVerified(tx, account, true);
      }
      tx.run(`INSERT OR REPLACE INTO request (account, direction, greeting, at_ms, state) VALUES (?, 'out', ?, ?, ?)`, [
        account,
        greetingText,
        now,
        state === "friends" ? "accepted" : "waiting",
      ]);
      tx.touch("requests");
    });
    await this.refresh();
    if (state === "friends") this.openDirect(account);
    return state;
  }

  private ownName(): string {
    return findPerson(this.session.store, this.session.accountId)?.name ?? "";
  }

  async accept(account: number): Promise<string> {
    await this.session.http.acceptFriend(account);
    await this.refresh();
    return this.openDirect(account);
  }

  async decline(account: number): Promise<void> {
    await this.session.http.declineFriend(account);
    this.session.store.write((tx) => {
      tx.run("UPDATE request SET state = 'declined' WHERE account = ? AND direction = 'in'", [account]);
      tx.touch("requests");
    });
  }

  /** The group of the chat with a friend, which is made if there is none. */
  directGroup(account: number): Uint8Array {
    this.openDirect(account);
    const person = findPerson(this.session.store, account);
    if (person === null) throw new CoreError("person_unknown");
    return this.session.directGroupId(person.accountKey);
  }

  /** The chat with one person; its group is made when it is not there yet. */
  openDirect(account: number): string {
    const person = findPerson(this.session.store, account);
    if (person === null) throw new CoreError("person_unknown");
    const groupId = this.session.directGroupId(person.accountKey);
    const id = directChatId(account);
    this.session.store.write((tx) => {
      const conversation = this.conversations.ensure(tx, groupId, "wanted");
      this.chats.ensure(tx, { id, groupId, person: account, name: "" });
      if (conversation.status === "gone" && person.friend) this.conversations.setStatus(tx, groupId, "broken");
      if (conversation.status === "wanted") this.commits.wish(tx, groupId, { what: "add", account });
    });
    void this.commits.reconcile(groupId);
    return id;
  }

  /** A friend invitation for my QR; the same one as long as it is not used up and lives two days more. */
  async myCode(): Promise<{ link: string; expiresAtMs: number }> {
    const row = this.session.store.one(
      "SELECT * FROM invitation WHERE kind = 'friend' AND expires_at_ms > ? ORDER BY expires_at_ms DESC LIMIT 1",
      [Math.round(this.session.clock.now() + CODE_REUSED_BEFORE_END_MS)],
    );
    if (row !== undefined && (await this.isGood(text(row, "token")))) {
      const link = this.link(text(row, "token"), blob(row, "secret"));
      return { link, expiresAtMs: integer(row, "expires_at_ms") };
    }
    return this.invite("friend", CODE_USES, CODE_LIFETIME_S, false);
  }

  /** False when the server says that it is used up or withdrawn; offline it is taken for good. */
  private async isGood(token: string): Promise<boolean> {
    try {
      await this.session.http.look(token);
      return true;
    } catch (error) {
      if (error instanceof CoreError && !error.code.startsWith("invitation_")) return true;
      this.session.store.write((tx) => tx.run("UPDATE invitation SET expires_at_ms = 0 WHERE token = ?", [token]));
      return false;
    }
  }

  /** The server's owner lets people in. */
  invitation(uses: number, days: number, careMode: boolean): Promise<{ link: string; expiresAtMs: number }> {
    return this.invite("member", uses, days * DAY_S, careMode);
  }

  private async invite(kind: "friend" | "member", uses: number, lifetimeS: number, careMode: boolean) {
    const made = await this.session.http.invite(kind, uses, lifetimeS, careMode);
    const secret = random(16);
    this.session.store.write((tx) =>
      tx.run("INSERT INTO invitation (token, secret, kind, expires_at_ms) VALUES (?, ?, ?, ?)", [
        made.token,
        secret,
        kind,
        made.expires_at_ms,
      ]),
    );
    return { link: this.link(made.token, secret), expiresAtMs: made.expires_at_ms };
  }

  private link(token: string, secret: Uint8Array): string {
    const print = fingerprint(this.session.account.accountKey);
    return `${this.session.platform.origin}/i#${token}.${base64url(secret)}.${print}`;
  }
}

/** As she is stored she was found genuine. */
function isStored(reader: Reader, { account_id, name, account_key, box_key }: WirePerson): boolean {
  const stored = findPerson(reader, account_id);
  if (stored === null || stored.boxKey === null || stored.name !== name) return false;
  return equal(stored.boxKey, fromBase64(box_key)) && equal(stored.accountKey, fromBase64(account_key));
}

export function hasSignedBoxKey(person: WirePerson): Promise<boolean> {
  return boxKeyIsSigned(fromBase64(person.account_key), fromBase64(person.box_key), fromBase64(person.box_signature));
}
