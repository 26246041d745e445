/** Which square of a picture is taken. Pure. */

export const ZOOM_MAX = 4;

export interface Crop {
  /** The middle of the square, as parts of width and height, 0 to 1. */
  x: number;
  y: number;
  /** 1: as large a square as fits. */
  zoom: number;
}

export interface Square {
  left: number;
  top: number;
  side: number;
}

export const MIDDLE: Crop = { x: 0.5, y: 0.5, zoom: 1 };

function within(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

/** The square in pixels of the picture; it never leaves the picture. */
export function squareOf({ x, y, zoom }: Crop, width: number, height: number): Square {
  const side = Math.min(width, height) / within(zoom, 1, ZOOM_MAX);
  return {
    side,
    left: within(x * width - side / 2, 0, width - side),
    top: within(y * height - side / 2, 0, height - side),
  };
}

/** The crop after the picture was pulled by (dx, dy), in parts of the square shown. */
export function pulled(crop: Crop, dx: number, dy: number, width: number, height: number): Crop {
  const { left, top, side } = squareOf(crop, width, height);
  const moved = squareOf(
    { ...crop, x: (left + side / 2 - dx * side) / width, y: (top + side / 2 - dy * side) / height },
    width,
    height,
  );
  return { ...crop, x: (moved.left + side / 2) / width, y: (moved.top + side / 2) / height };
}
