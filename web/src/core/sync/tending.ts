import { fromHex } from "../bytes.ts";
import type { Engine } from "../engine.ts";
import { NoticeTopic } from "../protocol/frames.ts";

/** What has to be looked after while there is a connection: due work every two seconds, and at once when told. */

const EVERY_MS = 2_000;
const DIRECTORY_EVERY_MS = 15 * 60_000;
const SENT_KEPT_MS = 30 * 86_400_000;
const DELETED_KEPT_MS = 90 * 86_400_000;
const STUCK_AFTER_MS = 8_000;
const DOUBT_MS = 3 * 60_000;
const REMOVAL_SPREAD_MS = 3_000;

export class Tending {
  private cancel: () => void = () => {};
  private cancelExpiry: () => void = () => {};
  private running = false;
  private again = false;
  private scheduled = false;
  private directoryDueMs = 0;
  private readonly stuckSince = new Map<string, number>();

  constructor(private readonly engine: Engine) {}

  /** After `ready`: fetch what may have changed while this device was away. */
  connected(): void {
    this.directoryDueMs = 0;
    this.prune();
    this.engine.media.uploads.hurry();
    this.engine.cards.hurry();
    this.background(() => this.engine.keyPackages.refill());
    // Friends first: a chat of two is known by its friend's key.
    this.background(async () => {
      await this.engine.contacts.refresh();
      await this.engine.groups.findMissing();
      this.soon();
    });
    this.background(() => this.engine.ownDevices.refresh());
    this.background(() => this.engine.wallet.connected());
    this.soon();
  }

  /** The connection ended: what needs one rests. */
  stop(): void {
    this.cancel();
  }

  /** The core ends. */
  end(): void {
    this.cancel();
    this.cancelExpiry();
  }

  noticed(topic: NoticeTopic): void {
    switch (topic) {
      case NoticeTopic.contacts:
        this.background(async () => {
          await this.engine.contacts.refresh();
          this.directoryDueMs = 0;
          this.soon();
        });
        break;
      case NoticeTopic.devices:
        this.background(() => this.engine.ownDevices.refresh());
        this.background(() => this.engine.backups.refresh());
        this.directoryDueMs = 0;
        break;
      case NoticeTopic.keyPackages:
        this.background(() => this.engine.keyPackages.refill());
        break;
      case NoticeTopic.wallet:
        this.background(() => this.engine.wallet.changed());
        break;
      case NoticeTopic.groups:
        this.findGroups();
        break;
    }
    this.soon();
  }

  /** Asks which groups there are for this account, and joins those that this device is not in. */
  findGroups(): void {
    this.background(async () => {
      await this.engine.groups.findMissing();
      this.soon();
    });
  }

  /** Runs what is due, right after the current work. */
  soon(): void {
    if (this.running) {
      this.again = true;
      return;
    }
    if (this.scheduled) return;
    this.scheduled = true;
    this.cancel();
    this.cancel = this.engine.session.platform.later(0, () => void this.run());
  }

  private background(work: () => Promise<unknown>): void {
    work().then(
      () => this.engine.onConnection(),
      () => undefined, // offline or refused: the next connection or notice asks again
    );
  }

  private async run(): Promise<void> {
    this.scheduled = false;
    if (!this.engine.link.ready || this.running) return;
    this.running = true;
    try {
      await this.once();
    } catch {
      // A full disk or a lost connection: the next round finds the same work.
    } finally {
      this.running = false;
    }
    if (!this.engine.link.ready) return;
    const again = this.again;
    this.again = false;
    if (again) this.soon();
    else this.cancel = this.engine.session.platform.later(EVERY_MS, () => void this.run());
  }

  private async once(): Promise<void> {
    const { engine } = this;
    await engine.outbox.flush();
    engine.media.tend();
    engine.cards.tend();
    engine.wallet.payCodes.tend();
    engine.handingOver.tend();
    engine.takingOver.tend();
    engine.giving.tend();
    engine.taking.tend();
    if (engine.intake.idle) {
      this.findStuck();
      await engine.rejoin.tend();
      await engine.commits.reconcileDue();
    }
    engine.standings.trustOld(DOUBT_MS);
    const queued = await engine.session.turn.run(async () => {
      const synced = engine.sync.tend();
      const helped = engine.help.tend();
      engine.ownDevices.keepPromises();
      const handed = engine.history.tend();
      const shown = engine.profiles.tend();
      const kept = engine.stickers.tend();
      return engine.resend.tendGaps() || synced || handed || shown || helped || kept;
    });
    if (queued) await engine.outbox.flush();
    await engine.groups.finishLeaving();
    await engine.push.tend();
    await engine.admission.askBack();
    if (engine.session.platform.now() >= this.directoryDueMs) await this.findRemoved();
    engine.backups.tend();
  }

  /** The server's epoch is ahead, all mail is in, and the commit between has not come: it is lost [HL2]. */
  private findStuck(): void {
    const { engine } = this;
    const now = engine.session.platform.now();
    const stuck = new Set<string>();
    for (const { key, epoch } of engine.outbox.stuckGroups()) {
      const groupId = fromHex(key);
      if ((engine.states.epochOf(groupId) ?? -1) >= epoch) continue;
      stuck.add(key);
      const since = this.stuckSince.get(key) ?? now;
      this.stuckSince.set(key, since);
      if (now - since < STUCK_AFTER_MS) continue;
      this.stuckSince.delete(key);
      const atMs = Math.round(engine.session.clock.now()) - STUCK_AFTER_MS;
      engine.session.store.write((tx) => engine.conversations.setBroken(tx, groupId, atMs));
    }
    for (const key of this.stuckSince.keys()) if (!stuck.has(key)) this.stuckSince.delete(key);
  }

  /** Leaves of devices that the server has removed go from every group; losing the race to do it is fine. */
  private async findRemoved(): Promise<void> {
    const { engine } = this;
    const { platform, store, accountId } = engine.session;
    this.directoryDueMs = platform.now() + DIRECTORY_EVERY_MS;
    const removed = await engine.ownDevices.findRemoved();
    for (const key of removed) {
      const mine = engine.directory.accountOf(key) === accountId;
      const putOut = () => {
        store.write((tx) => engine.ownDevices.putOut(tx, key));
        this.soon();
      };
      if (mine) putOut();
      else platform.later(REMOVAL_SPREAD_MS * platform.jitter(), () => engine.link.ready && putOut());
    }
    store.write((tx) => engine.groups.inviteBack(tx));
  }

  /** Takes away messages that have had their time, connected or not [CO7]. */
  expire(): void {
    const { session, chats, help } = this.engine;
    this.cancelExpiry = session.platform.later(EVERY_MS, () => this.expire());
    this.engine.media.tend();
    this.engine.wallet.payCodes.expire();
    const now = Math.round(session.clock.now());
    if (help.hasExpired(now)) session.store.write((tx) => help.expire(tx, now));
    if (session.store.one("SELECT 1 FROM message WHERE expires_at_ms <= ? LIMIT 1", [now]) === undefined) return;
    session.store.write((tx) => {
      for (const row of chats.amend.expired(tx, now)) chats.deleteMessage(tx, row);
    });
  }

  private prune(): void {
    const now = Math.round(this.engine.session.clock.now());
    this.engine.session.store.write((tx) => {
      tx.run("DELETE FROM sent WHERE sent_at_ms < ?", [now - SENT_KEPT_MS]);
      tx.run("DELETE FROM deleted WHERE at_ms < ?", [now - DELETED_KEPT_MS]);
      tx.run("DELETE FROM replacement WHERE at_ms < ?", [now - SENT_KEPT_MS]);
    });
  }
}
