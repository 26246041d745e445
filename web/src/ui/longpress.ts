/** A menu by long press, right click or the menu key: one attachment for all three. */
import type { Attachment } from "svelte/attachments";

const HELD_MS = 500;
const MOVED_PX = 10;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export function longpress(open: (at: Point) => void): Attachment<HTMLElement> {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let from: Point = { x: 0, y: 0 };
    let opened = false;
    const cancel = (): void => clearTimeout(timer);
    const down = (event: PointerEvent): void => {
      opened = false;
      if (event.pointerType === "mouse") return;
      from = { x: event.clientX, y: event.clientY };
      timer = setTimeout(() => {
        opened = true;
        open(from);
      }, HELD_MS);
    };
    const move = (event: PointerEvent): void => {
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > MOVED_PX) cancel();
    };
    const context = (event: MouseEvent): void => {
      event.preventDefault();
      cancel();
      if (opened) return;
      const box = element.getBoundingClientRect();
      const byKey = event.clientX === 0 && event.clientY === 0;
      open(
        byKey ? { x: box.left + box.width / 2, y: box.top + box.height / 2 } : { x: event.clientX, y: event.clientY },
      );
    };
    const click = (event: MouseEvent): void => {
      if (!opened) return; // the finger that held is lifted: that is not a tap
      opened = false;
      event.preventDefault();
      event.stopPropagation();
    };
    const listening = new AbortController();
    const options = { signal: listening.signal };
    element.addEventListener("pointerdown", down, options);
    element.addEventListener("pointermove", move, options);
    element.addEventListener("pointerup", cancel, options);
    element.addEventListener("pointercancel", cancel, options);
    element.addEventListener("contextmenu", context, options);
    element.addEventListener("click", click, { ...options, capture: true });
    return () => {
      cancel();
      listening.abort();
    };
  };
}
