import type { Connection } from "./api.ts";
import { Backups } from "./backup/backups.ts";
import { Acts } from "./chats/acts.ts";
import { Chats } from "./chats/chats.ts";
import { Receive } from "./chats/receive.ts";
import { Sending } from "./chats/sending.ts";
import { Signs } from "./chats/signs.ts";
import { Contacts } from "./contacts/contacts.ts";
import { People } from "./contacts/people.ts";
import { Profiles } from "./contacts/profiles.ts";
import { Directory } from "./devices/directory.ts";
import { History } from "./devices/history.ts";
import { OwnDevices } from "./devices/own_devices.ts";
import { Sync } from "./devices/sync.ts";
import { Favourites } from "./favourites/favourites.ts";
import { Giving } from "./following/giving.ts";
import { Keepsakes } from "./following/keepsakes.ts";
import { Taking } from "./following/taking.ts";
import { Admission } from "./groups/admission.ts";
import { Commits } from "./groups/commits.ts";
import { Conversations } from "./groups/conversations.ts";
import { Details } from "./groups/details.ts";
import { Groups } from "./groups/groups.ts";
import { HandingOver } from "./groups/handing_over.ts";
import { Nicknames } from "./groups/nicknames.ts";
import { Rosters } from "./groups/roster.ts";
import { Ruling } from "./groups/ruling.ts";
import { Standings } from "./groups/standings.ts";
import { TakingOver } from "./groups/taking_over.ts";
import { Words } from "./groups/words.ts";
import { Counters } from "./healing/counters.ts";
import { Rejoin } from "./healing/rejoin.ts";
import { Resend } from "./healing/resend.ts";
import { Restored } from "./healing/restored.ts";
import { Help } from "./help/help.ts";
import { Media } from "./media/media.ts";
import { SpaceKeeper } from "./media/space.ts";
import { KeyPackages } from "./mls/key_packages.ts";
import { States } from "./mls/states.ts";
import { type Ready, RefusedCode, type ServerFrame, type Verdict } from "./protocol/frames.ts";
import { Push } from "./push/push.ts";
import { SearchIndex } from "./search/index.ts";
import type { Search } from "./search/search.ts";
import type { Session } from "./session.ts";
import { Stickers } from "./stickers/stickers.ts";
import * as meta from "./store/meta.ts";
import { Intake } from "./sync/intake.ts";
import { Link } from "./sync/link.ts";
import { Outbox } from "./sync/outbox.ts";
import { Tending } from "./sync/tending.ts";
import { Transfer } from "./transfer/transfer.ts";
import { Cards } from "./wallet/cards.ts";
import { Gifts } from "./wallet/gifts.ts";
import { Wallet } from "./wallet/wallet.ts";
import { connectParts } from "./wiring.ts";

const VERDICT_RETRY_MS = 2_000;

/** The core of one signed-in device: every part, built in order, and what the server's frames set in motion. */
export class Engine {
  readonly link: Link;
  readonly directory: Directory;
  readonly states: States;
  readonly conversations: Conversations;
  readonly chats: Chats;
  readonly people: People;
  readonly profiles: Profiles;
  readonly space: SpaceKeeper;
  readonly outbox: Outbox;
  readonly rosters: Rosters;
  readonly standings: Standings;
  readonly commits: Commits;
  readonly words: Words;
  readonly admission: Admission;
  readonly keyPackages: KeyPackages;
  readonly intake: Intake;
  readonly counters: Counters;
  readonly receive: Receive;
  readonly resend: Resend;
  readonly rejoin: Rejoin;
  readonly restored: Restored;
  readonly contacts: Contacts;
  readonly sync: Sync;
  readonly history: History;
  readonly ownDevices: OwnDevices;
  readonly handingOver: HandingOver;
  readonly takingOver: TakingOver;
  readonly groups: Groups;
  readonly nicknames: Nicknames;
  readonly ruling: Ruling;
  readonly details: Details;
  readonly sending: Sending;
  readonly media: Media;
  readonly stickers: Stickers;
  readonly acts: Acts;
  readonly searchIndex: SearchIndex;
  readonly push: Push;
  readonly backups: Backups;
  readonly favourites: Favourites;
  readonly giving: Giving;
  readonly taking: Taking;
  readonly signs: Signs;
  readonly help: Help;
  readonly transfer: Transfer;
  readonly cards: Cards;
  readonly wallet: Wallet;
  readonly gifts: Gifts;
  readonly tending: Tending;
  serverFull = false;
  private clockOffset = 0;
  onSignedOut: () => void = () => {};
  onSuspended: (suspended: boolean) => void = () => {};
  onConnection: () => void = () => {};

