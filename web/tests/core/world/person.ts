import type { ChatSummary, Commands, Message, Stage, Watches } from "../../../src/core/api.ts";
import { HongyanCore, type Storage } from "../../../src/core/core.ts";
import type { Files, OpenFile } from "../../../src/core/media/files.ts";
import type { Platform } from "../../../src/core/platform.ts";
import { openInMemory } from "../../../src/core/store/open.ts";
import { StoreFull } from "../../../src/core/store/store.ts";

/** Files in memory; `room` is what the disk still takes. */
export class MemoryFiles implements Files {
  readonly all = new Map<string, Uint8Array>();
  readonly opened = new Set<string>();
  room = Number.MAX_SAFE_INTEGER;

  async open(name: string): Promise<OpenFile> {
    if (this.opened.has(name)) throw new Error(`${name} is open already`);
    this.opened.add(name);
    if (!this.all.has(name)) this.all.set(name, new Uint8Array());
    const bytesOf = () => this.all.get(name) ?? new Uint8Array();
    return {
      get size() {
        return bytesOf().length;
      },
      read: (at, length) => bytesOf().slice(at, at + length),
      write: (bytes, at) => {
        const before = this.all.get(name) ?? new Uint8Array();
        const grown = Math.max(0, at + bytes.length - before.length);
        if (grown > this.room) throw new StoreFull();
        this.room -= grown;
        const after = grown === 0 ? before : new Uint8Array(before.length + grown);
        if (grown > 0) after.set(before);
        after.set(bytes, at);
        this.all.set(name, after);
      },
      flush: () => undefined,
      close: () => this.opened.delete(name),
    };
  }

  async read(name: string): Promise<Blob | null> {
    const bytes = this.all.get(name);
    return bytes === undefined ? null : new Blob([bytes as Uint8Array<ArrayBuffer>]);
  }

  async remove(name: string): Promise<void> {
    this.room += this.all.get(name)?.length ?? 0;
    this.all.delete(name);
  }

  async names(): Promise<string[]> {
    return [...this.all.keys()];
  }

  async clear(): Promise<void> {
    this.all.clear();
  }
}

/** A device under test: the real core on the real server, with a store that can be restarted or restored. */

export class NodePlatform implements Platform {
  deviceLabel = "测试设备";
  clockOffMs = 0;
  files = new MemoryFiles();
  /** Sees each request before it leaves, and may answer it itself or break it. */
  onRequest: (url: string, init: RequestInit) => Promise<Response> = (url, init) => fetch(url, init);
  /** A cable pulled: sockets close and requests fail until it is back. */
  unplugged = false;
  private readonly sockets = new Set<WebSocket>();
  private readonly online = new Set<() => void>();
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(readonly origin: string) {}

  fetch(url: string, init: RequestInit): Promise<Response> {
    return this.unplugged ? Promise.reject(new TypeError("unplugged")) : this.onRequest(url, init);
  }

  openSocket(url: string, events: Parameters<Platform["openSocket"]>[1]) {
    const socket = new WebSocket(this.unplugged ? "ws://127.0.0.1:1/" : url);
    socket.binaryType = "arraybuffer";
    this.sockets.add(socket);
    socket.onopen = () => events.opened();
    socket.onmessage = (event) => events.received(new Uint8Array(event.data as ArrayBuffer));
    socket.onclose = () => {
      this.sockets.delete(socket);
      events.closed();
    };
    socket.onerror = () => undefined;
    return {
      send: (frame: Uint8Array) => {
        if (socket.readyState === WebSocket.OPEN) socket.send(frame as Uint8Array<ArrayBuffer>);
      },
      close: () => socket.close(),
    };
  }

  now(): number {
    return Date.now() + this.clockOffMs;
  }

  later(delayMs: number, run: () => void): () => void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      run();
    }, delayMs);
    this.timers.add(timer);
    return () => {
      clearTimeout(timer);
      this.timers.delete(timer);
    };
  }

  jitter(): number {
    return Math.random();
  }

  onOnline(run: () => void): void {
    this.online.add(run);
  }

  async storageEstimate() {
    return { usedBytes: 0, availableBytes: null, persistent: true };
  }

  unplug(): void {
    this.unplugged = true;
    for (const socket of this.sockets) socket.close();
  }

  plugIn(): void {
    this.unplugged = false;
    for (const run of this.online) run();
  }

  /** The process dies: no timer of it runs any more. */
  die(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.unplugged = true;
    for (const socket of this.sockets) {
      socket.onmessage = null;
      socket.onclose = null;
      socket.close();
    }
  }
}

