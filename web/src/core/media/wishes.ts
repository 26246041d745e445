/** What somebody who watches a file waits for, by chunk: the newest wish is the one that counts. */
export class Wishes {
  private readonly chunks: number[] = [];
  private waiting: (() => void)[] = [];
  /** Where she is: what comes after it is fetched ahead. */
  after = 0;

  /** Call the answer when the wish has passed. */
  add(chunk: number): () => void {
    this.chunks.push(chunk);
    return () => {
      const place = this.chunks.lastIndexOf(chunk);
      if (place >= 0) this.chunks.splice(place, 1);
    };
  }

  /** The newest that is not here. */
  newest(isHere: (chunk: number) => boolean): number | null {
    return this.chunks.findLast((chunk) => !isHere(chunk)) ?? null;
  }

  /** Something came, or something is wished for, or it is over. */
  ring(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const wake of waiting) wake();
  }

  rung(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
