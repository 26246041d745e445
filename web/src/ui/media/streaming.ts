/** Videos that play while they are fetched: the page passes what the service worker asks on to the core, and back. */
import type { Core, StreamWish } from "../../core/api.ts";

const STREAMS = "/media/stream/";

/** Names whose content was asked for: the player has reached them. */
const reached = new Set<string>();

export function serveStreams(core: Core): void {
  navigator.serviceWorker?.addEventListener("message", ({ data, ports }: MessageEvent<StreamWish>) => {
    const [port] = ports;
    if (data.kind !== "stream" || port === undefined) return;
    const { name, from, most } = data;
    core.call("streamPart", { name, from, most }).then(
      (part) => {
        if (most > 0) reached.add(name);
        port.postMessage(part, [part.bytes.buffer]);
      },
      () => port.postMessage(null),
    );
  });
}

/** Whether the player was given anything of it. */
export function wasReached(name: string): boolean {
  return reached.has(name);
}

/** Where a player finds it; null when no service worker answers there, as in a private window or before it is installed. */
export async function streamAddress(name: string): Promise<string | null> {
  if (!navigator.serviceWorker?.controller) return null;
  const address = STREAMS + name;
  try {
    const answer = await fetch(address, { method: "HEAD" });
    // From the server it would be the app's own page: an older service worker let it through.
    return answer.ok && answer.headers.get("content-type")?.startsWith("video/") === true ? address : null;
  } catch {
    return null;
  }
}
