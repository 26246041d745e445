/**
 * Keeps the app on the device, so that it opens with no network. Holds the app's files only: never an answer of
 * the API, never a message. Hands a playing video what the page's core has of it, and keeps none of that.
 *
 * One cache per build. A new build is fetched whole before the old one goes; it takes over when the last tab of
 * the old one closes, or when the app posts "activate".
 */

import { isStream, streamed } from "./streams.ts";
import "./woken.ts";

interface Precache {
  version: string;
  files: string[];
}

const scope = self as unknown as ServiceWorkerGlobalScope;

// Replaced by the build (build/precache.ts).
const precache = "__PRECACHE__" as unknown as Precache;
const PREFIX = "hongyan-app-";
const cacheName = PREFIX + precache.version;
const known = new Set(precache.files);

scope.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(cacheName)
      .then((cache) => cache.addAll(precache.files.map((path) => new Request(path, { cache: "no-cache" })))),
  );
});

scope.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => names.filter((name) => name.startsWith(PREFIX) && name !== cacheName))
      .then((old) => Promise.all(old.map((name) => caches.delete(name))))
      .then(() => scope.clients.claim()),
  );
});

scope.addEventListener("message", (event) => {
  if (event.data === "activate") void scope.skipWaiting();
});

scope.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin === scope.location.origin && isStream(url)) {
    event.respondWith(streamed(event));
    return;
  }
  if (event.request.method !== "GET" || url.origin !== scope.location.origin) return;
  if (url.pathname.startsWith("/api/") || url.pathname === "/realtime") return;
  const path = event.request.mode === "navigate" ? "/" : url.pathname;
  if (known.has(path)) event.respondWith(fromCache(path, event.request));
});

/** From this build's cache; from the network when the browser has thrown the cache away. */
async function fromCache(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  return (await cache.match(path)) ?? fetch(request);
}
