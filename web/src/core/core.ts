import { type Commands, type Core, CoreError, type Stage, type Watches } from "./api.ts";
import { ServerClock } from "./clock.ts";
import { type Handlers, handlersOf } from "./commands.ts";
import { Engine } from "./engine.ts";
import { Http, NotThere } from "./http.ts";
import { Onboarding } from "./onboarding.ts";
import { Ownership } from "./ownership/ownership.ts";
import type { Platform } from "./platform.ts";
import { restoreSession } from "./session.ts";
import * as meta from "./store/meta.ts";
import { type Store, StoreFull } from "./store/store.ts";
import { Changes } from "./sync/changes.ts";
import { answerOf, concerns } from "./watches.ts";

/** The core as the app sees it: one store, at most one account, commands and watches of api.ts. */

export interface Storage {
  store: Store;
  /** Erases everything and opens an empty store in its place. */
  erase(): Promise<Store>;
}

export class HongyanCore implements Core {
  readonly changes = new Changes();
  readonly http: Http;
  readonly ownership: Ownership;
  readonly clock: ServerClock;
  onboarding: Onboarding;
  engine: Engine | null = null;
  private current: Stage = { stage: "starting" };
  private readonly handlers: Handlers;
  private farewell: "device_removed" | "account_deleted" | null = "device_removed";

  constructor(
    readonly platform: Platform,
    private readonly storage: Storage,
  ) {
    this.http = new Http(platform);
    this.ownership = new Ownership(this.http);
    this.clock = new ServerClock(platform);
    this.onboarding = new Onboarding(platform, storage.store, this.http, this.clock);
    this.handlers = handlersOf(this);
    this.watchStore();
  }

  get store(): Store {
    return this.storage.store;
  }

  get stage(): Stage {
    return this.current;
  }

  setStage(stage: Stage): void {
    this.current = stage;
    this.tell("stage");
  }

  private tell(topic: string): void {
    this.changes.tell(new Set([topic]));
  }

  private watchStore(): void {
    this.store.onCommit = (topics) => this.changes.tell(topics);
  }

  /** Goes where the store says: to the account that is in it, or to the door. */
  start(): void {
    const session = restoreSession(this.platform, this.store, this.http, this.clock);
    if (session === null) {
      this.setStage({ stage: "new" });
      this.onboarding.returning.onChange = () => this.tell("returning");
      this.onboarding.returning.resume(() => this.start());
      return;
    }
    const engine = new Engine(session);
    engine.onConnection = () => this.tell("connection");
    engine.onSignedOut = () => void this.signedOut();
    engine.onSuspended = (suspended) => this.suspended(suspended);
    this.http.onSignedOut = () => void this.signedOut();
    this.http.onSuspended = () => this.suspended(true);
    this.engine = engine;
    engine.start();
    this.setStage(this.stageOfAccount());
    void this.refreshMe();
  }

  me(): Extract<Stage, { stage: "ready" }>["me"] {
    const name = meta.words(this.store, "name");
    const { session } = this.requireEngine();
    return {
      id: String(session.accountId),
      name,
      address: `${name}@${meta.words(this.store, "domain")}`,
      fingerprint: session.fingerprint,
      isOwner: meta.flag(this.store, "is_owner"),
      hasPassword: meta.flag(this.store, "has_password"),
      careMode: meta.flag(this.store, "care_mode"),
    };
  }

  /** What the server knows of me and this device does not: a new device, or a change on another one. */
  async refreshMe(): Promise<void> {
    try {
      const me = await this.http.me();
      const before = JSON.stringify(this.me());
      this.store.write((tx) => {
        meta.put(tx, "name", me.name);
        meta.put(tx, "is_owner", me.is_owner);
        meta.put(tx, "has_password", me.has_password);
      });
      if (this.current.stage === "ready" && JSON.stringify(this.me()) !== before) {
        this.setStage({ stage: "ready", me: this.me() });
      }
    } catch {
      // Offline: what is stored is good enough, and the next start asks again.
    }
  }

  private stageOfAccount(): Stage {
    return meta.flag(this.store, "suspended") ? { stage: "suspended" } : { stage: "ready", me: this.me() };
  }

  /** Told by the server at each try to connect, and with each success that it is over [AD2]. */
  private suspended(suspended: boolean): void {
    if (this.engine === null || meta.flag(this.store, "suspended") === suspended) return;
    this.store.write((tx) => meta.put(tx, "suspended", suspended));
    this.setStage(this.stageOfAccount());
  }

  requireEngine(): Engine {
    if (this.engine === null) throw new CoreError("unexpected");
    return this.engine;
  }

  /** Ends this device by its own wish: the server may close the connection before it answers. */
  async depart(reason: "account_deleted" | null, work: () => Promise<unknown>): Promise<void> {
    this.farewell = reason;
    try {
      await work();
    } catch (error) {
      this.farewell = "device_removed";
      if (this.engine !== null) throw error;
    }
    await this.signedOut();
  }

  /** The device or account is no more: nothing of it stays here. */
  async signedOut(): Promise<void> {
    const reason = this.farewell;
    const engine = this.engine;
    if (engine === null) return;
    this.engine = null;
    this.farewell = "device_removed";
    this.http.onSignedOut = () => {};
    this.http.onSuspended = () => {};
    this.http.token = "";
    await engine.stop();
    this.storage.store = await this.storage.erase();
    await this.platform.files.clear();
    this.onboarding = new Onboarding(this.platform, this.store, this.http, this.clock);
    this.watchStore();
    this.setStage(reason === null ? { stage: "new" } : { stage: "signed_out", reason });
  }

  /** Finishes what runs and lets go of the network; the store is closed by its owner. */
  async stop(): Promise<void> {
    this.onboarding.stopLink();
    this.onboarding.returning.stop();
    const engine = this.engine;
    this.engine = null;
    await engine?.stop();
  }

  async call<K extends keyof Commands>(command: K, argument: Commands[K][0]): Promise<Commands[K][1]> {
    try {
      return await this.handlers[command](argument);
    } catch (error) {
      throw asCoreError(error);
    }
  }

  watch<K extends keyof Watches>(query: K, argument: Watches[K][0], seen: (answer: Watches[K][1]) => void): () => void {
    let last = "";
    let ended = false;
    let scheduled = false;
    const answer = () => {
      scheduled = false;
      if (ended) return;
      const value = answerOf(this, query, argument);
      const text = JSON.stringify(value);
      if (text === last) return;
      last = text;
      seen(value);
    };
    const unlisten = this.changes.listen((topics) => {
      if (scheduled || !concerns(query, argument, topics)) return;
      scheduled = true;
      queueMicrotask(answer);
    });
    answer();
    return () => {
      ended = true;
      unlisten();
    };
  }
}

function asCoreError(error: unknown): CoreError {
  if (error instanceof CoreError) return error;
  if (error instanceof StoreFull) return new CoreError("storage_full");
  if (error instanceof NotThere) return new CoreError("person_unknown");
  return new CoreError("unexpected");
}
