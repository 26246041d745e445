import { createECDH, randomBytes } from "node:crypto";
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CoreError } from "../../src/core/api.ts";
import { encodeContent, UNRELATED } from "../../src/core/content/content.ts";
import { NOTHING, TYPE_TYPING, textBody } from "../../src/core/content/kinds.ts";
import { urgencyOf } from "../../src/core/content/urgency.ts";
import { Urgency } from "../../src/core/protocol/frames.ts";
import { useTown } from "./world/town.ts";

/** The push service of a browser, on this machine: it counts who is woken. */
class PushService {
  readonly woken: string[] = [];
  private readonly server: HttpServer = createServer((request, response) => {
    this.woken.push(request.url ?? "");
    request.resume();
    response.writeHead(201).end();
  });

  start(): Promise<void> {
    return new Promise((done) => this.server.listen(0, "127.0.0.1", done));
  }

  stop(): void {
    this.server.close();
  }

  subscription(name: string) {
    const key = createECDH("prime256v1");
    key.generateKeys();
    const { port } = this.server.address() as AddressInfo;
    const endpoint = `http://localhost:${port}/${name}`;
    return { endpoint, deviceKey: new Uint8Array(key.getPublicKey()), authSecret: new Uint8Array(randomBytes(16)) };
  }

  async wakes(path: string, times: number): Promise<void> {
    while (this.woken.filter((one) => one === path).length < times) await new Promise((done) => setTimeout(done, 50));
  }
}

const service = new PushService();
const town = useTown({ HONGYAN_PUSH__INNER_HOSTS: "localhost" });

beforeAll(() => service.start());
afterAll(() => service.stop());

describe("a device that is away", () => {
  it("is woken for a message, and not for a chat it muted [PU1] [PU2] [PU3]", async () => {
    const { lan } = town;
    const mei = await town.friend("mei");
    const bo = await town.friend("bo");
    await town.befriend(bo, mei);
    const toMei = await lan.chatWith(mei);
    const boToMei = await bo.chatWith(mei);
    await lan.say(toMei, "早");
    await mei.hears(await mei.chatWith(lan), "早");
    await bo.say(boToMei, "早啊");
    await mei.hears(await mei.chatWith(bo), "早啊");
    expect((await mei.call("pushState", undefined)).publicKey).toHaveLength(65);
    await mei.call("pushRegister", service.subscription("mei"));
    expect(await mei.call("pushState", undefined)).toMatchObject({ registered: true, failing: false });
    expect(await mei.call("pushTry", undefined)).toEqual({ taken: true });
    await mei.call("keepChat", { chat: await mei.chatWith(lan), muted: true });
    const isQuiet = async () => {
      const tables = (await mei.call("serverData", undefined)).tables;
      return tables.find((table) => table.table === "push_muted")?.rows.length === 1;
    };
    while (!(await isQuiet())) await new Promise((done) => setTimeout(done, 100));
    await mei.settled();

    mei.platform.unplug();
    await lan.say(toMei, "静音的聊天");
    await lan.settled();
    await bo.say(boToMei, "响的聊天");
    await service.wakes("/mei", 2);
    expect(service.woken).toEqual(["/mei", "/mei"]);

    mei.platform.plugIn();
    await mei.hears(await mei.chatWith(bo), "响的聊天");
    await mei.call("pushUnregister", undefined);
    expect((await mei.call("pushState", undefined)).registered).toBe(false);
  }, 60_000);

  it("cannot be woken at an inner address [PU5]", async () => {
    const inner = { ...service.subscription("lan"), endpoint: "https://192.168.1.1/x" };
    await expect(town.lan.call("pushRegister", inner)).rejects.toEqual(new CoreError("push_unusable"));
  });
});

describe("what the sender says of urgency [PU3]", () => {
  const content = (body: { type: string | null; body: Uint8Array }, relation = UNRELATED) =>
    encodeContent({ ...relation, ...body, salt: new Uint8Array(16), counter: 1, sentAtMs: 1 });

  it("is normal for what people say", () => {
    expect(urgencyOf(content(textBody("吃饭了吗")))).toBe(Urgency.normal);
    expect(urgencyOf(content(textBody("吃了"), { ...UNRELATED, inReplyTo: new Uint8Array(32) }))).toBe(Urgency.normal);
  });

  it("is quiet for the rest, and for what it cannot read", () => {
    const id = new Uint8Array(32);
    expect(urgencyOf(content({ type: TYPE_TYPING, body: Uint8Array.of(0xa0) }))).toBe(Urgency.quiet);
    expect(urgencyOf(content(textBody("改过"), { ...UNRELATED, replaces: id }))).toBe(Urgency.quiet);
    expect(urgencyOf(content(NOTHING, { ...UNRELATED, replaces: id }))).toBe(Urgency.quiet);
    expect(urgencyOf(content(textBody("👍"), { ...UNRELATED, inReplyTo: id, isReaction: true }))).toBe(Urgency.quiet);
    expect(urgencyOf(Uint8Array.of(1, 2, 3))).toBe(Urgency.quiet);
  });
});
