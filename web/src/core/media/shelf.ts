import type { ChatId, ErrorCode, MediaState, MessageId } from "../api.ts";
import { base64url, fromBase64 } from "../bytes.ts";
import { storedDetail } from "../chats/render.ts";
import type { Attachment, AttachmentKind, StoredDetail } from "../content/details.ts";
import {
  blobOrNull,
  integer,
  integerOrNull,
  type Reader,
  type Row,
  type Tx,
  text,
  textOrNull,
} from "../store/store.ts";
import type { Secrets } from "./blob.ts";

/** The table of files that messages carry: where each of them is, and what is still to be done about it. */

export type Place =
  | "away"
  | "wanted"
  | "here"
  | "gone"
  | "broken"
  | "cleared"
  | "copying"
  | "sending"
  | "uploaded"
  | "stopped";

export interface Item {
  id: number;
  message: number | null;
  path: string;
  blob: string;
  kind: AttachmentKind;
  bytes: number;
  expiresS: number;
  state: Place;
  moved: number;
  uploader: boolean;
  begun: boolean; // the server has heard of the upload
  tell: "taken" | "erase" | null;
  problem: ErrorCode | null;
  heard: boolean;
  tries: number;
  retryAtMs: number;
  have: Uint8Array | null;
}

function itemOf(row: Row): Item {
  return {
    id: integer(row, "id"),
    message: integerOrNull(row, "message"),
    path: text(row, "path"),
    blob: text(row, "blob"),
    kind: text(row, "kind") as AttachmentKind,
    bytes: integer(row, "bytes"),
    expiresS: integer(row, "expires_s"),
    state: text(row, "state") as Place,
    moved: integer(row, "moved"),
    uploader: integer(row, "uploader") === 1,
    begun: integer(row, "begun") === 1,
    tell: textOrNull(row, "tell") as Item["tell"],
    problem: textOrNull(row, "problem") as ErrorCode | null,
    heard: integer(row, "heard") === 1,
    tries: integer(row, "tries"),
    retryAtMs: integer(row, "retry_at_ms"),
    have: blobOrNull(row, "have"),
  };
}

function itemsOf(reader: Reader, where: string, parameters: (string | number)[] = []): Item[] {
  return reader.all(`SELECT * FROM media WHERE ${where}`, parameters).map(itemOf);
}

/** The name of an item's file; ids are never given twice. */
export function fileOf(id: number): string {
  return String(id);
}

export function itemOfMessage(reader: Reader, message: MessageId | number, path: string): Item | null {
  return itemsOf(reader, "message = ? AND path = ?", [Number(message), path])[0] ?? null;
}

export function item(reader: Reader, id: number): Item | null {
  return itemsOf(reader, "id = ?", [id])[0] ?? null;
}

export function itemsOfMessage(reader: Reader, message: number): Item[] {
  return itemsOf(reader, "message = ? ORDER BY path", [message]);
}

/** What may be fetched now, newest first; by itself only what the server should still have. */
export function wantedItems(reader: Reader, nowMs: number, serverNowMs: number, limit: number): Item[] {
  return itemsOf(
    reader,
    "state = 'wanted' AND retry_at_ms <= ? AND (asked = 1 OR expires_s > ?) ORDER BY id DESC LIMIT ?",
    [nowMs, Math.floor(serverNowMs / 1000), limit],
  );
}

/** Own files on their way, oldest first. */
export function sendingItems(reader: Reader): Item[] {
  return itemsOf(reader, "state = 'sending' ORDER BY id");
}

/** Which `media f` of a `message m` may go to make room: here, and sent. A sticker is nothing without its picture. */
export const CLEARABLE = "f.kind <> 'sticker' AND f.state = 'here' AND (m.state IS NULL OR m.state = 'sent')";

export function clearableItems(reader: Reader, which: { chat?: ChatId; kind?: AttachmentKind }, limit: number): Item[] {
  const { chat = null, kind = null } = which;
  const rows = reader.all(
    `SELECT f.* FROM media f JOIN message m ON m.n = f.message
     WHERE ${CLEARABLE} AND m.chat = coalesce(?, m.chat) AND f.kind = coalesce(?, f.kind) LIMIT ?`,
    [chat, kind, limit],
  );
  return rows.map(itemOf);
}

