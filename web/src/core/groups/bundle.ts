import { decode, encode } from "cborg";
import { equal } from "../bytes.ts";
import type { Body } from "../content/content.ts";
import { type Carried, detailBody, RECORD_ITEMS_MAX, type StoredDetail } from "../content/details.ts";
import { parseKind, textBody } from "../content/kinds.ts";
import { staysInItsChat } from "../content/money.ts";
import { deflate, inflate } from "../deflate.ts";
import { mapAttachments } from "../media/shelf.ts";

/**
 * What was said in a group before somebody came, as the one who brought her in hands it over [GH3]. Nothing in it is
 * proven: who hands it over vouches for it. Files are not in it; some of them come beside it (enclosed.ts).
 */

export const MESSAGES_MAX = 10_000;
/** Before compression. */
export const BUNDLE_BYTES_MAX = 6 * 1024 * 1024;
const FORMAT = 1;
const ID_BYTES = 32;
const REACTIONS_MAX = 100;
const EMOJI_UNITS_MAX = 64;
const TEXT_CHARACTERS_MAX = 100_000;
const NAME_CHARACTERS_MAX = 64;

export interface OldMessage {
  contentId: Uint8Array;
  sender: number;
  name: string; // what her account is called
  atMs: number;
  text: string;
  carried: Carried | null;
  quote: Uint8Array | null;
  edited: boolean;
  reactions: OldReaction[];
  /** Which of its files come beside the bundle, and where they begin there [GH7]. */
  files: { path: string; at: number }[];
}

export interface OldReaction {
  account: number;
  emoji: string;
  contentId: Uint8Array;
  atMs: number;
}

type Wire = Record<string, unknown>;

function wireOf(message: OldMessage): Wire {
  const { contentId, sender, name, atMs, text, carried, quote, edited } = message;
  const { type, body }: Body =
    carried === null ? textBody(text) : detailBody({ ...carried, detail: withoutFiles(carried.detail) });
  const reactions = message.reactions.map((one) => [one.account, one.emoji, one.contentId, one.atMs]);
  const files = message.files.map(({ path, at }) => [path, at]);
  return {
    ...{ id: contentId, sender, name, at_ms: atMs, type, body, quote, edited },
    ...(reactions.length === 0 ? {} : { reactions }),
    ...(files.length === 0 ? {} : { files }),
  };
}

/** Kind, name and small picture stay; what would fetch the file goes. */
function withoutFiles(detail: StoredDetail): StoredDetail {
  const nothing = (bytes: number) => btoa("\0".repeat(bytes));
  return mapAttachments(detail, (attachment) => ({
    ...attachment,
    blob: "",
    key: nothing(32),
    nonce: nothing(7),
    hash: nothing(32),
    expiresS: 0,
  }));
}

/** How much of the room a message takes. */
export function bytesOf(message: OldMessage): number {
  return encode(wireOf(message)).length;
}

export function packBundle(groupId: Uint8Array, messages: readonly OldMessage[]): Promise<Uint8Array> {
  return deflate(encode({ format: FORMAT, group: groupId, messages: messages.map(wireOf) }));
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function listOf<T>(value: unknown, max: number, read: (fields: unknown[]) => T | null): T[] {
  if (!Array.isArray(value)) return [];
  return (value as unknown[]).slice(0, max).flatMap((one) => {
    const found = Array.isArray(one) ? read(one as unknown[]) : null;
    return found === null ? [] : [found];
  });
}

function reactionOf([account, emoji, contentId, atMs]: unknown[]): OldReaction | null {
  if (!isCount(account) || account === 0 || typeof emoji !== "string" || emoji.length > EMOJI_UNITS_MAX) return null;
  if (!(contentId instanceof Uint8Array) || contentId.length !== ID_BYTES || !isCount(atMs)) return null;
  return { account, emoji, contentId, atMs };
}

function placeOf([path, at]: unknown[]): OldMessage["files"][number] | null {
  return typeof path === "string" && isCount(at) ? { path, at } : null;
}

function oldMessage(item: unknown): OldMessage[] {
  if (!(item instanceof Map)) return [];
  const [contentId, sender, name, atMs, type, body, quote] = [
    "id",
    "sender",
    "name",
    "at_ms",
    "type",
    "body",
    "quote",
  ].map((field): unknown => item.get(field));
  if (!(contentId instanceof Uint8Array) || contentId.length !== ID_BYTES || !isCount(sender) || sender === 0)
    return [];
  if (!isCount(atMs) || typeof type !== "string" || !(body instanceof Uint8Array)) return [];
  const kind = parseKind(type, body);
  if (kind.kind !== "text" && kind.kind !== "detail") return [];
  const carried = kind.kind === "detail" ? kind.carried : null;
  // A call for help is between two, and now; money is for those who were there.
  if (carried !== null && staysInItsChat(carried.detail.kind)) return [];
  return [
    {
      contentId,
      sender,
      name: typeof name === "string" ? [...name].slice(0, NAME_CHARACTERS_MAX).join("") : "",
      atMs,
      text: kind.kind === "text" ? kind.text.slice(0, TEXT_CHARACTERS_MAX) : "",
      carried: carried === null ? null : { ...carried, detail: withoutFiles(carried.detail) },
      quote: quote instanceof Uint8Array && quote.length === ID_BYTES ? quote : null,
      edited: item.get("edited") === true,
      reactions: listOf(item.get("reactions"), REACTIONS_MAX, reactionOf),
      files: listOf(item.get("files"), RECORD_ITEMS_MAX, placeOf),
    },
  ];
}

/** What does not parse is left out; nothing at all when it is too much, or of another group. */
export async function unpackBundle(groupId: Uint8Array, packed: Uint8Array): Promise<OldMessage[]> {
  try {
    // Its frame, and where the files are, may take a little beside the messages.
    const bundle: unknown = decode(await inflate(packed, BUNDLE_BYTES_MAX + 16 * 1_024), { useMaps: true });
    if (!(bundle instanceof Map) || bundle.get("format") !== FORMAT) return [];
    const [group, messages]: unknown[] = [bundle.get("group"), bundle.get("messages")];
    if (!(group instanceof Uint8Array) || !equal(group, groupId) || !Array.isArray(messages)) return [];
    return messages.slice(0, MESSAGES_MAX).flatMap(oldMessage);
  } catch {
    return [];
  }
}
