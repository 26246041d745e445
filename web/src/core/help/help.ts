import { type ChatId, CoreError, type HelpLayout, type HelpProposal, type HelpSetting, type HelpView } from "../api.ts";
import { base64, equal, random } from "../bytes.ts";
import { directChatId } from "../chats/chats.ts";
import type { Sending } from "../chats/sending.ts";
import { shownName } from "../contacts/people.ts";
import {
  type HelpSignal,
  type HelpTold,
  helpBody,
  layoutOf,
  PROPOSALS_MAX,
  SESSION_BYTES,
  settingOf,
} from "../content/help.ts";
import type { Conversations } from "../groups/conversations.ts";
import type { Session } from "../session.ts";
import { blob, integer, type Reader, type Row, type Tx, text, textOrNull } from "../store/store.ts";
import type { Outbox } from "../sync/outbox.ts";

/**
 * A friend helps with the settings from afar [HP1]–[HP3]. She who wants help asks; the friend sees which of a fixed
 * list of things are so on her device and proposes others; nothing changes without her, unless she said otherwise.
 */

const SESSION_MS = 30 * 60_000;
const LAYOUT_EVERY_MS = 1_000;

interface From {
  sender: number;
  atMs: number;
  late: boolean;
}

export class Help {
  constructor(
    private readonly session: Session,
    private readonly conversations: Conversations,
    private readonly sending: Sending,
    private readonly outbox: Outbox,
  ) {}

  /** Asks the friend of this chat; a request made before, of anybody, ends. Throws CoreError: no_consent. */
  async ask(chat: ChatId): Promise<void> {
    const account = accountOf(chat);
    const session = random(SESSION_BYTES);
    this.sending.open(chat);
    for (const row of this.rows("helped = 1")) await this.finish(row);
    this.session.store.write((tx) => this.begin(tx, account, session, true, this.now()));
    const carried = { detail: { kind: "help" as const, session: base64(session) }, thumb: null };
    await this.sending.send(chat, { text: "", carried, quote: null, mentions: [] });
  }

  /** The helper is there: from now on she is told. */
  async join(chat: ChatId): Promise<void> {
    const row = this.require(accountOf(chat), false);
    await this.tell(row, { what: "join" });
  }

  async propose(chat: ChatId, setting: HelpSetting, value: string): Promise<void> {
    const account = accountOf(chat);
    const row = this.require(account, false);
    const wanted = settingOf(setting, value);
    const last = this.session.store.one("SELECT max(no) AS no FROM help_proposal WHERE account = ?", [account]);
    const no = Number(last?.["no"] ?? 0) + 1;
    if (wanted === null || no > PROPOSALS_MAX) throw new CoreError("unexpected");
    await this.tell(row, { what: "propose", no, ...wanted }, (tx) => this.note(tx, account, no, wanted.setting, value));
  }

  /** She who is helped has said yes or no; what was agreed has been done already. */
  async answer(no: number, agreed: boolean): Promise<void> {
    const [row] = this.rows("helped = 1");
    if (row === undefined) return;
    const account = integer(row, "account");
    if (this.waiting(this.session.store, account, no) === undefined) return;
    await this.tell(row, { what: "answer", no, agreed }, (tx) => this.settle(tx, account, no, agreed));
  }

  /** What the app shows now, in the words of the list; told to the helper once she is there. */
  show(layout: HelpLayout): void {
    const known = JSON.stringify(layoutOf((field) => layout[field]));
    this.session.store.write((tx) =>
      tx.run("UPDATE help SET layout = ? WHERE helped = 1 AND layout IS NOT ?", [known, known]),
    );
  }

  async end(chat: ChatId): Promise<void> {
    for (const row of this.rows("account = ?", [accountOf(chat)])) await this.finish(row);
  }

  allow(account: number, always: boolean): void {
    this.session.store.write((tx) => {
      if (always) tx.run("INSERT OR IGNORE INTO helper (account) VALUES (?)", [account]);
      else tx.run("DELETE FROM helper WHERE account = ?", [account]);
      tx.touch("help");
    });
  }

  /** Queues the layout where a helper waits for it. Call in a turn. */
  tend(): boolean {
    const due = this.rows("helped = 1 AND joined = 1 AND layout IS NOT NULL AND layout IS NOT sent AND sent_ms <= ?", [
      this.now() - LAYOUT_EVERY_MS,
    ]);
    for (const row of due) {
      const groupId = this.conversations.ofChat(directChatId(integer(row, "account")))?.groupId;
      if (groupId === undefined || !this.outbox.canSendNow(groupId)) continue;
      const shown = text(row, "layout");
      const signal: HelpSignal = { what: "layout", layout: JSON.parse(shown) as HelpLayout };
      this.session.store.write((tx) => {
        this.outbox.say(tx, groupId, helpBody({ session: blob(row, "session"), signal }));
        tx.run("UPDATE help SET sent = ?, sent_ms = ? WHERE account = ?", [shown, this.now(), integer(row, "account")]);
      });
    }
    return due.length > 0;
  }

  /** Sessions that have had their time. */
  expire(tx: Tx, now: number): void {
    for (const row of tx.all("SELECT * FROM help WHERE until_ms <= ?", [now])) this.forget(tx, row);
  }

  hasExpired(now: number): boolean {
    return this.session.store.one("SELECT 1 FROM help WHERE until_ms <= ?", [now]) !== undefined;
  }

