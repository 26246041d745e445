/** Files beside the store, for what is too large for a row. Names are the store's; nothing here is shared. */

export interface Files {
  /** For writing; made when it is not there. One at a time may have it open. Throws StoreFull. */
  open(name: string): Promise<OpenFile>;
  /** What was written and flushed; null when there is no such file. */
  read(name: string): Promise<Blob | null>;
  remove(name: string): Promise<void>;
  names(): Promise<string[]>;
  clear(): Promise<void>;
}

export interface OpenFile {
  readonly size: number;
  /** Fewer bytes where the file ends. */
  read(at: number, length: number): Uint8Array;
  /** Throws StoreFull; what was written before stays. */
  write(bytes: Uint8Array, at: number): void;
  /** What was written is on disk. Throws StoreFull. */
  flush(): void;
  close(): void;
}
