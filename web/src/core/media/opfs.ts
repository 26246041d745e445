import { StoreFull } from "../store/store.ts";
import type { Files, OpenFile } from "./files.ts";

/** The files in the origin's private file system, in a folder of their own beside the store's. Worker only. */

/** Named here because only a worker's types know it. */
interface WorkerFileHandle {
  createSyncAccessHandle(): Promise<{
    getSize(): number;
    read(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number;
    write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number;
    flush(): void;
    close(): void;
  }>;
}

const FOLDER = "hongyan-media";

function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === "QuotaExceededError";
}

function isMissing(error: unknown): boolean {
  return error instanceof DOMException && error.name === "NotFoundError";
}

function orFull<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw isFull(error) ? new StoreFull() : error;
  }
}

export class OpfsFiles implements Files {
  private async folder(): Promise<FileSystemDirectoryHandle> {
    const root = await navigator.storage.getDirectory();
    return root.getDirectoryHandle(FOLDER, { create: true });
  }

  async open(name: string): Promise<OpenFile> {
    try {
      const handle = await (await this.folder()).getFileHandle(name, { create: true });
      const access = await (handle as unknown as WorkerFileHandle).createSyncAccessHandle();
      return {
        get size() {
          return access.getSize();
        },
        read: (at, length) => {
          const bytes = new Uint8Array(length);
          return bytes.subarray(0, access.read(bytes, { at }));
        },
        write: (bytes, at) => {
          const written = orFull(() => access.write(bytes as Uint8Array<ArrayBuffer>, { at }));
          if (written < bytes.length) throw new StoreFull();
        },
        flush: () => orFull(() => access.flush()),
        close: () => access.close(),
      };
    } catch (error) {
      throw isFull(error) ? new StoreFull() : error;
    }
  }

  async read(name: string): Promise<Blob | null> {
    try {
      return await (await (await this.folder()).getFileHandle(name)).getFile();
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async remove(name: string): Promise<void> {
    try {
      await (await this.folder()).removeEntry(name);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  async names(): Promise<string[]> {
    const names: string[] = [];
    for await (const name of (await this.folder()).keys()) names.push(name);
    return names;
  }

  async clear(): Promise<void> {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry(FOLDER, { recursive: true }).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  }
}