  /** A friend asks this account for help. */
  asked(tx: Tx, { sender, atMs, late }: From, session: Uint8Array): void {
    if (late || sender === this.session.accountId || atMs + SESSION_MS <= this.now()) return;
    const row = tx.one("SELECT * FROM help WHERE account = ?", [sender]);
    if (row !== undefined && integer(row, "helped") === 1) return; // she is the one who helps here
    this.begin(tx, sender, session, false, atMs);
  }

  /** Only within an open session, and only from the one it is with. */
  takeIn(tx: Tx, { sender, late }: From, { session, signal }: HelpTold): void {
    const row = tx.one("SELECT * FROM help WHERE account = ? AND until_ms > ?", [sender, this.now()]);
    if (late || row === undefined || !equal(blob(row, "session"), session)) return;
    const helped = integer(row, "helped") === 1;
    switch (signal.what) {
      case "join":
        if (helped) tx.run("UPDATE help SET joined = 1, sent = NULL WHERE account = ?", [sender]);
        break;
      case "layout":
        if (!helped)
          tx.run("UPDATE help SET joined = 1, layout = ? WHERE account = ?", [JSON.stringify(signal.layout), sender]);
        break;
      case "propose":
        if (helped) this.note(tx, sender, signal.no, signal.setting, signal.value);
        break;
      case "answer":
        if (!helped) this.settle(tx, sender, signal.no, signal.agreed);
        break;
      case "end":
        this.forget(tx, row);
        break;
    }
    tx.touch("help");
  }

  /** The session with this friend, whoever of the two is helped. */
  with(chat: ChatId): HelpView | null {
    const [row] = this.rows("account = ?", [accountOf(chat)]);
    return row === undefined ? null : this.view(row);
  }

  /** The session in which this device is helped. */
  helped(): HelpView | null {
    const [row] = this.rows("helped = 1");
    return row === undefined ? null : this.view(row);
  }

  private view(row: Row): HelpView {
    const { store } = this.session;
    const account = integer(row, "account");
    const layout = textOrNull(row, "layout");
    return {
      request: base64(blob(row, "session")),
      chat: directChatId(account),
      person: String(account),
      name: shownName(store, account),
      helped: integer(row, "helped") === 1,
      joined: integer(row, "joined") === 1,
      untilMs: integer(row, "until_ms"),
      layout: layout === null ? null : (JSON.parse(layout) as HelpLayout),
      always: store.one("SELECT 1 FROM helper WHERE account = ?", [account]) !== undefined,
      proposals: store.all("SELECT * FROM help_proposal WHERE account = ? ORDER BY no", [account]).map(proposalOf),
    };
  }

  private rows(where: string, parameters: (string | number)[] = []): Row[] {
    return this.session.store.all(`SELECT * FROM help WHERE until_ms > ? AND ${where}`, [this.now(), ...parameters]);
  }

  private require(account: number, helped: boolean): Row {
    const [row] = this.rows("account = ? AND helped = ?", [account, Number(helped)]);
    if (row === undefined) throw new CoreError("help_over");
    return row;
  }

  private begin(tx: Tx, account: number, session: Uint8Array, helped: boolean, atMs: number): void {
    tx.run("DELETE FROM help_proposal WHERE account = ?", [account]);
    tx.run("INSERT OR REPLACE INTO help (account, session, helped, until_ms) VALUES (?, ?, ?, ?)", [
      account,
      session,
      Number(helped),
      atMs + SESSION_MS,
    ]);
    tx.touch("help");
  }

  private note(tx: Tx, account: number, no: number, setting: HelpSetting, value: string): void {
    tx.run("INSERT OR IGNORE INTO help_proposal (account, no, setting, value, state) VALUES (?, ?, ?, ?, 'waiting')", [
      account,
      no,
      setting,
      value,
    ]);
    tx.touch("help");
  }

  private waiting(reader: Reader, account: number, no: number): Row | undefined {
    return reader.one("SELECT * FROM help_proposal WHERE account = ? AND no = ? AND state = 'waiting'", [account, no]);
  }

  private settle(tx: Tx, account: number, no: number, agreed: boolean): void {
    tx.run("UPDATE help_proposal SET state = ? WHERE account = ? AND no = ? AND state = 'waiting'", [
      agreed ? "agreed" : "refused",
      account,
      no,
    ]);
    tx.touch("help");
  }

  private async tell(row: Row, signal: HelpSignal, stored: (tx: Tx) => void = () => {}): Promise<void> {
    const chat = directChatId(integer(row, "account"));
    await this.sending.tell(chat, helpBody({ session: blob(row, "session"), signal }), {}, stored);
  }

  private async finish(row: Row): Promise<void> {
    await this.tell(row, { what: "end" }, (tx) => this.forget(tx, row));
  }

  private forget(tx: Tx, row: Row): void {
    const account = integer(row, "account");
    tx.run("DELETE FROM help WHERE account = ?", [account]);
    tx.run("DELETE FROM help_proposal WHERE account = ?", [account]);
    tx.touch("help");
  }

  private now(): number {
    return Math.round(this.session.clock.now());
  }
}

/** Help is between two: groups and strangers have none. */
function accountOf(chat: ChatId): number {
  if (!chat.startsWith("d:")) throw new CoreError("unexpected");
  return Number(chat.slice(2));
}

function proposalOf(row: Row): HelpProposal {
  return {
    no: integer(row, "no"),
    setting: text(row, "setting") as HelpSetting,
    value: text(row, "value"),
    state: text(row, "state") as HelpProposal["state"],
  };
}
