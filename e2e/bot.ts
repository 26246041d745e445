/** A program of docs/examples, as its author starts it: a process of its own, with a state folder of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const EXAMPLES = resolve(import.meta.dirname, "../docs/examples");

export class Bot {
  private process: ChildProcess | null = null;
  /** What it has printed. */
  output = "";

  private constructor(
    readonly program: string,
    readonly folder: string,
  ) {}

  static async start(program: string, ...words: string[]): Promise<Bot> {
    const bot = new Bot(program, await mkdtemp(join(tmpdir(), "hongyan-bot-")));
    bot.run(...words);
    return bot;
  }

  /** Starts it, again if need be, on the same state. */
  run(...words: string[]): void {
    const child = spawn("python", [join(EXAMPLES, this.program), ...words], {
      cwd: this.folder,
      env: { ...process.env, PYTHONUNBUFFERED: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const collect = (bytes: Buffer): void => {
      this.output += bytes.toString("utf8");
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    this.process = child;
  }

  /** As a power cut would: no chance to tidy up. */
  async kill(): Promise<void> {
    const child = this.process;
    this.process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((ended) => {
      child.once("exit", () => ended());
      child.kill("SIGKILL");
    });
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
