import { base64, base64url } from "../bytes.ts";
import { type Http, NotThere, OtherOffset } from "../http.ts";

/** A blob's way to the server and back: tus 1.0 [ME8]–[ME11] and ranges [ME13]. Ids are base64url. */

const TUS = { "tus-resumable": "1.0.0" };
const OCTETS = { "content-type": "application/offset+octet-stream" };
/** Of one request: long enough for a slow line, short enough to begin anew when the line is dead. */
const TIMEOUT_MS = 90_000;
const PIECE_BYTES = 1024 * 1024;

/** The same signal, given at the latest when a request has had its time. */
export function until(signal: AbortSignal): AbortSignal {
  const either = new AbortController();
  for (const end of [signal, AbortSignal.timeout(TIMEOUT_MS)]) {
    if (end.aborted) either.abort();
    else end.addEventListener("abort", () => either.abort(), { signal: either.signal }); // not kept for longer
  }
  return either.signal;
}

function offsetOf(response: Response): number {
  return Number(response.headers.get("upload-offset") ?? 0);
}

export class Transport {
  constructor(private readonly http: Http) {}

  /** Makes the upload or finds it again; answers how much of it the server has. */
  async create(
    blob: { id: Uint8Array; bytes: number; groupId: Uint8Array },
    first: Uint8Array | null,
    signal: AbortSignal,
  ): Promise<number> {
    const response = await this.http.raw("/media", {
      method: "POST",
      headers: {
        ...TUS,
        ...(first === null ? {} : OCTETS),
        "upload-length": String(blob.bytes),
        "upload-metadata": `id ${base64(blob.id)},group ${base64(blob.groupId)}`,
      },
      ...(first === null ? {} : { body: first }),
      signal: until(signal),
    });
    return offsetOf(response);
  }

  /** Makes the upload or goes on with it, until the server has all of it. Throws NotThere when it is gone meanwhile. */
  async put(
    blob: { id: Uint8Array; bytes: number; groupId: Uint8Array },
    sealed: (from: number, to: number) => Promise<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    let offset = await this.create(blob, null, signal);
    while (offset < blob.bytes) {
      const piece = await sealed(offset, Math.min(blob.bytes, offset + PIECE_BYTES));
      try {
        offset = await this.append(base64url(blob.id), offset, piece, signal);
      } catch (error) {
        if (!(error instanceof OtherOffset)) throw error;
        offset = error.offset;
      }
    }
  }

  /** Answers the new offset. Throws OtherOffset, NotThere when the upload is gone. */
  async append(id: string, offset: number, bytes: Uint8Array, signal: AbortSignal): Promise<number> {
    const headers = { ...TUS, ...OCTETS, "upload-offset": String(offset) };
    return offsetOf(
      await this.http.raw(`/media/${id}`, { method: "PATCH", headers, body: bytes, signal: until(signal) }),
    );
  }

  /** The blob from `from` to before `to`, null: to its end; the answer's body is read by the caller. Throws NotThere. */
  fetch(id: string, from: number, to: number | null, signal: AbortSignal): Promise<Response> {
    const isWhole = from === 0 && to === null;
    const headers: Record<string, string> = isWhole ? {} : { range: `bytes=${from}-${to === null ? "" : to - 1}` };
    return this.http.raw(`/media/${id}`, { method: "GET", headers, signal });
  }

  /** Nothing is left to say where there is no such blob. */
  async taken(id: string, signal: AbortSignal): Promise<void> {
    await this.quietly(`/media/${id}/taken`, { method: "POST", signal: until(signal) });
  }

  async erase(id: string, signal: AbortSignal): Promise<void> {
    await this.quietly(`/media/${id}`, { method: "DELETE", headers: TUS, signal: until(signal) });
  }

  private async quietly(path: string, init: Parameters<Http["raw"]>[1]): Promise<void> {
    try {
      await this.http.raw(path, init);
    } catch (error) {
      if (!(error instanceof NotThere)) throw error;
    }
  }
}
