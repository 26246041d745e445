import { type Commands, CoreError, type Stage, type Watches } from "./api.ts";
import { BrowserPlatform } from "./browser.ts";
import { HongyanCore } from "./core.ts";
import { Shortening, type ToPage, type ToWorker } from "./door.ts";
import { type DurableStore, NewerStore, openDurable } from "./store/open.ts";

/**
 * The worker's entry. One tab of the origin holds the core, by a Web Lock; another shows "elsewhere" and may ask
 * the holder to finish what it does and let go. The lock falls free by itself when a tab dies.
 */

const LOCK = "hongyan core";
const CHANNEL = "hongyan core";

interface Watch {
  query: keyof Watches;
  argument: unknown;
  stop: () => void;
}

const platform = new BrowserPlatform();
const channel = new BroadcastChannel(CHANNEL);
const watches = new Map<number, Watch>();
const shortening = new Shortening();
let core: HongyanCore | null = null;
let outside: Stage = { stage: "starting" };
let letGo: () => void = () => {};
let coreIsThere: () => void = () => {};
let whenThere = new Promise<void>((resolve) => {
  coreIsThere = resolve;
});

function post(message: ToPage): void {
  self.postMessage(message);
}

function setOutside(stage: Stage): void {
  outside = stage;
  for (const [id, watch] of watches) if (watch.query === "stage") post({ kind: "seen", id, value: stage });
}

function attach(id: number, watch: Watch): void {
  watch.stop();
  if (core === null) {
    if (watch.query === "stage") post({ kind: "seen", id, value: outside });
    return;
  }
  const argument = watch.argument as Watches[typeof watch.query][0];
  watch.stop = core.watch(watch.query, argument, (value) => {
    if (watch.query !== "messages" && watch.query !== "messagesAround") post({ kind: "seen", id, value });
    else {
      const { messages, ...rest } = value as Watches[typeof watch.query][1];
      post({ kind: "seen", id, value: rest, messages: shortening.of(id, messages) });
    }
  });
}

async function answer(id: number, command: keyof Commands, argument: unknown): Promise<void> {
  try {
    if (command === "takeOver") {
      channel.postMessage("let go");
      post({ kind: "answer", id, value: undefined });
      return;
    }
    await whenThere;
    if (core === null) throw new CoreError("unexpected");
    const value = await core.call(command, argument as Commands[typeof command][0]);
    post({ kind: "answer", id, value });
  } catch (error) {
    const refusal = error instanceof CoreError ? error : new CoreError("unexpected");
    post({ kind: "refusal", id, code: refusal.code, retryAfterS: refusal.retryAfterS });
  }
}

/** Holds the core until asked to let go. */
async function hold(): Promise<void> {
  let durable: DurableStore;
  try {
    durable = await openDurable();
  } catch (error) {
    setOutside({ stage: "unsupported", reason: error instanceof NewerStore ? "newer_store" : "no_storage" });
    return;
  }
  const asked = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const held = new HongyanCore(platform, durable);
  core = held;
  held.start();
  for (const [id, watch] of watches) attach(id, watch);
  coreIsThere();
  await asked;
  whenThere = new Promise((resolve) => {
    coreIsThere = resolve;
  });
  core = null;
  for (const watch of watches.values()) watch.stop();
  await held.stop();
  durable.release();
}

async function live(): Promise<void> {
  let free = true;
  await navigator.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
    free = lock !== null;
    if (free) await hold();
  });
  while (outside.stage !== "unsupported") {
    setOutside({ stage: "elsewhere" });
    await navigator.locks.request(LOCK, () => {
      setOutside({ stage: "starting" });
      return hold();
    });
  }
}

channel.onmessage = () => letGo();

self.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  switch (message.kind) {
    case "call":
      void answer(message.id, message.command, message.argument);
      break;
    case "watch": {
      const watch: Watch = { query: message.query, argument: message.argument, stop: () => {} };
      watches.set(message.id, watch);
      attach(message.id, watch);
      break;
    }
    case "unwatch":
      watches.get(message.id)?.stop();
      watches.delete(message.id);
      shortening.end(message.id);
      break;
    case "awake":
      platform.awake();
      break;
  }
};

void live();
