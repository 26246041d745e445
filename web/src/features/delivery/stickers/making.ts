/** Stickers before they are kept or sent: drawn ones become pictures, others are cut square, moving ones stay whole. */
import type { OutgoingFile } from "../../../core/api.ts";
import { drawn, encoded, PictureRefused, preparePicture, showable, thumbOf } from "../../../ui/media/pictures.ts";
import { moves, SNIFFED_BYTES } from "../../../ui/media/sniff.ts";
import { drawingAddress } from "./goose.ts";

/** What a picture may weigh to be made into a sticker, and what one may weigh that moves: it is kept as it is. */
export const SOURCE_BYTES_MAX = 20_000_000;
export const STICKER_BYTES_MAX = 800_000;
const STICKER_SIDE = 512;
const DRAWN_SIDE = 360;
const QUALITY = 0.9;
const PLAIN = { ms: 0, wave: [], name: "" };

export interface MadeSticker {
  content: Blob;
  width: number;
  height: number;
  thumb: Uint8Array | null;
}

export function stickerFile({ content, width, height, thumb }: MadeSticker): OutgoingFile {
  return { ...PLAIN, kind: "sticker", content, type: content.type, width, height, thumb };
}

/** A drawn one as the picture that is sent: others need no font and no drawing of ours. */
export async function pictureOf(svg: string): Promise<MadeSticker> {
  const image = new Image(DRAWN_SIDE, DRAWN_SIDE);
  image.src = drawingAddress(svg);
  await image.decode();
  const canvas = drawn(image, DRAWN_SIDE, DRAWN_SIDE, DRAWN_SIDE);
  const thumb = await thumbOf(image, DRAWN_SIDE, DRAWN_SIDE);
  return { content: await encoded(canvas, QUALITY), width: DRAWN_SIDE, height: DRAWN_SIDE, thumb };
}

/** What can become of a picture: a sticker as it is, because it moves; one to be cut; or neither. */
export type Chosen =
  | { what: "whole"; sticker: MadeSticker }
  | { what: "to_cut"; picture: Blob; movesTooMuch: boolean }
  | { what: "refused"; why: "too_large" | "not_a_picture" };

export async function choosing(file: Blob): Promise<Chosen> {
  if (file.size > SOURCE_BYTES_MAX) return { what: "refused", why: "too_large" };
  const picture = await showable(file);
  if (picture === null) return { what: "refused", why: "not_a_picture" };
  if (!moves(new Uint8Array(await file.slice(0, SNIFFED_BYTES).arrayBuffer()))) {
    return { what: "to_cut", picture, movesTooMuch: false };
  }
  if (file.size > STICKER_BYTES_MAX) return { what: "to_cut", picture, movesTooMuch: true };
  try {
    return { what: "whole", sticker: await preparePicture(picture, true) };
  } catch {
    return { what: "refused", why: "not_a_picture" };
  }
}

/** The square of `size` source pixels at `x`, `y` of the picture. */
export async function cut(
  picture: ImageBitmap,
  { x, y, size }: { x: number; y: number; size: number },
): Promise<MadeSticker> {
  const side = Math.max(1, Math.min(STICKER_SIDE, Math.round(size)));
  const canvas = document.createElement("canvas");
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext("2d");
  if (context === null) throw new PictureRefused("not_a_picture");
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, x, y, size, size, 0, 0, side, side);
  const small = await createImageBitmap(canvas);
  const thumb = await thumbOf(small, side, side);
  small.close();
  return { content: await encoded(canvas, QUALITY), width: side, height: side, thumb };
}
