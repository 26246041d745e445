import type { AttachmentDetail, ChatId, Space } from "../api.ts";
import type { Session } from "../session.ts";
import { integer, text } from "../store/store.ts";
import type { Chats } from "./chats.ts";

/** What takes space on this device, and making room: what is cleared goes from here and from nowhere else. */

const ROWS_AT_ONCE = 200;
/** What is on its way to somebody is not taken for space. */
const HELD = "f.message IS NOT NULL AND f.state IN ('here', 'wanted', 'uploaded')";

export class SpaceKeeper {
  constructor(
    private readonly session: Session,
    private readonly chats: Chats,
  ) {}

  /** The chats that take most come first. */
  space(): Space {
    const { store } = this.session;
    const files = store.all(
      `SELECT m.chat, f.kind, count(DISTINCT m.n) AS messages, sum(iif(f.uploader = 1, f.bytes, f.moved)) AS bytes
       FROM media f JOIN message m ON m.n = f.message WHERE ${HELD} GROUP BY m.chat, f.kind`,
    );
    const bytesOf = new Map<ChatId, number>();
    const kinds = new Map<AttachmentDetail["kind"], { messages: number; bytes: number }>();
    for (const row of files) {
      const [chat, kind] = [text(row, "chat"), text(row, "kind") as AttachmentDetail["kind"]];
      const [messages, bytes] = [integer(row, "messages"), integer(row, "bytes")];
      bytesOf.set(chat, (bytesOf.get(chat) ?? 0) + bytes);
      const sum = kinds.get(kind) ?? { messages: 0, bytes: 0 };
      kinds.set(kind, { messages: sum.messages + messages, bytes: sum.bytes + bytes });
    }
    const chats = store
      .all("SELECT id, messages FROM chat WHERE messages > 0")
      .map((row) => ({
        id: text(row, "id"),
        title: this.chats.summary(text(row, "id"))?.title ?? "",
        messages: integer(row, "messages"),
        fileBytes: bytesOf.get(text(row, "id")) ?? 0,
      }))
      .sort((a, b) => b.fileBytes - a.fileBytes || b.messages - a.messages);
    return {
      chats,
      kinds: [...kinds].map(([kind, { messages, bytes }]) => ({ kind, messages, fileBytes: bytes })),
    };
  }

  /** Takes the messages of one kind, or all of one chat, off this device; returns how many went. */
  async clear({ chat, kind }: { chat?: ChatId; kind?: AttachmentDetail["kind"] }): Promise<number> {
    const of = kind === undefined ? "" : `AND n IN (SELECT f.message FROM media f WHERE f.kind = ? AND ${HELD})`;
    const [inChat, chats] = chat === undefined ? ["", []] : ["AND chat = ?", [chat]];
    let cleared = 0;
    while (chat !== undefined || kind !== undefined) {
      const rows = this.session.store.all(
        `SELECT * FROM message WHERE state IS NOT 'sending' ${of} ${inChat} LIMIT ?`,
        [...(kind === undefined ? [] : [kind]), ...chats, ROWS_AT_ONCE],
      );
      if (rows.length === 0) break;
      this.session.store.write((tx) => {
        for (const row of rows) this.chats.deleteMessage(tx, row);
      });
      cleared += rows.length;
      // Messages that arrive meanwhile are not kept waiting.
      await new Promise<void>((done) => this.session.platform.later(0, done));
    }
    return cleared;
  }
}
