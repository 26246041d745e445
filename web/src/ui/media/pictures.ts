/** Pictures before they are sent and before they are shown: measured before they are decoded, made small, turned right. */
import { base64 } from "../../core/bytes.ts";
import { sniff, sniffBlob } from "./sniff.ts";

/** A telephone's largest camera; what claims to be larger is not decoded. */
const PIXELS_MAX = 64 * 1024 * 1024;
const SIDE_MAX = 16_384;
const LONG_SIDE = 1_600;
const QUALITY = 0.82;
const THUMB_BYTES_MAX = 24 * 1024;
const THUMB_TRIES: readonly [side: number, quality: number][] = [
  [360, 0.7],
  [320, 0.5],
  [240, 0.4],
  [160, 0.3],
  [96, 0.3],
];
const SHOWN = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/avif"];
/** What moves is sent as it is. */
const ANIMATED_BYTES_MAX = 10 * 1024 * 1024;

export type PictureTrouble = "not_a_picture" | "too_many_pixels";

export class PictureRefused extends Error {
  constructor(readonly why: PictureTrouble) {
    super(why);
  }
}

export interface Picture {
  content: Blob;
  type: string;
  width: number;
  height: number;
  thumb: Uint8Array | null;
}

function isBomb({ width, height }: { width: number; height: number }): boolean {
  return width * height > PIXELS_MAX || width > SIDE_MAX || height > SIDE_MAX;
}

/** Whether a received picture may be given to the browser to decode; null means that it is none, or a bomb. */
export async function showable(content: Blob): Promise<Blob | null> {
  const found = await sniffBlob(content);
  if (found === null || !SHOWN.includes(found.type) || found.width === 0 || isBomb(found)) return null;
  return content.type === found.type ? content : content.slice(0, content.size, found.type);
}

/**
 * A thumbnail as an address for an image, or null when it is no small picture. The address holds the picture: one that
 * names a blob is asked of another process, and the page stands still meanwhile.
 */
export function thumbAddress(bytes: Uint8Array): string | null {
  const found = sniff(bytes);
  if (found === null || !SHOWN.includes(found.type) || found.width * found.height > 1024 * 1024) return null;
  return `data:${found.type};base64,${base64(bytes)}`;
}

type Drawable = ImageBitmap | HTMLVideoElement | HTMLImageElement;

/** Draws it with its long side at most `side`; the canvas belongs to the caller. */
export function drawn(source: Drawable, width: number, height: number, side: number): HTMLCanvasElement {
  const scale = Math.min(1, side / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d");
  if (context === null) throw new PictureRefused("not_a_picture");
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/** WebP where the browser writes it, else JPEG on white. */
export async function encoded(canvas: HTMLCanvasElement, quality: number): Promise<Blob> {
  const write = (type: string): Promise<Blob | null> => new Promise((done) => canvas.toBlob(done, type, quality));
  const webp = await write("image/webp");
  if (webp?.type === "image/webp") return webp;
  const context = canvas.getContext("2d");
  if (context !== null) {
    context.globalCompositeOperation = "destination-over";
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
  }
  const jpeg = await write("image/jpeg");
  if (jpeg === null) throw new PictureRefused("not_a_picture");
  return jpeg;
}

/** A small picture that fits inside a message; null when even the smallest does not. */
export async function thumbOf(source: Drawable, width: number, height: number): Promise<Uint8Array | null> {
  for (const [side, quality] of THUMB_TRIES) {
    const small = await encoded(drawn(source, width, height, side), quality);
    if (small.size <= THUMB_BYTES_MAX) return new Uint8Array(await small.arrayBuffer());
  }
  return null;
}

/**
 * A picture ready to be sent. Made small it has lost what the camera wrote into it, and stands upright; the original
 * is sent byte for byte. Throws PictureRefused.
 */
export async function preparePicture(file: Blob, original: boolean): Promise<Picture> {
  const found = await sniffBlob(file);
  if (found === null || !found.type.startsWith("image/")) throw new PictureRefused("not_a_picture");
  if (isBomb(found)) throw new PictureRefused("too_many_pixels");
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new PictureRefused("not_a_picture");
  }
  try {
    const { width, height } = bitmap;
    const thumb = await thumbOf(bitmap, width, height);
    const moves = found.type === "image/gif" && file.size <= ANIMATED_BYTES_MAX;
    if (original || moves)
      return { content: file.slice(0, file.size, found.type), type: found.type, width, height, thumb };
    const canvas = drawn(bitmap, width, height, LONG_SIDE);
    const content = await encoded(canvas, QUALITY);
    return { content, type: content.type, width: canvas.width, height: canvas.height, thumb };
  } finally {
    bitmap.close();
  }
}
