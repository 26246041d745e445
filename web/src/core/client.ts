import { type Commands, type Core, CoreError, type Stage, type Watches } from "./api.ts";
import { Lengthening, type ToPage, type ToWorker } from "./door.ts";

/** The page's side of the core: starts the worker, passes commands and watches. Small, for it is in the first load. */

interface Waiting {
  answer(value: unknown): void;
  refuse(error: CoreError): void;
}

class Client implements Core {
  private nextId = 1;
  private readonly waiting = new Map<number, Waiting>();
  private readonly watches = new Map<number, (value: unknown) => void>();
  private readonly lengthening = new Lengthening();

  constructor(private readonly worker: Worker) {
    worker.onmessage = (event: MessageEvent<ToPage>) => this.receive(event.data);
    addEventListener("online", () => this.post({ kind: "awake" }));
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.post({ kind: "awake" });
    });
    // The device was woken though the app is open: its connection may be dead without having said so.
    navigator.serviceWorker?.addEventListener("message", (event: MessageEvent<{ kind?: unknown }>) => {
      if (event.data.kind === "woken") this.post({ kind: "awake" });
    });
    const stop = this.watch("stage", undefined, ({ stage }) => {
      if (stage !== "ready") return;
      stop();
      // Asked once somebody lives here: the browser then keeps the store when space runs short.
      void navigator.storage?.persist?.();
    });
  }

  private post(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  private receive(message: ToPage): void {
    if (message.kind === "seen") {
      const { id, value, messages } = message;
      // Also when nobody waits for it any more: later answers build on it.
      const whole = messages === undefined ? value : { ...Object(value), messages: this.lengthening.of(messages) };
      this.watches.get(id)?.(whole);
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.kind === "answer") waiting?.answer(message.value);
    else waiting?.refuse(new CoreError(message.code, message.retryAfterS));
  }

  call<K extends keyof Commands>(command: K, argument: Commands[K][0]): Promise<Commands[K][1]> {
    return new Promise((resolve, reject) => {
      const id = this.nextId++;
      this.waiting.set(id, { answer: (value) => resolve(value as Commands[K][1]), refuse: reject });
      this.post({ kind: "call", id, command, argument });
    });
  }

  watch<K extends keyof Watches>(query: K, argument: Watches[K][0], seen: (answer: Watches[K][1]) => void): () => void {
    const id = this.nextId++;
    this.watches.set(id, (value) => seen(value as Watches[K][1]));
    this.post({ kind: "watch", id, query, argument });
    return () => {
      this.watches.delete(id);
      this.post({ kind: "unwatch", id });
    };
  }
}

/** A core that cannot be: it says why, and nothing else. */
class NoCore implements Core {
  constructor(private readonly stage: Stage) {}

  call<K extends keyof Commands>(): Promise<Commands[K][1]> {
    return Promise.reject(new CoreError("unexpected"));
  }

  watch<K extends keyof Watches>(query: K, _: Watches[K][0], seen: (answer: Watches[K][1]) => void): () => void {
    if (query === "stage") queueMicrotask(() => seen(this.stage as Watches[K][1]));
    return () => {};
  }
}

/** Starts the core. With Trusted Types enforced, a policy that trusts our own scripts must exist already. */
export function connect(): Core {
  if (!isSecureContext) return new NoCore({ stage: "unsupported", reason: "insecure_context" });
  if (navigator.locks === undefined) return new NoCore({ stage: "unsupported", reason: "no_storage" });
  return new Client(new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "core" }));
}
