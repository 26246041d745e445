import type { KeptFiles } from "../favourites/files.ts";
import type { Stickers } from "../stickers/stickers.ts";
import type { Reader } from "../store/store.ts";

/** The files that follow her, by their names [FA2]: stickers, which are rows, and files of favourites. */
export class Keepsakes {
  constructor(
    private readonly stickers: Stickers,
    private readonly files: KeptFiles,
  ) {}

  private of(name: string): Stickers | KeptFiles {
    return name.startsWith("s") ? this.stickers : this.files;
  }

  /** Whether she keeps what it belongs to. */
  isKept(reader: Reader, name: string): boolean {
    return this.of(name).isKept(reader, name);
  }

  /** Null when it is not on this device. */
  read(name: string): Promise<Blob | null> {
    return this.of(name).read(name);
  }

  /** Whether it is on this device; what only a message has is copied, for messages may go. Throws StoreFull. */
  has(name: string): Promise<boolean> {
    return this.of(name).has(name);
  }

  /** The file of this name was fetched whole; false when it is not what it should be. */
  place(name: string): Promise<boolean> {
    return this.of(name).place(name);
  }

  /** Notes what she keeps and is not here. */
  async survey(): Promise<void> {
    this.stickers.survey();
    await this.files.survey();
  }
}
