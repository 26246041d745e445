/** How components reach the core: ask it for something, or watch an answer that stays true. */
import { getContext, setContext, untrack } from "svelte";
import type { Core, Me, Watches } from "../core/api.ts";

const CORE = Symbol("core");

export function provideCore(core: Core): void {
  setContext(CORE, core);
}

export function useCore(): Core {
  return getContext<Core>(CORE);
}

/** The answer to `query`, now and after every change; undefined until the first one has come. */
export function live<K extends keyof Watches>(
  query: K,
  argument: () => Watches[K][0],
): { readonly answer: Watches[K][1] | undefined } {
  const core = useCore();
  let answer = $state.raw<Watches[K][1] | undefined>(undefined);
  // Compared as it is written, so that the same question in another object is not asked anew.
  const question = $derived(JSON.stringify(argument()));
  $effect.pre(() => {
    void question;
    return core.watch(query, untrack(argument), (seen) => {
      answer = seen;
    });
  });
  return {
    get answer() {
      return answer;
    },
  };
}

/** The answer to `query` as it is now. */
export function answerOnce<K extends keyof Watches>(
  core: Core,
  query: K,
  argument: Watches[K][0],
): Promise<Watches[K][1]> {
  return new Promise((resolve) => {
    const stop = core.watch(query, argument, (answer) => {
      resolve(answer);
      queueMicrotask(() => stop());
    });
  });
}

/** The person who uses this device; null on every page shown before she has joined. */
export function useMe(): { readonly me: Me | null } {
  const stage = live("stage", () => undefined);
  return {
    get me() {
      return stage.answer?.stage === "ready" ? stage.answer.me : null;
    },
  };
}