export function copyingItems(reader: Reader): Item[] {
  return itemsOf(reader, "state = 'copying'");
}

export function unwantedItems(reader: Reader): Item[] {
  return itemsOf(reader, "message IS NULL");
}

export function untoldItems(reader: Reader): Item[] {
  return itemsOf(reader, "tell IS NOT NULL");
}

export function change(
  tx: Tx,
  id: number,
  fields: Partial<{
    state: Place;
    moved: number;
    bytes: number;
    blob: string;
    uploader: number;
    begun: number;
    tell: Item["tell"];
    due_epoch: number | null;
    problem: ErrorCode | null;
    heard: number;
    asked: number;
    retry_at_ms: number;
    tries: number;
    have: Uint8Array | null;
  }>,
): void {
  const names = Object.keys(fields) as (keyof typeof fields)[];
  const values = names.map((name) => fields[name] ?? null);
  tx.run(`UPDATE media SET ${names.map((name) => `${name} = ?`).join(", ")} WHERE id = ?`, [...values, id]);
  const row = tx.one("SELECT message FROM media WHERE id = ?", [id]);
  const message = row === undefined ? null : integerOrNull(row, "message");
  if (message !== null) tx.touch(mediaTopic(String(message)));
}

/** A blob that this device will never need: the server need not keep it for it [ME14]. */
export function letGo(tx: Tx, blob: Uint8Array): void {
  tx.run(
    `INSERT INTO media (message, path, blob, kind, bytes, expires_s, state, tell)
     VALUES (NULL, '', ?, 'file', 0, 0, 'gone', 'taken')`,
    [base64url(blob)],
  );
}

export function mediaTopic(message: MessageId): string {
  return `media:${message}`;
}

export function stateOf(found: Item): MediaState {
  const { state, moved, bytes, problem, heard } = found;
  const done = Math.min(moved, bytes);
  switch (state) {
    case "copying":
      return { state: "sending", done: 0, problem, heard };
    case "sending":
    case "stopped":
      return { state: "sending", done, problem, heard };
    case "uploaded":
      return { state: "sending", done: bytes, problem, heard };
    case "wanted":
      return { state: "fetching", done, problem, heard };
    default:
      return { state, done, problem, heard };
  }
}

/** What a message says of the file at `path`; null when it is there no more. */
export function attachmentOf(reader: Reader, message: number, path: string): Attachment | null {
  const row = reader.one("SELECT detail FROM message WHERE n = ?", [message]);
  const detail = row === undefined ? null : storedDetail(row);
  return detail === null ? null : attachmentAt(detail, path);
}

export function attachmentAt(detail: StoredDetail, path: string): Attachment | null {
  if (path !== "") {
    const [first = "", ...rest] = path.split(".");
    const inner = detail.kind === "record" ? detail.items[Number(first)]?.detail : null;
    return inner === null || inner === undefined ? null : attachmentAt(inner, rest.join("."));
  }
  return "blob" in detail ? detail : null;
}

export function secretsOf({ key, nonce }: Attachment): Secrets {
  return { key: fromBase64(key), prefix: fromBase64(nonce) };
}

/** Every file that a message carries, with the way to it. */
export function attachmentsIn(detail: StoredDetail, above = ""): { path: string; attachment: Attachment }[] {
  if ("blob" in detail) return [{ path: above, attachment: detail }];
  if (detail.kind !== "record") return [];
  return detail.items.flatMap(({ detail: inner }, i) =>
    inner === null ? [] : attachmentsIn(inner, above === "" ? String(i) : `${above}.${i}`),
  );
}

/** The detail with each file of it changed, at the same places. */
export function mapAttachments(
  detail: StoredDetail,
  changed: (attachment: Attachment, path: string) => Attachment,
  above = "",
): StoredDetail {
  if ("blob" in detail) return changed(detail, above);
  if (detail.kind !== "record") return detail;
  const items = detail.items.map((one, i) => {
    if (one.detail === null) return one;
    return { ...one, detail: mapAttachments(one.detail, changed, above === "" ? String(i) : `${above}.${i}`) };
  });
  return { ...detail, items };
}
