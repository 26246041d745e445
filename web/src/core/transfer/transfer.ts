import type { ExportedChats, ExportWords, ImportedChat, Transferring } from "../api.ts";
import type { Chats } from "../chats/chats.ts";
import type { Session } from "../session.ts";
import { Turn } from "../turn.ts";

/** Chats from other programs into this device, and all chats out of it as a folder; one thing at a time. */

export class Transfer {
  private readonly turn = new Turn();
  private current: Transferring | null = null;

  constructor(
    private readonly session: Session,
    private readonly chats: Chats,
  ) {}

  state(): Transferring | null {
    return this.current;
  }

  /** Throws CoreError: not_a_chat, import_too_large, zip_broken, storage_full. */
  import(file: { name: string; content: Blob }): Promise<ImportedChat[]> {
    return this.alone("import", async (told) => {
      const { importChats } = await import("./importer.ts");
      return importChats(this.session, this.chats, file, told);
    });
  }

  /** Throws CoreError storage_full. */
  export(words: ExportWords): Promise<ExportedChats> {
    return this.alone("export", async (told) => {
      const { Exporter } = await import("./exporter.ts");
      return new Exporter(this.session, this.chats, words).export(told);
    });
  }

  private alone<T>(what: Transferring["what"], work: (told: (done: number) => void) => Promise<T>): Promise<T> {
    return this.turn.run(async () => {
      this.tell({ what, done: 0 });
      try {
        return await work((done) => this.tell({ what, done }));
      } finally {
        this.tell(null);
      }
    });
  }

  private tell(now: Transferring | null): void {
    this.current = now;
    this.session.store.write((tx) => tx.touch("transfer"));
  }
}
