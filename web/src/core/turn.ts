/** One after the other: whoever changes MLS state or numbers does it in a turn, so that no state forks. */
export class Turn {
  private last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.last.then(work);
    this.last = mine.catch(() => undefined);
    return mine;
  }

  /** Resolves when everything begun so far is done. */
  async idle(): Promise<void> {
    await this.last;
  }
}
