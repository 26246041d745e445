import { base64url, concat } from "../bytes.ts";
import { freshBlobId } from "../media/blob.ts";
import { attachmentsIn, change, fileOf, itemOfMessage, mapAttachments } from "../media/shelf.ts";
import type { Session } from "../session.ts";
import { integer, type Tx } from "../store/store.ts";
import type { OldMessage } from "./bundle.ts";

/**
 * The files of messages that are handed over [GH7]: the newest photos, voice messages and stickers that the giver has,
 * one after the other in one blob. Of all else there is the small picture, and a sentence that says so.
 */

/** Of all files together. */
export const FILES_BYTES_MAX = 12 * 1024 * 1024;
export const FILE_BYTES_MAX = 4 * 1024 * 1024;
export const FILES_MAX = 500;
const KINDS: readonly string[] = ["picture", "voice", "sticker"];

/** Notes in the messages where their files are, and returns these; null when there are none. */
export async function enclose(session: Session, messages: readonly OldMessage[]): Promise<Uint8Array | null> {
  const { store, platform } = session;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (const message of [...messages].reverse()) {
    const row = store.one("SELECT n FROM message WHERE content_id = ?", [message.contentId]);
    if (row === undefined || message.carried === null) continue;
    for (const { path, attachment } of attachmentsIn(message.carried.detail)) {
      const found = itemOfMessage(store, integer(row, "n"), path);
      const fits = attachment.bytes <= FILE_BYTES_MAX && bytes + attachment.bytes <= FILES_BYTES_MAX;
      if (found?.state !== "here" || !KINDS.includes(attachment.kind) || !fits || parts.length === FILES_MAX) continue;
      const content = await platform.files.read(fileOf(found.id));
      if (content === null || content.size < attachment.bytes) continue;
      parts.push(new Uint8Array(await content.slice(0, attachment.bytes).arrayBuffer()));
      message.files.push({ path, at: bytes });
      bytes += attachment.bytes;
    }
  }
  return parts.length === 0 ? null : concat(...parts);
}

/** A message with room for the files that come after it. Ids are this device's own: nothing is fetched by them. */
export function withRoom(message: OldMessage): OldMessage["carried"] {
  if (message.carried === null) return null;
  const coming = new Set(message.files.map(({ path }) => path));
  const detail = mapAttachments(message.carried.detail, (attachment, path) =>
    coming.has(path) ? { ...attachment, blob: base64url(freshBlobId()) } : attachment,
  );
  return { ...message.carried, detail };
}

/** In the transaction that stored the message: what comes waits, what does not is said to have stayed behind. */
export function notePlaces(tx: Tx, n: number, message: OldMessage): void {
  if (message.carried === null) return;
  for (const { path, attachment } of attachmentsIn(message.carried.detail)) {
    const found = itemOfMessage(tx, n, path);
    if (found !== null) change(tx, found.id, { state: "away", heard: 1 });
    else {
      tx.run(
        `INSERT INTO media (message, path, blob, kind, bytes, expires_s, state, problem, heard)
         VALUES (?, ?, '', ?, ?, 0, 'gone', 'media_left_behind', 1)`,
        [n, path, attachment.kind, attachment.bytes],
      );
    }
  }
}

/**
 * Puts the files where their messages wait for them; with null they stay behind. However often a message names a part,
 * no more is stored than FILES_BYTES_MAX.
 */
export async function putInPlace(
  session: Session,
  messages: readonly OldMessage[],
  inviter: number,
  files: Uint8Array | null,
): Promise<void> {
  const { store, platform } = session;
  let left = FILES_BYTES_MAX;
  for (const message of messages) {
    if (message.files.length === 0 || message.carried === null) continue;
    const row = store.one("SELECT n FROM message WHERE content_id = ? AND vouched = ?", [message.contentId, inviter]);
    if (row === undefined) continue;
    for (const { path, attachment } of attachmentsIn(message.carried.detail)) {
      const found = itemOfMessage(store, integer(row, "n"), path);
      const at = message.files.find((one) => one.path === path)?.at;
      if (at === undefined || found === null || (found.state !== "away" && found.state !== "gone")) continue;
      const part = files?.slice(at, at + attachment.bytes) ?? null;
      if (part === null || part.length !== attachment.bytes || part.length > left || part.length > FILE_BYTES_MAX) {
        store.write((tx) => change(tx, found.id, { state: "gone", problem: "media_left_behind" }));
        continue;
      }
      left -= part.length;
      const file = await platform.files.open(fileOf(found.id));
      try {
        file.write(part, 0);
        file.flush();
      } finally {
        file.close();
      }
      store.write((tx) => change(tx, found.id, { state: "here", moved: part.length, problem: null }));
    }
  }
}
