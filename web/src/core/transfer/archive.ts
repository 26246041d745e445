import { Zip, ZipDeflate, ZipPassThrough } from "fflate";

/** A zip that is written piece by piece, so that it may be larger than what fits in memory. */

const JOINED_BYTES = 8 * 1024 * 1024;
const READ_BYTES = 1024 * 1024;
const encoder = new TextEncoder();

export class Archive {
  private whole = new Blob([], { type: "application/zip" });
  private parts: Uint8Array<ArrayBuffer>[] = [];
  private waiting = 0;
  private failure: Error | null = null;
  private readonly zip: Zip;
  bytes = 0;

  constructor(private readonly atMs: number) {
    this.zip = new Zip((error, part) => {
      if (error !== null) this.failure = error;
      else this.take(part as Uint8Array<ArrayBuffer>);
    });
  }

  private take(part: Uint8Array<ArrayBuffer>): void {
    this.parts.push(part);
    this.waiting += part.length;
    this.bytes += part.length;
    if (this.waiting >= JOINED_BYTES) this.join();
  }

  /** Browsers keep large blobs on disk. */
  private join(): void {
    this.whole = new Blob([this.whole, ...this.parts], { type: "application/zip" });
    this.parts = [];
    this.waiting = 0;
  }

  addText(path: string, pieces: readonly string[]): void {
    const file = new ZipDeflate(path, { level: 6 });
    file.mtime = this.atMs;
    this.zip.add(file);
    for (const piece of pieces) file.push(encoder.encode(piece));
    file.push(new Uint8Array(), true);
  }

  /** As it is: pictures and videos are small already. */
  async addFile(path: string, content: Blob): Promise<void> {
    const file = new ZipPassThrough(path);
    file.mtime = this.atMs;
    this.zip.add(file);
    for (let from = 0; from < content.size; from += READ_BYTES) {
      file.push(new Uint8Array(await content.slice(from, from + READ_BYTES).arrayBuffer()));
    }
    file.push(new Uint8Array(), true);
  }

  /** The zip; nothing can be added after it. */
  end(): Blob {
    this.zip.end();
    if (this.failure !== null) throw this.failure;
    this.join();
    return this.whole;
  }
}
