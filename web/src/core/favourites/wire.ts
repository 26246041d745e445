import { decode, encode } from "cborg";
import type { Body } from "../content/content.ts";

/** Favourites as the own devices tell them to each other, in the self group only [FA1]. */

export const TYPE_FAVOURITES = "application/hongyan.favourites";

export interface ToldFavourite {
  id: Uint8Array;
  atMs: number;
  saidMs: number;
  sender: number | null;
  source: string; // the title of the chat it comes from
  content: Body | null; // null: taken out
}

export const FAVOURITE_ID_BYTES = 16;

export function favouritesBody(items: readonly ToldFavourite[]): Body {
  const told = items.map(({ id, atMs, saidMs, sender, source, content }) => ({
    id,
    at_ms: atMs,
    said_ms: saidMs,
    sender,
    source,
    type: content?.type ?? null,
    body: content?.body ?? null,
  }));
  return { type: TYPE_FAVOURITES, body: encode({ items: told }) };
}

function count(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

function favouriteOf(item: unknown): ToldFavourite | null {
  if (!(item instanceof Map)) return null;
  const id: unknown = item.get("id");
  const type: unknown = item.get("type");
  const body: unknown = item.get("body");
  const sender: unknown = item.get("sender");
  const source: unknown = item.get("source");
  if (!(id instanceof Uint8Array) || id.length !== FAVOURITE_ID_BYTES) return null;
  return {
    id,
    atMs: count(item.get("at_ms")),
    saidMs: count(item.get("said_ms")),
    sender: sender === null ? null : count(sender),
    source: typeof source === "string" ? source : "",
    content: typeof type === "string" && body instanceof Uint8Array ? { type, body } : null,
  };
}

/** What does not parse is left out. */
export function parseFavourites(body: Uint8Array): ToldFavourite[] {
  const map: unknown = decode(body, { useMaps: true });
  const items: unknown = map instanceof Map ? map.get("items") : null;
  return Array.isArray(items) ? items.map(favouriteOf).filter((one) => one !== null) : [];
}
