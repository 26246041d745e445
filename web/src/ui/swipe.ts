/** Pulls a line aside with a finger, far enough to show the button behind it; a second pull puts it back. */
import type { Attachment } from "svelte/attachments";

const BEGINS_AFTER_PX = 12;

/** `pull` is told how far the line shall stand from its place: from 0 to minus the width; `at` is where it stands. */
export function swipe(
  widthPx: () => number,
  at: () => number,
  pull: (distancePx: number) => void,
): Attachment<HTMLElement> {
  return (element) => {
    let from: { x: number; y: number } | null = null;
    let rest = 0;
    let pulling = false;
    const listening = new AbortController();
    const options = { signal: listening.signal };
    element.addEventListener(
      "pointerdown",
      (event) => {
        pulling = false;
        if (event.pointerType === "mouse") return;
        from = { x: event.clientX, y: event.clientY };
        rest = at();
      },
      options,
    );
    element.addEventListener(
      "pointermove",
      (event) => {
        if (from === null) return;
        const across = event.clientX - from.x;
        if (!pulling && (Math.abs(across) < BEGINS_AFTER_PX || Math.abs(event.clientY - from.y) > Math.abs(across)))
          return;
        pulling = true;
        pull(Math.min(0, Math.max(-widthPx(), rest + across)));
      },
      options,
    );
    const end = (): void => {
      if (pulling) {
        pull(at() < -widthPx() / 2 ? -widthPx() : 0);
      }
      from = null;
    };
    element.addEventListener("pointerup", end, options);
    element.addEventListener("pointercancel", end, options);
    element.addEventListener(
      "click",
      (event) => {
        if (!pulling && at() === 0) return;
        event.preventDefault();
        event.stopPropagation();
        if (!pulling) pull(0);
        pulling = false;
      },
      { ...options, capture: true },
    );
    return () => listening.abort();
  };
}
