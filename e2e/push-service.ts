/**
 * The push service of a browser, on this machine: the browsers of a journey subscribe here instead of at their
 * maker's, and what the server sends is opened with the subscription's keys and handed to the browser.
 */

import { createDecipheriv, createECDH, type ECDH, hkdfSync, randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContext, CDPSession } from "playwright-core";

interface Subscriber {
  key: ECDH;
  authSecret: Buffer;
  context: BrowserContext;
  origin: string;
}

export class PushService {
  private readonly subscribers = new Map<string, Subscriber>();
  private readonly server: Server;
  /** What came, as a browser reads it: path and content. */
  readonly woken: { path: string; content: string }[] = [];
  /** How wake-ups are answered. */
  status = 201;

  private constructor() {
    this.server = createServer((request, response) => {
      const pieces: Buffer[] = [];
      request.on("data", (piece: Buffer) => pieces.push(piece));
      request.on("end", () => {
        response.writeHead(this.status).end();
        if (this.status < 300) void this.deliver(request.url ?? "", Buffer.concat(pieces));
      });
    });
  }

  static async start(): Promise<PushService> {
    const service = new PushService();
    await new Promise<void>((done) => service.server.listen(0, "127.0.0.1", done));
    return service;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private get url(): string {
    return `http://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on pages of `context` subscribe here. Call before its first page is opened anew. */
  async serves(context: BrowserContext, origin: string): Promise<void> {
    await context.exposeBinding("subscribeToPush", () => {
      const path = `/${randomBytes(9).toString("base64url")}`;
      const key = createECDH("prime256v1");
      key.generateKeys();
      const authSecret = randomBytes(16);
      this.subscribers.set(path, { key, authSecret, context, origin });
      return { endpoint: this.url + path, p256dh: [...key.getPublicKey()], auth: [...authSecret] };
    });
    await context.addInitScript(() => {
      type Keys = { endpoint: string; p256dh: number[]; auth: number[] };
      const ask = Reflect.get(globalThis, "subscribeToPush") as () => Promise<Keys>;
      let held: object | null = null;
      const subscribe = async (options: PushSubscriptionOptionsInit): Promise<object> => {
        const keys = await ask();
        const bytes = { p256dh: keys.p256dh, auth: keys.auth };
        const bound = options.applicationServerKey as Uint8Array<ArrayBuffer>;
        held = {
          endpoint: keys.endpoint,
          options: { applicationServerKey: bound.slice().buffer },
          getKey: (name: "p256dh" | "auth") => new Uint8Array(bytes[name]).buffer,
          unsubscribe: () => {
            held = null;
            return Promise.resolve(true);
          },
        };
        return held;
      };
      if (!("PushManager" in globalThis)) return;
      Object.assign(PushManager.prototype, { subscribe, getSubscription: () => Promise.resolve(held) });
    });
  }

  private async deliver(path: string, body: Buffer): Promise<void> {
    const subscriber = this.subscribers.get(path);
    if (subscriber === undefined) return;
    const content = open(body, subscriber);
    this.woken.push({ path, content });
    await hand(subscriber.context, subscriber.origin, content);
  }
}

/** RFC 8291 §3.4, the receiving side. */
function open(body: Buffer, { key, authSecret }: Subscriber): string {
  const salt = body.subarray(0, 16);
  const keyEnd = 21 + (body[20] ?? 0);
  const sender = body.subarray(21, keyEnd);
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), key.getPublicKey(), sender]);
  const secret = Buffer.from(hkdfSync("sha256", key.computeSecret(sender), authSecret, info, 32));
  const derive = (what: string, length: number) =>
    Buffer.from(hkdfSync("sha256", secret, salt, Buffer.from(`Content-Encoding: ${what}\0`), length));
  const decipher = createDecipheriv("aes-128-gcm", derive("aes128gcm", 16), derive("nonce", 12));
  decipher.setAuthTag(body.subarray(-16));
  const record = Buffer.concat([decipher.update(body.subarray(keyEnd, -16)), decipher.final()]);
  const end = record.lastIndexOf(2);
  if (record.subarray(end + 1).some((byte) => byte !== 0)) throw new Error("not padded as RFC 8188 says");
  return record.subarray(0, end).toString("utf8");
}

/** As the browser's own connection to its push service would: the service worker is started for it. */
async function hand(context: BrowserContext, origin: string, content: string): Promise<void> {
  const page = context.pages()[0] ?? (await context.newPage());
  const session: CDPSession = await context.newCDPSession(page);
  try {
    const registrationId = await new Promise<string>((found) => {
      session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
        const own = registrations.find((one) => one.scopeURL === `${origin}/` && !one.isDeleted);
        if (own !== undefined) found(own.registrationId);
      });
      void session.send("ServiceWorker.enable");
    });
    await session.send("ServiceWorker.deliverPushMessage", { origin, registrationId, data: content });
  } finally {
    await session.detach().catch(() => undefined);
  }
}
