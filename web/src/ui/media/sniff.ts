/** What a file is by its first bytes, whatever its name says; for pictures also how large. Pure. */

export interface Sniffed {
  type: string;
  /** In pixels as stored, before any turning; 0 where the bytes do not tell. */
  width: number;
  height: number;
}

/** So many bytes of a file are enough, also behind a camera's long preface. */
export const SNIFFED_BYTES = 512 * 1024;

function startsWith(bytes: Uint8Array, text: string, at = 0): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

function png(view: DataView): Sniffed {
  return { type: "image/png", width: view.getUint32(16), height: view.getUint32(20) };
}

function gif(view: DataView): Sniffed {
  return { type: "image/gif", width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

/** The size stands in the first frame header (SOF); what is before it is passed over by its lengths. */
function jpeg(view: DataView): Sniffed {
  const type = "image/jpeg";
  let at = 2;
  while (at + 9 < view.byteLength) {
    if (view.getUint8(at) !== 0xff) return { type, width: 0, height: 0 };
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) return { type, height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += 2 + view.getUint16(at + 2);
  }
  return { type, width: 0, height: 0 };
}

function webp(bytes: Uint8Array, view: DataView): Sniffed {
  const type = "image/webp";
  const three = (at: number): number => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  if (startsWith(bytes, "VP8X", 12)) return { type, width: three(24) + 1, height: three(27) + 1 };
  if (startsWith(bytes, "VP8L", 12)) {
    const bits = view.getUint32(21, true);
    return { type, width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  return { type, width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
}

/** ISO media: a still picture names its size in an `ispe` box, a video is measured by playing it. */
function boxes(bytes: Uint8Array, view: DataView): Sniffed {
  const brand = String.fromCharCode(...bytes.subarray(8, 12));
  const still =
    brand === "avif" || brand === "avis" ? "image/avif" : /^(hei[cxms]|mif1|msf1)$/.test(brand) ? "image/heic" : null;
  if (still === null)
    return {
      type: brand === "M4A " ? "audio/mp4" : brand === "qt  " ? "video/quicktime" : "video/mp4",
      width: 0,
      height: 0,
    };
  let [width, height] = [0, 0];
  for (let at = 0; at + 16 < bytes.length; at++) {
    if (!startsWith(bytes, "ispe", at)) continue;
    width = Math.max(width, view.getUint32(at + 8));
    height = Math.max(height, view.getUint32(at + 12));
  }
  return { type: still, width, height };
}

/** Null for what is none of the kinds a chat shows. */
export function sniff(head: Uint8Array): Sniffed | null {
  if (head.length < 32) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (view.getUint32(0) === 0x89504e47) return png(view);
  if (startsWith(head, "GIF8")) return gif(view);
  if (view.getUint16(0) === 0xffd8) return jpeg(view);
  if (startsWith(head, "RIFF") && startsWith(head, "WEBP", 8)) return webp(head, view);
  if (startsWith(head, "ftyp", 4)) return boxes(head, view);
  if (view.getUint32(0) === 0x1a45dfa3) return { type: "video/webm", width: 0, height: 0 };
  if (startsWith(head, "OggS")) return { type: "audio/ogg", width: 0, height: 0 };
  return null;
}

/** Whether a picture may have more than one frame; a GIF is taken to have them. */
export function moves(head: Uint8Array): boolean {
  const found = sniff(head);
  if (found?.type === "image/gif") return true;
  if (found?.type === "image/webp") return startsWith(head, "VP8X", 12) && ((head[20] ?? 0) & 0x02) !== 0;
  return found?.type === "image/png" && hasChunk(head, "acTL");
}

/** Among the chunks of a PNG before its first picture data. */
function hasChunk(head: Uint8Array, name: string): boolean {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (let at = 8; at + 12 <= head.length; at += 12 + view.getUint32(at)) {
    if (startsWith(head, name, at + 4)) return true;
    if (startsWith(head, "IDAT", at + 4)) return false;
  }
  return false;
}

export async function sniffBlob(content: Blob): Promise<Sniffed | null> {
  return sniff(new Uint8Array(await content.slice(0, SNIFFED_BYTES).arrayBuffer()));
}
