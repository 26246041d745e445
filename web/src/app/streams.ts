/**
 * The service worker's part of a video that plays while it is fetched: it answers the player's ranges with what the
 * page's core has opened. Each answer is what is at hand, so no answer lasts, and a worker that was ended meanwhile is
 * missed by nobody. A service worker is one file: only types are imported here.
 */
import type { StreamPart, StreamWish } from "../core/api.ts";

const scope = self as unknown as ServiceWorkerGlobalScope;

// As in ui/media/streaming.ts.
const STREAMS = "/media/stream/";
/** What a friend sent is never a page of the app's, whoever opens its address. */
const FOR_A_PLAYER = {
  "accept-ranges": "bytes",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; sandbox",
};
/** More than the core waits for a chunk. */
const PATIENCE_MS = 70_000;

export function isStream(url: URL): boolean {
  return url.pathname.startsWith(STREAMS);
}

export async function streamed(event: FetchEvent): Promise<Response> {
  const { request } = event;
  const name = new URL(request.url).pathname.slice(STREAMS.length);
  const asked = /^bytes=(\d{1,10})-(\d{0,10})$/.exec(request.headers.get("range") ?? "bytes=0-");
  const from = Number(asked?.[1] ?? 0);
  const last = asked?.[2] ? Number(asked[2]) : Number.MAX_SAFE_INTEGER;
  const isHead = request.method === "HEAD";
  const part = await ask(event.clientId, {
    kind: "stream",
    name,
    from,
    most: isHead ? 0 : Math.max(0, last - from + 1),
  });
  if (part === null) return new Response(null, { status: 503 });
  const { bytes, total, type } = part;
  const headers = { ...FOR_A_PLAYER, "content-type": type };
  if (isHead) return new Response(null, { headers: { ...headers, "content-length": String(total) } });
  if (asked === null || bytes.length === 0) {
    return new Response(null, { status: 416, headers: { "content-range": `bytes */${total}` } });
  }
  const range = `bytes ${from}-${from + bytes.length - 1}/${total}`;
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    status: 206,
    headers: { ...headers, "content-range": range, "content-length": String(bytes.length) },
  });
}

/** Of the page that plays; where the browser does not say which that is, of the one that knows the name. */
async function ask(clientId: string, wish: StreamWish): Promise<StreamPart | null> {
  const page = clientId === "" ? undefined : await scope.clients.get(clientId);
  const pages = page === undefined ? await scope.clients.matchAll({ type: "window" }) : [page];
  return Promise.any(pages.map((one) => answerOf(one, wish))).catch(() => null);
}

function answerOf(page: Client, wish: StreamWish): Promise<StreamPart> {
  return new Promise((resolve, reject) => {
    const { port1, port2 } = new MessageChannel();
    const late = setTimeout(() => reject(new Error("late")), PATIENCE_MS);
    port1.onmessage = ({ data }: MessageEvent<StreamPart | null>) => {
      clearTimeout(late);
      port1.close();
      if (data === null) reject(new Error("unknown"));
      else resolve(data);
    };
    page.postMessage(wish, [port2]);
  });
}