export class Person {
  private constructor(
    readonly name: string,
    public platform: NodePlatform,
    public core: HongyanCore,
  ) {}

  static async device(name: string, origin: string, image?: Uint8Array, files?: MemoryFiles): Promise<Person> {
    const platform = new NodePlatform(origin);
    if (files !== undefined) platform.files = files;
    const storage: Storage = { store: await openInMemory(image), erase: () => openInMemory() };
    const core = new HongyanCore(platform, storage);
    core.start();
    return new Person(name, platform, core);
  }

  static async joined(name: string, origin: string, link: string): Promise<Person> {
    const person = await Person.device(name, origin);
    await person.call("join", { link, name, language: "zh-Hans" });
    return person;
  }

  call<K extends keyof Commands>(command: K, argument: Commands[K][0]): Promise<Commands[K][1]> {
    return this.core.call(command, argument);
  }

  /** The first answer of a watch that is as wanted; fails after a while with the last one seen. */
  until<K extends keyof Watches>(
    query: K,
    argument: Watches[K][0],
    wanted: (answer: Watches[K][1]) => boolean,
    patienceMs = 20_000,
  ): Promise<Watches[K][1]> {
    return new Promise((done, failed) => {
      let last: unknown;
      let stop = () => {};
      const timer = setTimeout(() => {
        stop();
        failed(new Error(`${this.name} waited for ${query} in vain: ${JSON.stringify(last)}`));
      }, patienceMs);
      stop = this.core.watch(query, argument, (answer) => {
        last = answer;
        if (!wanted(answer)) return;
        clearTimeout(timer);
        queueMicrotask(() => stop());
        done(answer);
      });
    });
  }

  get id(): string {
    const { stage } = this.core;
    if (stage.stage !== "ready") throw new Error(`${this.name} is ${stage.stage}`);
    return stage.me.id;
  }

  stage(wanted: Stage["stage"]): Promise<Stage> {
    return this.until("stage", undefined, (stage) => stage.stage === wanted);
  }

  /** The chat with somebody, once it is on the list. */
  async chatWith(other: Person): Promise<string> {
    const id = `d:${other.id}`;
    await this.until("chats", undefined, (chats) => chats.some((chat) => chat.id === id));
    return id;
  }

  async group(title: (chat: ChatSummary) => boolean): Promise<string> {
    const chats = await this.until("chats", undefined, (all) => all.some((c) => c.kind === "group" && title(c)));
    return chats.find((c) => c.kind === "group" && title(c))?.id ?? "";
  }

  say(chat: string, text: string): Promise<string> {
    return this.call("send", { chat, text });
  }

  async hears(chat: string, text: string, patienceMs?: number): Promise<Message> {
    const { messages } = await this.until(
      "messages",
      { chat, before: null, limit: 200 },
      ({ messages: all }) => all.some((message) => message.text === text),
      patienceMs,
    );
    const found = messages.find((message) => message.text === text);
    if (found === undefined) throw new Error("heard and gone");
    return found;
  }

  texts(chat: string): string[] {
    const { messages } = this.core.engine?.chats.messages(chat, null, 10_000) ?? { messages: [] };
    return messages.filter((message) => message.kind === "text").map((message) => message.text);
  }

  events(chat: string): string[] {
    const { messages } = this.core.engine?.chats.messages(chat, null, 10_000) ?? { messages: [] };
    return messages.flatMap(({ event }) => (event === null ? [] : [event.what]));
  }

  /** Nothing waits for the server any more. */
  async settled(): Promise<void> {
    await this.until("connection", undefined, ({ waiting, state }) => waiting === 0 && state === "online");
    await this.until("connection", undefined, ({ catchingUp }) => catchingUp === null);
  }

  image(): Uint8Array {
    return this.core.store.image();
  }

  /** The tab dies at this moment; a new one opens the store as it is on disk, or as it was in `image`. */
  async restart(image: Uint8Array = this.image()): Promise<void> {
    const { origin } = this.platform;
    this.platform.die();
    this.platform.files.opened.clear();
    const next = await Person.device(this.name, origin, image, this.platform.files);
    this.platform = next.platform;
    this.core = next.core;
  }

  async stop(): Promise<void> {
    await this.core.stop();
    this.platform.die();
  }
}
