/** A real server in a folder of its own, as an operator starts it. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;
const OWNER_LINK = /https?:\/\/\S+\/i#[\w.~-]+/;

export class Server {
  private process: ChildProcess | null = null;
  /** All that the server has printed since its first start. */
  output = "";

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly settings: Record<string, string>,
  ) {}

  get url(): string {
    return `http://localhost:${this.port}`;
  }

  get pid(): number {
    const pid = this.process?.pid;
    if (pid === undefined) throw new Error("the server does not run");
    return pid;
  }

  /** The link printed for the first person, who becomes the owner. */
  get ownerLink(): string {
    const found = OWNER_LINK.exec(this.output)?.[0];
    if (found === undefined) throw new Error(`no owner's link was printed:\n${this.output}`);
    return found;
  }

  /** `settings` as in the environment: HONGYAN_… */
  static async start(settings: Record<string, string> = {}): Promise<Server> {
    const server = new Server(await mkdtemp(join(tmpdir(), "hongyan-journey-")), await freePort(), settings);
    await server.run();
    await server.printsLink();
    return server;
  }

  /** Starts it again on the same folder and port. */
  async run(): Promise<void> {
    const child = spawn("hongyan", ["serve"], {
      env: {
        ...process.env,
        ...this.settings,
        HONGYAN_DATA_DIR: this.folder,
        HONGYAN_PORT: String(this.port),
        PYTHONUNBUFFERED: "1",
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const collect = (bytes: Buffer): void => {
      this.output += bytes.toString("utf8");
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    this.process = child;
    await this.answers(child);
  }

  async stop(): Promise<void> {
    await this.end("SIGTERM");
  }

  /** As a power cut would: no chance to tidy up. */
  async kill(): Promise<void> {
    await this.end("SIGKILL");
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async answers(child: ChildProcess): Promise<void> {
    const until = Date.now() + READY_WITHIN_MS;
    while (Date.now() < until) {
      if (child.exitCode !== null) throw new Error(`the server ended:\n${this.output}`);
      const answer = await fetch(`${this.url}/api/server`).catch(() => null);
      if (answer?.ok === true) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`the server does not answer:\n${this.output}`);
  }

  /** Answers may come before the words for whoever started it are out. */
  private async printsLink(): Promise<void> {
    const until = Date.now() + READY_WITHIN_MS;
    while (!OWNER_LINK.test(this.output)) {
      if (Date.now() > until) throw new Error(`no owner's link was printed:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    this.process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => {
        child.kill("SIGKILL");
        reject(new Error(`the server did not stop:\n${this.output}`));
      }, STOP_WITHIN_MS);
      child.once("exit", () => {
        clearTimeout(late);
        resolve();
      });
      child.kill(signal);
    });
  }
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      if (address === null || typeof address === "string") throw new Error("no port");
      probe.close(() => resolve(address.port));
    });
  });
}
