import { random } from "../../web/src/core/bytes.ts";
import type { Store } from "../../web/src/core/store/store.ts";

/** Years of talk straight into the store of a device: chats of all sizes, the newest message last. */

const CHATS = 60;
const ROWS_AT_ONCE = 5_000;
const MINUTE_MS = 60_000;
const POSITIONS_PER_MS = 1_024;
const PIECES = [
  "今天天气不错，",
  "晚上回来吃饭吗？",
  "我在路上，",
  "记得带钥匙。",
  "好的好的，",
  "视频发你了，",
  "哈哈哈😂",
  "明天几点见？",
];

/** Returns what the newest message says; the oldest ends in 第0条。 */
export function fill(store: Store, messages: number, chats = CHATS): string {
  const startMs = Date.now() - messages * MINUTE_MS;
  store.write((tx) => {
    for (let chat = 0; chat < chats; chat++) {
      tx.run(
        `INSERT INTO chat (id, group_id, kind, person, name, at_ms, listed, messages) VALUES (?, ?, 'group', NULL, ?, ?, 1, 0)`,
        [`g:${String(chat).padStart(32, "0")}`, random(16), `群聊${chat}`, startMs],
      );
    }
  });
  let text = "";
  for (let from = 0; from < messages; from += ROWS_AT_ONCE) {
    store.write((tx) => {
      for (let n = from; n < Math.min(messages, from + ROWS_AT_ONCE); n++) {
        const atMs = startMs + n * MINUTE_MS;
        text = `${PIECES[n % 8]}${PIECES[(n * 7) % 5]}第${n}条`;
        tx.run(
          `INSERT INTO message (chat, position, content_id, kind, sender, mine, text, at_ms, state)
           VALUES (?, ?, ?, 'text', ?, ?, ?, ?, ?)`,
          [
            `g:${String(n % chats).padStart(32, "0")}`,
            atMs * POSITIONS_PER_MS,
            random(32),
            1_000 + (n % 7),
            Number(n % 7 === 0),
            text,
            atMs,
            n % 7 === 0 ? "sent" : null,
          ],
        );
      }
    });
  }
  store.write((tx) => {
    tx.run("UPDATE chat SET messages = (SELECT count(*) FROM message WHERE chat = chat.id)");
    tx.run("UPDATE chat SET at_ms = (SELECT max(at_ms) FROM message WHERE chat = chat.id)");
  });
  return text;
}
