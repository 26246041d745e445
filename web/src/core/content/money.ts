import { base64, fromBase64, fromHex, hex } from "../bytes.ts";

/** Cards about money [GF1] [GF3]: which act they are of, and the sender's words. Amounts are the server's to say. */

export const TYPE_PACKET = "application/hongyan.packet";
export const TYPE_TRANSFER = "application/hongyan.transfer";
export const TYPE_COLLECTION = "application/hongyan.collection";

export const ACT_BYTES = 16;
export const SECRET_BYTES = 32;
export const COMMITMENT_BYTES = 32;
export const WORDS_CHARACTERS_MAX = 60;

/** A red packet. Whoever has `secret` may open it, so the card is never passed on. */
export interface PacketCard {
  kind: "packet";
  id: string; // 32 hexadecimal digits
  secret: string; // base64 of 32 bytes
  commitment: string; // base64 of 32 bytes: what the server bound itself to when it was sent
  greeting: string;
  mineMinor: number; // what was in it for the reader when this device opened it, 0 before; never travels
}

export interface TransferCard {
  kind: "transfer";
  id: string;
  words: string;
  payee: number; // the account that it is for, in a group; 0: the other person of the chat
}

/** Money asked for [PY4]: of one person, or, with `split`, of several who share a bill. */
export interface CollectionCard {
  kind: "collection";
  id: string;
  title: string;
  split: boolean;
}

export type MoneyCard = PacketCard | TransferCard | CollectionCard;

/** As many of her words as a card takes. */
export function cutWords(words: string): string {
  return [...words.trim()].slice(0, WORDS_CHARACTERS_MAX).join("");
}

type Fields = Map<unknown, unknown>;

function octets(map: Fields, name: string, length: number): Uint8Array | null {
  const value = map.get(name);
  return value instanceof Uint8Array && value.length === length ? value : null;
}

function wordsIn(map: Fields, name: string): string {
  const value = map.get(name);
  return typeof value === "string" ? [...value].slice(0, WORDS_CHARACTERS_MAX).join("") : "";
}

export function packetOf(map: Fields): PacketCard | null {
  const id = octets(map, "id", ACT_BYTES);
  const secret = octets(map, "secret", SECRET_BYTES);
  const commitment = octets(map, "commitment", COMMITMENT_BYTES);
  if (id === null || secret === null || commitment === null) return null;
  const opens = { secret: base64(secret), commitment: base64(commitment) };
  return { kind: "packet", id: hex(id), ...opens, greeting: wordsIn(map, "greeting"), mineMinor: 0 };
}

export function transferOf(map: Fields): TransferCard | null {
  const id = octets(map, "id", ACT_BYTES);
  if (id === null) return null;
  const payee = map.get("payee");
  const whom = typeof payee === "number" && Number.isSafeInteger(payee) && payee > 0 ? payee : 0;
  return { kind: "transfer", id: hex(id), words: wordsIn(map, "words"), payee: whom };
}

export function collectionOf(map: Fields): CollectionCard | null {
  const id = octets(map, "id", ACT_BYTES);
  if (id === null) return null;
  return { kind: "collection", id: hex(id), title: wordsIn(map, "title"), split: map.get("split") === true };
}

export function packetWire({ id, secret, commitment, greeting }: PacketCard): Record<string, unknown> {
  return { id: fromHex(id), secret: fromBase64(secret), commitment: fromBase64(commitment), greeting };
}

export function transferWire({ id, words, payee }: TransferCard): Record<string, unknown> {
  return { id: fromHex(id), words, ...(payee ? { payee } : {}) };
}

export function collectionWire({ id, title, split }: CollectionCard): Record<string, unknown> {
  return { id: fromHex(id), title, split };
}

/** What is between its sender and those she sent it to: neither passed on, kept, nor handed to newcomers. */
export function staysInItsChat(kind: string): boolean {
  return kind === "packet" || kind === "transfer" || kind === "collection" || kind === "help";
}
