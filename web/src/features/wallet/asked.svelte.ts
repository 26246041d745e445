import type { WalletState } from "../../core/api.ts";
import { tError } from "../../i18n/language.svelte.ts";
import { codeOf } from "../../ui/attempt.ts";
import { live, useCore } from "../../ui/live.svelte.ts";

/** The wallet as it is now, asked for when a page is opened; `refusal` says why there is none. */
export function useWallet(): { readonly state: WalletState | null; readonly refusal: string } {
  const core = useCore();
  const wallet = live("wallet", () => undefined);
  let refusal = $state("");
  core.call("walletRefresh", undefined).catch((error: unknown) => {
    refusal = tError(codeOf(error));
  });
  return {
    get state() {
      return wallet.answer ?? null;
    },
    get refusal() {
      return wallet.answer ? "" : refusal;
    },
  };
}

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
