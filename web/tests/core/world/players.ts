import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { ChatSummary } from "../../../src/core/api.ts";
import { Person } from "./person.ts";

const ROOT = resolve(import.meta.dirname, "../../../..");
const PATIENCE_MS = 60_000;

/** Somebody in a group of a real server, on either client. Chats go by the group's id in hex behind "g:". */
export interface Player {
  readonly name: string;
  readonly client: "app" | "sdk";
  code(): Promise<string>;
  befriend(link: string): Promise<void>;
  makeGroup(people: Player[]): Promise<string>;
  add(chat: string, player: Player): Promise<void>;
  remove(chat: string, player: Player): Promise<void>;
  say(chat: string, text: string): Promise<void>;
  /** All she has in the chat, once these are among it. */
  hears(chat: string, texts: string[]): Promise<string[]>;
  isIn(chat: string): Promise<void>;
  isOut(chat: string): Promise<void>;
  /** Killed, and started again at `returns`; what she was saying is not lost. */
  dies(): Promise<void>;
  /** `lost`: without the MLS state of her groups (on the SDK; the app's own is in restored.test.ts). */
  returns(lost: boolean): Promise<void>;
  stop(): Promise<void>;
}

export class AppPlayer implements Player {
  readonly client = "app";
  private image: Uint8Array | null = null;

  constructor(private readonly person: Person) {}

  get name(): string {
    return this.person.name;
  }

  static async joined(name: string, origin: string, link: string): Promise<AppPlayer> {
    return new AppPlayer(await Person.joined(name, origin, link));
  }

  async code(): Promise<string> {
    return (await this.person.call("myCode", undefined)).link;
  }

  async befriend(link: string): Promise<void> {
    await this.person.call("requestFriend", { link, greeting: "你好" });
  }

  /** Her own name for a friend, once she has her. */
  private async idOf(player: Player): Promise<string> {
    const named = ({ name }: { name: string }) => name === player.name;
    const people = await this.person.until("contacts", undefined, (all) => all.some(named));
    return people.find(named)?.id ?? "";
  }

  async makeGroup(people: Player[]): Promise<string> {
    const ids = await Promise.all(people.map((player) => this.idOf(player)));
    return this.person.call("createGroup", { people: ids, name: "两套" });
  }

  async add(chat: string, player: Player): Promise<void> {
    await this.person.call("addMembers", { chat, people: [await this.idOf(player)] });
  }

  async remove(chat: string, player: Player): Promise<void> {
    await this.person.call("removeMembers", { chat, people: [await this.idOf(player)] });
  }

  async say(chat: string, text: string): Promise<void> {
    await this.person.say(chat, text);
  }

  async hears(chat: string, texts: string[]): Promise<string[]> {
    const whole = () => texts.every((text) => this.person.texts(chat).includes(text));
    await this.person.until("messages", { chat, before: null, limit: 1 }, whole, PATIENCE_MS);
    return this.person.texts(chat);
  }

  async isIn(chat: string): Promise<void> {
    const here = (chats: ChatSummary[]) => chats.some(({ id, left }) => id === chat && !left);
    await this.person.until("chats", undefined, here, PATIENCE_MS);
  }

  async isOut(chat: string): Promise<void> {
    const gone = (chats: ChatSummary[]) => chats.every(({ id, left }) => id !== chat || left);
    await this.person.until("chats", undefined, gone, PATIENCE_MS);
  }

  async dies(): Promise<void> {
    this.image = this.person.image();
    this.person.platform.die();
  }

  async returns(): Promise<void> {
    await this.person.restart(this.image ?? undefined);
    await this.person.until("connection", undefined, ({ state }) => state === "online", PATIENCE_MS);
  }

  async stop(): Promise<void> {
    await this.person.stop();
  }
}

type Answer = { answer?: unknown; error?: string };

/** A process of tests/sdk/stage.py. */
export class SdkPlayer implements Player {
  readonly client = "sdk";
  private process: ChildProcessWithoutNullStreams | null = null;
  private waiting: ((line: string) => void)[] = [];
  private told = "";

  private constructor(
    readonly name: string,
    private readonly folder: string,
    private readonly link: string,
  ) {}

  static async joined(name: string, link: string): Promise<SdkPlayer> {
    const player = new SdkPlayer(name, await mkdtemp(join(tmpdir(), "hongyan-sdk-")), link);
    await player.returns(false);
    return player;
  }

  async ask(verb: string, fields: Record<string, string | string[]> = {}): Promise<unknown> {
    const line = await new Promise<string>((answered) => {
      this.waiting.push(answered);
      this.process?.stdin.write(`${JSON.stringify({ do: verb, ...fields })}\n`);
    });
    const { answer, error } = JSON.parse(line) as Answer;
    if (error !== undefined) throw new Error(`${this.name} on the SDK, ${verb}: ${error}\n${this.told}`);
    return answer;
  }

  async code(): Promise<string> {
    return String(await this.ask("code"));
  }

  async befriend(link: string): Promise<void> {
    await this.ask("befriend", { link });
  }

  async makeGroup(people: Player[]): Promise<string> {
    return String(await this.ask("make_group", { names: people.map(({ name }) => name) }));
  }

  async add(chat: string, player: Player): Promise<void> {
    await this.ask("add", { chat, names: [player.name] });
  }

  async remove(chat: string, player: Player): Promise<void> {
    await this.ask("remove", { chat, names: [player.name] });
  }

  async say(chat: string, text: string): Promise<void> {
    await this.ask("say", { chat, text });
  }

  async hears(chat: string, texts: string[]): Promise<string[]> {
    return (await this.ask("hears", { chat, texts })) as string[];
  }

  async isIn(chat: string): Promise<void> {
    await this.ask("is_in", { chat });
  }

  async isOut(chat: string): Promise<void> {
    await this.ask("is_out", { chat });
  }

  async dies(): Promise<void> {
    const child = this.process;
    this.process = null;
    await new Promise<void>((ended) => {
      child?.once("exit", () => ended());
      child?.kill("SIGKILL");
    });
  }

  async returns(lost: boolean): Promise<void> {
    const words = lost ? ["--without-groups"] : [];
    const child = spawn(join(ROOT, ".venv/bin/python"), ["-m", "tests.sdk.stage", this.folder, ...words], {
      cwd: ROOT,
      env: { ...process.env, PYTHONPATH: join(ROOT, "src"), LANG: "en_US.UTF-8" },
    });
    this.waiting = [];
    createInterface({ input: child.stdout }).on("line", (line) => this.waiting.shift()?.(line));
    child.stderr.on("data", (data: Buffer) => {
      this.told += data.toString();
    });
    child.on("exit", () => {
      for (const answer of this.waiting.splice(0)) answer(JSON.stringify({ error: "the process ended" }));
    });
    this.process = child;
    await this.ask("open", { link: this.link, name: this.name });
  }

  async stop(): Promise<void> {
    if (this.process !== null) await this.dies();
    await rm(this.folder, { recursive: true, force: true });
  }
}
