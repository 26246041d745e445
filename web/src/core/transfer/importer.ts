import type { ChatId, ImportedChat } from "../api.ts";
import { hex, random, u64, utf8 } from "../bytes.ts";
import { type Chats, importedChatId, PLAIN, touchChat } from "../chats/chats.ts";
import { digest } from "../mls/suite.ts";
import type { Session } from "../session.ts";
import { integer, type Tx } from "../store/store.ts";
import { chatsIn } from "./files.ts";
import type { ForeignChat, ForeignMessage } from "./foreign.ts";

/**
 * Chats from another program into the store, each as a chat of its own that nobody can write in. Nothing of it is sent
 * to anybody but one's own devices. The same messages again add nothing; a longer file of the same chat adds the rest.
 */

const ROWS_AT_ONCE = 500;

/** Throws CoreError: not_a_chat, import_too_large, zip_broken, storage_full; what was stored until then stays. */
export async function importChats(
  session: Session,
  chats: Chats,
  file: { name: string; content: Blob },
  told: (done: number) => void,
): Promise<ImportedChat[]> {
  const found = await chatsIn(file.name, file.content);
  const imported: ImportedChat[] = [];
  for (const [i, chat] of found.entries()) {
    imported.push(await importOne(session, chats, chat, (part) => told((i + part) / found.length)));
  }
  return imported;
}

async function importOne(
  { store, platform, accountId }: Session,
  chats: Chats,
  { title, messages, skipped }: ForeignChat,
  told: (done: number) => void,
): Promise<ImportedChat> {
  const chat = importedChatId(hex(digest("hongyan import v1\0", title)).slice(0, 32));
  const times = new Map<string, number>();
  let added = 0;
  for (let from = 0; from < messages.length; from += ROWS_AT_ONCE) {
    // Between two slices others have their turn: she may read and write meanwhile.
    await new Promise<void>((resolve) => platform.later(0, resolve));
    added += store.write((tx) => {
      chats.ensureImported(tx, chat, random(16), title);
      const slice = messages.slice(from, from + ROWS_AT_ONCE);
      return slice.filter((message) => put(tx, chats, chat, message, accountId, timeIn(times, message))).length;
    });
    told(Math.min(1, (from + ROWS_AT_ONCE) / messages.length));
  }
  store.write((tx) => {
    tx.run("UPDATE chat SET at_ms = coalesce((SELECT max(at_ms) FROM message WHERE chat = chat.id), 0) WHERE id = ?", [
      chat,
    ]);
    touchChat(tx, chat);
  });
  const count = store.one("SELECT messages FROM chat WHERE id = ?", [chat]);
  return { chat, title, added, known: messages.length - added, skipped, messages: integer(count ?? {}, "messages") };
}

/** Which of several equal messages of one second this is. */
function timeIn(times: Map<string, number>, { atMs, sender, text }: ForeignMessage): number {
  const key = JSON.stringify([atMs, sender, text]);
  const time = times.get(key) ?? 0;
  times.set(key, time + 1);
  return time;
}

/** False when it is here already. */
function put(
  tx: Tx,
  chats: Chats,
  chat: ChatId,
  { atMs, sender, text, mine }: ForeignMessage,
  accountId: number,
  time: number,
): boolean {
  const contentId = digest(
    "hongyan imported v1\0",
    utf8(JSON.stringify([chat, sender, mine, text])),
    u64(atMs),
    u64(time),
  );
  tx.run("DELETE FROM deleted WHERE content_id = ?", [contentId]);
  const stored = chats.add(tx, {
    ...PLAIN,
    chat,
    contentId,
    kind: "text",
    sender: mine ? accountId : null,
    named: mine ? null : sender,
    text,
    atMs,
    state: mine ? "sent" : null,
    unread: false,
    late: true,
  });
  return stored !== null;
}
