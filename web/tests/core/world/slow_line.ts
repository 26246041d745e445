import type { Person } from "./person.ts";

/** Somebody's way to files on the server: each answer brings so many bytes and then waits; it is cut when told. */
export class SlowLine {
  readonly ranges: (string | null)[] = [];
  brought = 0;
  /** What a chunk of an answer becomes on its way; `at` is its place in the blob. */
  change: (bytes: Uint8Array, at: number) => Uint8Array = (bytes) => bytes;
  private allowance = Number.MAX_SAFE_INTEGER;
  private go: () => void = () => {};
  private isCut = false;

  constructor(private readonly person: Person) {
    person.platform.onRequest = (url, init) => this.fetch(url, init);
  }

  /** So many bytes of each answer, of those under way too. */
  allow(bytes: number): void {
    this.allowance = bytes;
    this.isCut = false;
    this.go();
  }

  /** What is under way breaks, and nothing new begins until something is allowed. */
  cut(): void {
    this.isCut = true;
    this.go();
  }

  end(): void {
    this.allow(Number.MAX_SAFE_INTEGER);
    this.person.platform.onRequest = fetch;
  }

  private async fetch(url: string, init: RequestInit): Promise<Response> {
    if (!url.includes("/media/") || init.method !== "GET") return fetch(url, init);
    const range = new Headers(init.headers).get("range");
    this.ranges.push(range);
    if (this.isCut) throw new TypeError("cut");
    const answer = await fetch(url, init);
    if (answer.body === null || !answer.ok) return answer;
    let at = Number(/\d+/.exec(range ?? "")?.[0] ?? 0);
    let mine = 0;
    const isOver = (): boolean => this.isCut || init.signal?.aborted === true;
    const slowed = new TransformStream<Uint8Array, Uint8Array>({
      transform: async (bytes, to) => {
        let left = bytes;
        while (left.length > 0) {
          while (mine >= this.allowance && !isOver()) await this.wait(init.signal);
          if (isOver()) throw new TypeError("cut");
          const now = left.subarray(0, this.allowance - mine);
          mine += now.length;
          this.brought += now.length;
          to.enqueue(this.change(now, at));
          at += now.length;
          left = left.subarray(now.length);
        }
      },
    });
    return new Response(answer.body.pipeThrough(slowed), { status: answer.status, headers: answer.headers });
  }

  private wait(signal: AbortSignal | null | undefined): Promise<void> {
    return new Promise((resolve) => {
      const before = this.go;
      this.go = () => {
        before();
        resolve();
      };
      signal?.addEventListener("abort", () => resolve());
    });
  }
}