  constructor(readonly session: Session) {
    const { platform, clock } = session;
    this.link = new Link(platform, clock, {
      hello: () => ({ token: session.http.token, cursor: this.intake.cursor }),
      ready: (frame) => this.ready(frame),
      received: (frame) => this.received(frame),
      stateChanged: () => this.linkChanged(),
      signedOut: () => this.onSignedOut(),
    });
    this.directory = new Directory(session);
    this.states = new States(session, (key) => this.directory.isCertified(key));
    this.conversations = new Conversations(session, this.directory);
    this.chats = new Chats(session);
    this.people = new People(session);
    this.standings = new Standings(session, this.directory, this.conversations);
    this.outbox = new Outbox(session, this.states, this.conversations, this.chats, this.link);
    this.rosters = new Rosters(session, this.chats, this.conversations);
    this.commits = new Commits(
      session,
      this.states,
      this.directory,
      this.conversations,
      this.rosters,
      this.outbox,
      this.link,
      this.standings,
    );
    this.admission = new Admission(session, this.states, this.standings, this.conversations, this.commits);
    this.words = new Words(session, this.states, this.standings, this.outbox);
    this.keyPackages = new KeyPackages(session);
    this.intake = new Intake(
      session,
      this.states,
      this.directory,
      this.conversations,
      this.rosters,
      this.commits,
      this.keyPackages,
      this.standings,
    );
    this.counters = new Counters(session);
    this.receive = new Receive(session, this.conversations, this.chats, this.rosters, this.counters);
    this.resend = new Resend(session, this.conversations, this.chats, this.counters, this.outbox, this.receive);
    this.rejoin = new Rejoin(
      session,
      this.states,
      this.directory,
      this.conversations,
      this.commits,
      this.outbox,
      this.link,
    );
    this.restored = new Restored(session, this.states, this.outbox);
    this.contacts = new Contacts(session, this.directory, this.people, this.chats, this.conversations, this.commits);
    this.space = new SpaceKeeper(session, this.chats);
    this.profiles = new Profiles(session, this.outbox, () => !this.sync.isAlone);
    this.sync = new Sync(session, this.states, this.outbox, this.chats, this.people);
    this.history = new History(session, this.outbox, this.chats, this.people);
    this.ownDevices = new OwnDevices(session, this.states, this.directory, this.commits, this.history);
    this.handingOver = new HandingOver(session, this.chats, this.outbox);
    this.takingOver = new TakingOver(session, this.chats, this.standings);
    this.groups = new Groups(
      session,
      this.chats,
      this.conversations,
      this.commits,
      this.outbox,
      this.sync,
      this.states,
      this.standings,
      this.handingOver,
    );
    this.nicknames = new Nicknames(session, this.standings, this.outbox);
    this.ruling = new Ruling(session, this.groups, this.nicknames, this.admission);
    this.details = new Details(session, this.chats, this.standings, this.admission);
    this.sending = new Sending(session, this.states, this.conversations, this.chats, this.contacts, this.outbox);
    this.media = new Media(session, this.conversations, this.states, this.chats, this.sending, this.outbox);
    this.stickers = new Stickers(session, this.media, this.outbox, this.sync);
    this.acts = new Acts(session, this.chats, this.sending, this.media);
    this.searchIndex = new SearchIndex(session);
    this.push = new Push(session);
    this.backups = new Backups(session, this.outbox, () => this.ownDevices.ids());
    this.favourites = new Favourites(session, this.chats, this.sending, this.outbox, this.sync, this.media);
    this.media.isKept = (name) => this.favourites.files.owns(name);
    const keepsakes = new Keepsakes(this.stickers, this.favourites.files);
    this.giving = new Giving(session, this.states, this.outbox, keepsakes);
    this.taking = new Taking(session, this.outbox, keepsakes, () => this.sync.isAlone);
    this.favourites.files.bring = (name, bytes) => this.taking.bring(name, bytes);
    this.favourites.elsewhere = (name) => this.taking.progress(name);
    this.signs = new Signs(session, this.states, this.conversations, this.chats, this.sending, this.outbox, this.sync);
    this.help = new Help(session, this.conversations, this.sending, this.outbox);
    this.transfer = new Transfer(session, this.chats);
    this.cards = new Cards(session, this.sending);
    this.wallet = new Wallet(session, this.cards);
    this.gifts = new Gifts(session, this.sending, this.wallet, this.cards);
    this.tending = new Tending(this);
    connectParts(this);
  }

