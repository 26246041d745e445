import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../../../..");

/** A real server process with its own data folder, on a port of its own. */
export class Server {
  private constructor(
    private process: ChildProcess,
    private readonly folder: string,
    readonly origin: string,
    readonly ownerLink: string,
    private readonly settings: Record<string, string>,
  ) {}

  /** `first` is Python that runs before the server's. */
  static async start(settings: Record<string, string> = {}, first = "pass"): Promise<Server> {
    const folder = await mkdtemp(join(tmpdir(), "hongyan-core-"));
    const { process, output } = await launch(folder, 0, settings, { first });
    const [ownerLink = ""] = /http:\/\/\S+\/i#\S+/.exec(output) ?? [];
    return new Server(process, folder, new URL(ownerLink).origin, ownerLink, settings);
  }

  /** kill -9, then the same data on the same port; `clockAheadMs` lets it wake up that much later. */
  async crash({ clockAheadMs } = { clockAheadMs: 0 }): Promise<void> {
    await this.end("SIGKILL");
    const { process } = await launch(this.folder, Number(new URL(this.origin).port), this.settings, { clockAheadMs });
    this.process = process;
  }

  async stop(): Promise<void> {
    await this.end("SIGTERM");
    await rm(this.folder, { recursive: true, force: true });
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.process.exitCode !== null) return;
    const ended = new Promise((done) => this.process.once("exit", done));
    this.process.kill(signal);
    await ended;
  }
}

function launch(
  folder: string,
  port: number,
  settings: Record<string, string>,
  { first = "pass", clockAheadMs = 0 }: { first?: string; clockAheadMs?: number },
): Promise<{ process: ChildProcess; output: string }> {
  const clock = `import hongyan.foundation.clock as c; now = c.SystemClock.now_ms; c.SystemClock.now_ms = lambda self: now(self) + ${clockAheadMs}`;
  const run = `${clock}; ${first}; from hongyan.cli import main; main()`;
  const child = spawn(
    join(ROOT, ".venv/bin/python"),
    ["-c", run, "serve", "--data-dir", folder, "--port", String(port)],
    {
      env: { ...process.env, ...settings, PYTHONPATH: join(ROOT, "src"), PYTHONUNBUFFERED: "1", LC_ALL: "en_US.UTF-8" },
    },
  );
  return new Promise((done, failed) => {
    let output = "";
    const heard = (chunk: Buffer) => {
      output += chunk.toString();
      const owned = port !== 0 && /http:\/\/\S+/.test(output);
      if (owned || /\/i#\S+\s/.test(output)) done({ process: child, output });
    };
    child.stdout.on("data", heard);
    child.stderr.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.once("exit", () => failed(new Error(`the server did not start:\n${output}`)));
  });
}
