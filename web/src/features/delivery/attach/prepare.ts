/** From a picked file to what the core sends. */
import type { OutgoingFile } from "../../../core/api.ts";
import { preparePicture } from "../../../ui/media/pictures.ts";
import type { Recording } from "../../../ui/media/recorder.ts";
import { sniffBlob } from "../../../ui/media/sniff.ts";
import { measureVideo } from "../../../ui/media/videos.ts";

const PLAIN = { width: 0, height: 0, ms: 0, wave: [], thumb: null };
/** What the server and the specification take [ME1]. */
export const FILE_BYTES_MAX = 200 * 1024 * 1024;

/** Throws PictureRefused. */
export async function outgoingPicture(file: File, original: boolean): Promise<OutgoingFile> {
  const { content, type, width, height, thumb } = await preparePicture(file, original);
  // A picture made small is nobody's file any more; its name could tell when and where it was taken.
  const name = original ? file.name : type === "image/jpeg" ? "photo.jpg" : `photo.${type.slice("image/".length)}`;
  return { ...PLAIN, kind: "picture", content, type, name, width, height, thumb };
}

export function outgoingFile(file: File): OutgoingFile {
  return { ...PLAIN, kind: "file", content: file, type: file.type || "application/octet-stream", name: file.name };
}

/** A picture as a picture, a video that plays as a video, all else as the file it is. Throws PictureRefused. */
export async function outgoingOf(file: File): Promise<OutgoingFile> {
  const found = await sniffBlob(file);
  if (found?.type.startsWith("image/") || (found === null && file.type.startsWith("image/"))) {
    return outgoingPicture(file, false);
  }
  if (found?.type.startsWith("video/")) {
    const content = file.slice(0, file.size, found.type);
    const video = await measureVideo(content);
    if (video !== null) return { ...PLAIN, ...video, kind: "video", content, type: found.type, name: file.name };
  }
  return outgoingFile(file);
}

export function outgoingVoice({ content, type, ms, wave }: Recording): OutgoingFile {
  return { ...PLAIN, kind: "voice", content, type, name: "", ms, wave };
}
