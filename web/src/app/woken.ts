/**
 * What the service worker does when the device is woken, and when a notification is tapped.
 *
 * A wake-up says only that there is something, and the messages cannot be opened here: the words are general ones,
 * which the page left in the reader's language. A service worker is one file: nothing the page also imports may be
 * imported here.
 */
import type { Notes } from "../features/push/notes.ts";

const scope = self as unknown as ServiceWorkerGlobalScope;

// As in features/push/notes.ts.
const CACHE = "hongyan-notes";
const WORDS = "/notes/words";
const ARRIVED = "/notes/arrived";

const TAG = "hongyan";
const ICON = "/icons/icon-192.png";
const TRIAL = "trial";
/** Until the page has left words: the app's name says enough. */
const WORDLESS: Notes = { title: "鸿雁 Hongyan", body: "", trial: "", sound: true, vibration: true };

interface Opened {
  path: string;
}

scope.addEventListener("push", (event) => event.waitUntil(woken(event.data?.text() ?? "")));
scope.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const data: Opened | null = event.notification.data;
  event.waitUntil(open(data?.path ?? "/"));
});

async function woken(said: string): Promise<void> {
  const cache = await caches.open(CACHE);
  await cache.put(ARRIVED, new Response(String(Date.now())));
  const pages = await scope.clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const page of pages) page.postMessage({ kind: "woken" });
  // Who looks at the app hears of it there.
  if (said !== TRIAL && pages.some((page) => page.visibilityState === "visible")) return;
  const stored = await cache.match(WORDS);
  const notes = stored === undefined ? WORDLESS : ((await stored.json()) as Notes);
  await scope.registration.showNotification(notes.title, {
    body: said === TRIAL ? notes.trial : notes.body,
    tag: TAG,
    icon: ICON,
    badge: ICON,
    silent: !notes.sound,
    data: { path: "/" } satisfies Opened,
    ...REPEATED,
    ...(notes.sound && notes.vibration ? VIBRATING : {}),
  });
  if (said !== TRIAL) await navigator.setAppBadge?.().catch(() => undefined);
}

// In the standard, and not in TypeScript's library.
const REPEATED: object = { renotify: true };
const VIBRATING: object = { vibrate: [120, 80, 120] };

async function open(path: string): Promise<void> {
  const [page] = await scope.clients.matchAll({ type: "window" });
  if (page === undefined) {
    await scope.clients.openWindow(path);
    return;
  }
  page.postMessage({ kind: "open", path });
  await page.focus();
}
