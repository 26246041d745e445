import type { AttachmentDetail, ChatId, Space } from "../api.ts";
import type { Chats } from "../chats/chats.ts";
import type { Session } from "../session.ts";
import { integer, text } from "../store/store.ts";
import * as shelf from "./shelf.ts";

/**
 * What takes space on this device, and making room: files go from here and from nowhere else. Their messages stay,
 * with the small picture inside them, and so does all that is not with the others yet.
 */

const FILES_AT_ONCE = 100;

type Kind = AttachmentDetail["kind"];

export class SpaceKeeper {
  constructor(
    private readonly session: Session,
    private readonly chats: Chats,
  ) {}

  /** What takes most comes first. */
  space(): Space {
    const { store } = this.session;
    const files = store.all(
      `SELECT m.chat, f.kind, count(*) AS files, sum(f.bytes) AS bytes FROM media f JOIN message m ON m.n = f.message
       WHERE ${shelf.CLEARABLE} GROUP BY m.chat, f.kind`,
    );
    const ofChat = new Map<ChatId, { files: number; bytes: number }>();
    const ofKind = new Map<Kind, { files: number; bytes: number }>();
    for (const row of files) {
      const [count, bytes] = [integer(row, "files"), integer(row, "bytes")];
      const [chat, kind] = [text(row, "chat"), text(row, "kind") as Kind];
      const [before, beside] = [ofChat.get(chat), ofKind.get(kind)];
      ofChat.set(chat, { files: (before?.files ?? 0) + count, bytes: (before?.bytes ?? 0) + bytes });
      ofKind.set(kind, { files: (beside?.files ?? 0) + count, bytes: (beside?.bytes ?? 0) + bytes });
    }
    const pages = store.one("SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size");
    return {
      messageBytes: integer(pages ?? { bytes: 0 }, "bytes"),
      chats: [...ofChat]
        .map(([id, { files: count, bytes }]) => {
          return { id, title: this.chats.summary(id)?.title ?? "", files: count, fileBytes: bytes };
        })
        .sort((a, b) => b.fileBytes - a.fileBytes),
      kinds: [...ofKind]
        .map(([kind, { files: count, bytes }]) => ({ kind, files: count, fileBytes: bytes }))
        .sort((a, b) => b.fileBytes - a.fileBytes),
    };
  }

  /** Takes the files of one kind, of one chat, or of both, off this device; returns what that made free. */
  async clear(which: { chat?: ChatId; kind?: Kind }): Promise<{ files: number; bytes: number }> {
    const { store, platform } = this.session;
    const cleared = { files: 0, bytes: 0 };
    for (;;) {
      const items = shelf.clearableItems(store, which, FILES_AT_ONCE);
      if (items.length === 0) return cleared;
      // The row first: a file that is left over is removed at the next start, a missing one would be asked for.
      store.write((tx) => {
        for (const { id } of items) shelf.change(tx, id, { state: "cleared", moved: 0, have: null });
      });
      for (const { id, bytes } of items) {
        await platform.files.remove(shelf.fileOf(id));
        cleared.files += 1;
        cleared.bytes += bytes;
      }
    }
  }
}
