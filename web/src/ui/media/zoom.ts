/** Pinch, double tap and drag on a picture that fills its box; one finger across it is left to whatever scrolls. */
import type { Attachment } from "svelte/attachments";

const SCALE_MAX = 6;
const DOUBLE_TAP_SCALE = 2.5;
const DOUBLE_TAP_MS = 280;
const MOVED_PX = 10;

interface Point {
  x: number;
  y: number;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** `tapped` is told of a single tap; the picture is the element's first child. */
export function zoom(tapped: () => void): Attachment<HTMLElement> {
  return (box) => {
    const fingers = new Map<number, Point>();
    let scale = 1;
    let at: Point = { x: 0, y: 0 };
    let begun: { scale: number; at: Point; middle: Point; apart: number } | null = null;
    let from: Point | null = null;
    let lastTapMs = 0;
    let tapTimer: ReturnType<typeof setTimeout> | undefined;

    const show = (): void => {
      const picture = box.firstElementChild;
      const slack = { x: (box.clientWidth * (scale - 1)) / 2, y: (box.clientHeight * (scale - 1)) / 2 };
      at = { x: Math.max(-slack.x, Math.min(slack.x, at.x)), y: Math.max(-slack.y, Math.min(slack.y, at.y)) };
      if (picture instanceof HTMLElement) picture.style.transform = `translate(${at.x}px, ${at.y}px) scale(${scale})`;
      box.style.touchAction = scale > 1 ? "none" : "pan-x";
    };
    /** The point under the fingers stays under them. */
    const zoomTo = (wanted: number, around: Point): void => {
      const next = Math.max(1, Math.min(SCALE_MAX, wanted));
      const edge = box.getBoundingClientRect();
      const point = { x: around.x - edge.left - edge.width / 2, y: around.y - edge.top - edge.height / 2 };
      at = { x: point.x - ((point.x - at.x) * next) / scale, y: point.y - ((point.y - at.y) * next) / scale };
      scale = next;
      show();
    };
    const begin = (): void => {
      const [a, b] = [...fingers.values()];
      if (a === undefined) return;
      const middle = b === undefined ? a : { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
      begun = { scale, at, middle, apart: b === undefined ? 0 : distance(a, b) };
    };
    const down = (event: PointerEvent): void => {
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      from = fingers.size === 1 ? { x: event.clientX, y: event.clientY } : null;
      begin();
    };
    const move = (event: PointerEvent): void => {
      if (!fingers.has(event.pointerId) || begun === null) return;
      fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      const [a, b] = [...fingers.values()];
      if (a === undefined) return;
      if (b !== undefined && begun.apart > 0) {
        zoomTo((begun.scale * distance(a, b)) / begun.apart, { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
      } else if (scale > 1) {
        at = { x: begun.at.x + a.x - begun.middle.x, y: begun.at.y + a.y - begun.middle.y };
        show();
      }
    };
    const up = (event: PointerEvent): void => {
      const point = { x: event.clientX, y: event.clientY };
      const still = from !== null && distance(from, point) < MOVED_PX;
      fingers.delete(event.pointerId);
      begin();
      from = null;
      if (!still || event.type !== "pointerup") return;
      clearTimeout(tapTimer);
      if (event.timeStamp - lastTapMs < DOUBLE_TAP_MS) {
        lastTapMs = 0;
        zoomTo(scale > 1 ? 1 : DOUBLE_TAP_SCALE, point);
      } else {
        lastTapMs = event.timeStamp;
        tapTimer = setTimeout(tapped, DOUBLE_TAP_MS);
      }
    };
    const wheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && scale === 1) return;
      event.preventDefault();
      zoomTo(scale * Math.exp(-event.deltaY / 200), { x: event.clientX, y: event.clientY });
    };
    const listening = new AbortController();
    const options = { signal: listening.signal };
    box.addEventListener("pointerdown", down, options);
    box.addEventListener("pointermove", move, options);
    box.addEventListener("pointerup", up, options);
    box.addEventListener("pointercancel", up, options);
    box.addEventListener("wheel", wheel, { ...options, passive: false });
    show();
    return () => {
      clearTimeout(tapTimer);
      listening.abort();
    };
  };
}