  start(): void {
    this.session.store.write((tx) => {
      this.conversations.ensure(tx, this.session.selfGroupId, "wanted");
    });
    this.media.start();
    this.link.start();
    this.tending.expire();
    this.searchIndex.start();
  }

  /** What finds things arrives when something is looked for. */
  async search(): Promise<Search> {
    const { Search } = await import("./search/search.ts");
    return new Search(this.session, this.chats);
  }

  /** Lets go: what was begun is finished, nothing new begins. */
  async stop(): Promise<void> {
    this.tending.end();
    this.backups.stop();
    this.searchIndex.stop();
    this.media.end();
    this.handingOver.end();
    this.takingOver.end();
    this.giving.end();
    this.taking.end();
    this.signs.end();
    this.link.stop();
    await this.session.turn.idle();
  }

  connection(): Connection {
    return {
      state: this.link.state,
      catchingUp: this.link.ready ? this.intake.progress : null,
      waiting: this.outbox.waiting() + this.media.waiting(),
      clockOffByMs: Math.round(this.clockOffset),
      storageFull: this.intake.storageFull ? "here" : this.serverFull ? "server" : "none",
    };
  }

  private ready(frame: Ready): void {
    this.clockOffset = this.session.clock.offsetMs;
    this.onSuspended(false);
    this.intake.reset(frame.newest);
    const begun = this.session.turn.run(async () => {
      this.session.store.write((tx) => {
        meta.put(tx, "clock_offset_ms", this.session.clock.offsetMs);
        if (frame.lastNo >= meta.number(tx, "next_no")) meta.put(tx, "next_no", frame.lastNo + 1);
      });
      if (this.intake.cursor < frame.acked) this.restored.startOver(frame.acked);
      this.outbox.resumeUnanswered();
      this.commits.resumePending();
      this.tending.connected();
      this.backups.connected();
    });
    // Without room for one number nothing can be sent; the connection comes back when there may be.
    begun.catch(() => this.link.restart());
  }

  private linkChanged(): void {
    if (!this.link.ready) {
      this.outbox.disconnected();
      this.tending.stop();
    }
    this.onConnection();
  }

  private received(frame: Exclude<ServerFrame, Ready>): void {
    switch (frame.frame) {
      case "verdict":
        this.decide(frame);
        break;
      case "mail":
        this.intake.push(frame.envelopes);
        break;
      case "notice":
        this.tending.noticed(frame.topic);
        break;
      case "refused":
        if (frame.code === RefusedCode.suspended) this.onSuspended(true);
        break;
      case "pong":
        break;
    }
  }

  /** A verdict that cannot be stored now (the disk is full) is not lost: it is taken again. */
  private decide(verdict: Verdict): void {
    const decided = this.session.turn.run(async () => {
      if (!this.outbox.verdict(verdict)) this.commits.verdict(verdict);
    });
    decided.then(
      () => {
        this.intake.wake();
        this.tending.soon();
      },
      () => this.session.platform.later(VERDICT_RETRY_MS, () => this.link.ready && this.decide(verdict)),
    );
  }
}
