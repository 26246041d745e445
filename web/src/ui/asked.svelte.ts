import { tError } from "../i18n/language.svelte.ts";
import { codeOf } from "./attempt.ts";
import { live } from "./live.svelte.ts";

/** What `ask` answers, asked anew whenever something of her money changes. */
export function asked<T>(ask: () => Promise<T>): { readonly answer: T | null; readonly refusal: string } {
  const news = live("walletNews", () => undefined);
  let answer = $state.raw<T | null>(null);
  let refusal = $state("");
  let newest = 0;
  $effect(() => {
    void news.answer;
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
  });
  return {
    get answer() {
      return answer;
    },
    get refusal() {
      return refusal;
    },
  };
}
