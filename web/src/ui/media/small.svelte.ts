import { untrack } from "svelte";
import { thumbAddress } from "./pictures.ts";

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
    let made: string | null = null;
    let ended = false;
    untrack(load).then(
      (bytes) => {
        if (ended) return;
        made = bytes === null ? null : thumbAddress(bytes);
        address = made;
      },
      () => undefined, // without it its frame stays empty
    );
    return () => {
      ended = true;
      if (made !== null) URL.revokeObjectURL(made);
    };
  });
  return {
    get address() {
      return address;
    },
  };
}
