/** Videos before they are sent: whether this browser plays it, how long it is, and a picture of it. */
import { thumbOf } from "./pictures.ts";

const PATIENCE_MS = 8_000;
const POSTER_AT_S = 0.1;

export interface Video {
  width: number;
  height: number;
  ms: number;
  thumb: Uint8Array | null;
}

function once(video: HTMLVideoElement, event: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error("late")), PATIENCE_MS);
    const end = (work: () => void) => () => {
      clearTimeout(late);
      work();
    };
    video.addEventListener(event, end(resolve), { once: true });
    video.addEventListener(
      "error",
      end(() => reject(new Error("cannot play"))),
      { once: true },
    );
  });
}

/** A recording may not know its own length until it was asked for its end. */
async function lengthOf(video: HTMLVideoElement): Promise<number> {
  if (Number.isFinite(video.duration)) return video.duration;
  const known = once(video, "durationchange");
  video.currentTime = Number.MAX_SAFE_INTEGER;
  await known.catch(() => undefined);
  return Number.isFinite(video.duration) ? video.duration : 0;
}

/** Null when this browser cannot play it: then it is sent as a file. */
export async function measureVideo(content: Blob): Promise<Video | null> {
  const address = URL.createObjectURL(content);
  const video = document.createElement("video");
  video.muted = true;
  video.playsInline = true;
  video.preload = "auto";
  try {
    const begun = once(video, "loadeddata");
    video.src = address;
    await begun;
    const { videoWidth: width, videoHeight: height } = video;
    if (width === 0 || height === 0) return null;
    const seconds = await lengthOf(video);
    const there = once(video, "seeked");
    video.currentTime = Math.min(POSTER_AT_S, seconds / 2);
    await there;
    return { width, height, ms: Math.round(seconds * 1000), thumb: await thumbOf(video, width, height) };
  } catch {
    return null;
  } finally {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(address);
  }
}
