/** What page and service worker tell each other while the other is away; kept in the browser's cache. */

/** The words of a notification, in the reader's language: general ones, for a wake-up has no content. */
export interface Notes {
  title: string;
  body: string;
  trial: string;
  sound: boolean;
  vibration: boolean;
}

// As in app/woken.ts, which may import nothing of the page's.
const CACHE = "hongyan-notes";
const WORDS = "/notes/words";
const ARRIVED = "/notes/arrived";

export async function leaveWords(notes: Notes): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.put(WORDS, new Response(JSON.stringify(notes)));
}

/** When this device was last woken; null: never. */
export async function lastArrivalMs(): Promise<number | null> {
  const cache = await caches.open(CACHE);
  const stored = await cache.match(ARRIVED);
  return stored === undefined ? null : Number(await stored.text());
}

/** Nothing of whoever was here stays. */
export async function forgetNotes(): Promise<void> {
  await caches.delete(CACHE);
}
