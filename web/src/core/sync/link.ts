import type { ServerClock } from "../clock.ts";
import type { Platform, Socket } from "../platform.ts";
import {
  type ClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  PROTOCOL_VERSION,
  type Ready,
  RefusedCode,
  type ServerFrame,
} from "../protocol/frames.ts";

/** The realtime connection (SPEC §3): hello, ready, keeping it alive, and coming back by itself. */

const RETRY_FIRST_MS = 500;
const RETRY_MS_MAX = 30_000;
const REPLACED_RETRY_MS = 30_000;
const PING_EVERY_MS = 25_000;
const SILENCE_MS_MAX = 12_000;
const READY_WITHIN_MS = 15_000;

export interface LinkEvents {
  hello(): { token: string; cursor: number };
  ready(frame: Ready): void;
  received(frame: Exclude<ServerFrame, Ready>): void;
  stateChanged(): void;
  /** The server does not know this device any more. */
  signedOut(): void;
}

export class Link {
  state: "online" | "connecting" | "offline" = "offline";
  private socket: Socket | null = null;
  private wanted = false;
  private failures = 0;
  private retryAtLeastMs = 0;
  private cancelTimer: () => void = () => {};
  private generation = 0;

  constructor(
    private readonly platform: Platform,
    private readonly clock: ServerClock,
    private readonly events: LinkEvents,
  ) {
    platform.onOnline(() => {
      if (this.wanted && this.state === "offline") this.connect();
      else if (this.ready) this.probe();
    });
  }

  get ready(): boolean {
    return this.state === "online";
  }

  start(): void {
    this.wanted = true;
    this.connect();
  }

  stop(): void {
    this.wanted = false;
    this.drop();
    this.setState("offline");
  }

  /** Begins anew after the usual pause. */
  restart(): void {
    this.failures = Math.max(this.failures, 4);
    this.lost();
  }

  /** A frame sent while there is no connection is lost; whoever needs an answer sends it again after `ready`. */
  send(frame: ClientFrame): void {
    if (this.socket !== null) this.socket.send(encodeClientFrame(frame));
  }

  private setState(state: Link["state"]): void {
    if (this.state === state) return;
    this.state = state;
    this.events.stateChanged();
  }

  private connect(): void {
    this.cancelTimer();
    this.drop();
    const generation = ++this.generation;
    const current = () => generation === this.generation;
    this.setState("connecting");
    const url = `${this.platform.origin.replace(/^http/, "ws")}/realtime`;
    this.socket = this.platform.openSocket(url, {
      opened: () => {
        if (!current()) return;
        this.send({ frame: "hello", version: PROTOCOL_VERSION, ...this.events.hello() });
      },
      received: (bytes) => {
        if (current()) this.receive(bytes);
      },
      closed: () => {
        if (current()) this.lost();
      },
    });
    this.cancelTimer = this.platform.later(READY_WITHIN_MS, () => this.lost());
  }

  private receive(bytes: Uint8Array): void {
    let frame: ServerFrame;
    try {
      frame = decodeServerFrame(bytes);
    } catch {
      this.lost();
      return;
    }
    if (frame.frame === "ready") {
      this.failures = 0;
      this.retryAtLeastMs = 0;
      this.clock.learn(frame.timeMs);
      this.setState("online");
      this.keepAlive();
      this.events.ready(frame);
      return;
    }
    if (this.ready) this.keepAlive();
    if (frame.frame === "refused") {
      if (frame.code === RefusedCode.token) {
        this.stop();
        this.events.signedOut();
        return;
      }
      this.retryAtLeastMs = frame.code === RefusedCode.replaced ? REPLACED_RETRY_MS : frame.retryAfterMs;
    }
    this.events.received(frame);
  }

  private keepAlive(): void {
    this.cancelTimer();
    this.cancelTimer = this.platform.later(PING_EVERY_MS, () => this.probe());
  }

  /** After a sleep the connection may be dead without anybody having said so. */
  private probe(): void {
    this.cancelTimer();
    this.send({ frame: "ping" });
    this.cancelTimer = this.platform.later(SILENCE_MS_MAX, () => this.lost());
  }

  private lost(): void {
    this.drop();
    this.setState("offline");
    if (!this.wanted) return;
    const ceiling = Math.min(RETRY_MS_MAX, RETRY_FIRST_MS * 2 ** this.failures);
    this.failures = Math.min(this.failures + 1, 10);
    const delay = this.retryAtLeastMs + ceiling * (0.5 + 0.5 * this.platform.jitter());
    this.cancelTimer = this.platform.later(delay, () => {
      if (this.wanted) this.connect();
    });
  }

  private drop(): void {
    this.cancelTimer();
    this.generation++;
    this.socket?.close();
    this.socket = null;
  }
}
