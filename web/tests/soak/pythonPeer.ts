import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { type Committed, fromHex, type Peer, type Received, toHex } from "./peer";

const ROOT = resolve(import.meta.dirname, "../../..");
type Answer = Record<string, string | null | undefined>;

/** The process of tests/vectors/mls_peers.py: members on mls-rs and rine, over JSON lines. */
export class PythonStage {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #waiting: ((line: string) => void)[] = [];
  #told = "";

  constructor() {
    const python = process.env.HONGYAN_PYTHON ?? resolve(ROOT, ".venv/bin/python");
    if (!existsSync(python)) throw new Error(`no Python at ${python}: run ./dev first, or set HONGYAN_PYTHON`);
    this.#process = spawn(python, [resolve(ROOT, "tests/vectors/mls_peers.py")]);
    createInterface({ input: this.#process.stdout }).on("line", (line) => this.#waiting.shift()?.(line));
    this.#process.stderr.on("data", (data: Buffer) => {
      this.#told += data.toString();
    });
    this.#process.on("exit", () => {
      for (const answer of this.#waiting.splice(0))
        answer(JSON.stringify({ error: `the process ended: ${this.#told}` }));
    });
  }

  async ask(peer: string, verb: string, fields: Record<string, unknown> = {}): Promise<Answer> {
    const line = await new Promise<string>((answered) => {
      this.#waiting.push(answered);
      this.#process.stdin.write(`${JSON.stringify({ peer, do: verb, ...fields })}\n`);
    });
    const answer = JSON.parse(line) as Answer;
    if (answer.error !== undefined) throw new Error(`${verb}: ${answer.error}`);
    return answer;
  }

  close(): void {
    this.#process.stdin.end();
  }
}

/** A member on another stack. */
export class PythonPeer implements Peer {
  readonly can: Peer["can"];

  private constructor(
    readonly name: string,
    readonly identity: Uint8Array,
    readonly stack: "mls-rs" | "rine",
    private readonly stage: PythonStage,
  ) {
    const mlsRs = stack === "mls-rs";
    this.can = { update: mlsRs, addMany: true, addAndRemove: false, removeMany: mlsRs, external: !mlsRs };
  }

  static async make(name: string, stack: "mls-rs" | "rine", stage: PythonStage): Promise<PythonPeer> {
    const { identity } = await stage.ask(name, "new", { stack });
    return new PythonPeer(name, bytes(identity), stack, stage);
  }

  async keyPackage(): Promise<Uint8Array> {
    return bytes((await this.stage.ask(this.name, "key_package")).bytes);
  }

  async create(groupId: Uint8Array): Promise<void> {
    await this.stage.ask(this.name, "create", { group_id: toHex(groupId) });
  }

  async welcome(welcome: Uint8Array, groupId: Uint8Array): Promise<void> {
    await this.stage.ask(this.name, "welcome", { bytes: toHex(welcome), group_id: toHex(groupId) });
  }

  async commit(add: Uint8Array[], remove: Uint8Array[]): Promise<Committed> {
    const made = await this.stage.ask(this.name, "commit", { add: add.map(toHex), remove: remove.map(toHex) });
    return { commit: bytes(made.commit), welcome: made.welcome ? fromHex(made.welcome) : null };
  }

  async settle(accepted: boolean): Promise<void> {
    await this.stage.ask(this.name, "settle", { accepted });
  }

  async groupInfo(): Promise<Uint8Array | null> {
    return this.stack === "rine" ? bytes((await this.stage.ask(this.name, "group_info")).bytes) : null;
  }

  async external(groupInfo: Uint8Array): Promise<Uint8Array> {
    return bytes((await this.stage.ask(this.name, "external", { bytes: toHex(groupInfo) })).commit);
  }

  async receive(message: Uint8Array): Promise<Received> {
    const got = await this.stage.ask(this.name, "receive", { bytes: toHex(message) });
    if (got.kind === "application") return { kind: "application", text: new TextDecoder().decode(bytes(got.text)) };
    return { kind: got.kind === "removed" ? "removed" : "epoch" };
  }

  async send(text: string): Promise<Uint8Array> {
    return bytes((await this.stage.ask(this.name, "send", { text: toHex(new TextEncoder().encode(text)) })).bytes);
  }

  async reload(): Promise<void> {
    await this.stage.ask(this.name, "reload");
  }

  async fingerprint(): Promise<string | null> {
    return (await this.stage.ask(this.name, "fingerprint")).value ?? null;
  }

  async drop(): Promise<void> {
    await this.stage.ask(this.name, "drop");
  }
}

function bytes(hex: string | null | undefined): Uint8Array {
  if (hex === null || hex === undefined) throw new Error("an answer without its bytes");
  return fromHex(hex);
}
