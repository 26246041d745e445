import { untrack } from "svelte";
import { tError } from "../i18n/language.svelte.ts";
import { codeOf } from "./attempt.ts";
import { live } from "./live.svelte.ts";

export interface Asked<T> {
  readonly answer: T | null;
  readonly refusal: string;
  again(): void;
}

/** What `ask` answers, asked anew whenever something of her money changes, and after a refusal once she is online. */
export function asked<T>(ask: () => Promise<T>): Asked<T> {
  const news = live("walletNews", () => undefined);
  let answer = $state.raw<T | null>(null);
  let refusal = $state("");
  let newest = 0;

  function again(): void {
    const mine = ++newest;
    ask().then(
      (found) => {
        if (mine !== newest) return;
        answer = found;
        refusal = "";
      },
      (error: unknown) => {
        if (mine === newest) refusal = tError(codeOf(error));
      },
    );
  }

  $effect(() => {
    void news.answer;
    again();
  });
  whenOnline(() => {
    if (refusal !== "") again();
  });
  return {
    get answer() {
      return answer;
    },
    get refusal() {
      return refusal;
    },
    again,
  };
}

/** Calls `fn` each time that there is a connection again. */
export function whenOnline(fn: () => void): void {
  const connection = live("connection", () => undefined);
  const online = $derived(connection.answer?.state === "online");
  $effect(() => {
    if (online) untrack(fn);
  });
}
