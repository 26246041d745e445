/** From a picked file to what the core sends. */
import type { OutgoingFile } from "../../../core/api.ts";
import { preparePicture } from "../../../ui/media/pictures.ts";

const PLAIN = { width: 0, height: 0, ms: 0, wave: [], thumb: null };

/** Throws PictureRefused. */
export async function outgoingPicture(file: File, original: boolean): Promise<OutgoingFile> {
  const { content, type, width, height, thumb } = await preparePicture(file, original);
  // A picture made small is nobody's file any more; its name could tell when and where it was taken.
  const name = original ? file.name : `${type === "image/jpeg" ? "photo.jpg" : `photo.${type.slice("image/".length)}`}`;
  return { ...PLAIN, kind: "picture", content, type, name, width, height, thumb };
}
