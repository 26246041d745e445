/** From a file that somebody chose to a small square picture with nothing in it but what is seen. */
import { type Crop, squareOf } from "./crop.ts";

export const SIDE_PX = 320;
const BYTES_MAX = 64 * 1024;
const FILE_BYTES_MAX = 50 * 1024 * 1024;
/** Unfolded, a picture takes four bytes a pixel. */
const PIXELS_MAX = 60_000_000;
const QUALITIES = [0.9, 0.8, 0.7, 0.55, 0.4] as const;

/** The picture in the file; null when it is none, or too large to be drawn here. */
export async function openPicture(file: File): Promise<HTMLImageElement | null> {
  if (file.size === 0 || file.size > FILE_BYTES_MAX) return null;
  const url = URL.createObjectURL(file);
  const image = new Image();
  try {
    // Its size is known before it is unfolded, so that one made to burst is not.
    await new Promise((loaded, failed) => {
      image.onload = loaded;
      image.onerror = failed;
      image.src = url;
    });
    if (image.naturalWidth * image.naturalHeight > PIXELS_MAX || image.naturalWidth === 0) return null;
    await image.decode();
    return image;
  } catch {
    return null;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Draws the chosen square; transparent places become white. */
export function draw(canvas: HTMLCanvasElement, image: HTMLImageElement, crop: Crop): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const { left, top, side } = squareOf(crop, image.naturalWidth, image.naturalHeight);
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(image, left, top, side, side, 0, 0, canvas.width, canvas.height);
}

/** The canvas as a JPEG that fits: made anew from what is drawn, so that place and camera are not in it. */
export async function asJpeg(canvas: HTMLCanvasElement): Promise<Uint8Array | null> {
  for (const quality of QUALITIES) {
    const blob = await new Promise<Blob | null>((made) => canvas.toBlob(made, "image/jpeg", quality));
    if (blob !== null && blob.size <= BYTES_MAX) return new Uint8Array(await blob.arrayBuffer());
  }
  return null;
}
