import type { WalletState } from "../../core/api.ts";
import { tError } from "../../i18n/language.svelte.ts";
import { whenOnline } from "../../ui/asked.svelte.ts";
import { codeOf } from "../../ui/attempt.ts";
import { live, useCore } from "../../ui/live.svelte.ts";

/** The wallet as it is now, asked for when a page is opened; `refusal` says why there is none. */
export function useWallet(): { readonly state: WalletState | null; readonly refusal: string } {
  const core = useCore();
  const wallet = live("wallet", () => undefined);
  let refusal = $state("");

  function refresh(): void {
    core.call("walletRefresh", undefined).then(
      () => {
        refusal = "";
      },
      (error: unknown) => {
        refusal = tError(codeOf(error));
      },
    );
  }

  refresh();
  whenOnline(() => {
    if (refusal !== "") refresh();
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
