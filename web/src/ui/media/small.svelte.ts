import { untrack } from "svelte";
import { thumbAddress } from "./pictures.ts";

/** Taken in one frame: many that come at once would hold up the next. */
const IN_A_FRAME = 2;

const waiting = new Set<() => void>();
let isAsked = false;

function askFrame(): void {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(frame);
}

function frame(): void {
  isAsked = false;
  let taken = 0;
  for (const take of waiting) {
    waiting.delete(take);
    take();
    taken += 1;
    if (taken === IN_A_FRAME) break;
  }
  if (waiting.size > 0) askFrame();
}

/** Runs `take` in one of the next frames, after those that wait already; returns how to do without. */
function inItsFrame(take: () => void): () => void {
  waiting.add(take);
  askFrame();
  return () => waiting.delete(take);
}

/**
 * The address of a small picture out of the core, while the component is there; null until it has come, and where there
 * is none. It is fetched anew only when `which` has another value, not when the message around it changes.
 */
export function smallPicture(
  which: () => string,
  load: () => Promise<Uint8Array | null>,
): { readonly address: string | null } {
  let address = $state<string | null>(null);
  const wanted = $derived(which());
  $effect(() => {
    void wanted;
    let ended = false;
    const forget = inItsFrame(() => {
      untrack(load).then(
        (bytes) => {
          if (!ended) address = bytes === null ? null : thumbAddress(bytes);
        },
        () => undefined, // without it its frame stays empty
      );
    });
    return () => {
      ended = true;
      forget();
    };
  });
  return {
    get address() {
      return address;
    },
  };
}
