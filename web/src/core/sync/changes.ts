/** Which watches to answer anew: topics touched in a transaction, told once it is committed. */
export class Changes {
  private readonly listeners = new Set<(topics: ReadonlySet<string>) => void>();

  tell(topics: ReadonlySet<string>): void {
    for (const listener of this.listeners) listener(topics);
  }

  listen(listener: (topics: ReadonlySet<string>) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
