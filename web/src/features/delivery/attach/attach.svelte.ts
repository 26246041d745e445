/** What has been picked to be sent in a chat and not been sent yet. */
import { t } from "../../../i18n/language.svelte.ts";
import { toast } from "../../../ui/toast.svelte.ts";

const PICKED_MAX = 9;

export class Attach {
  /** Pictures waiting in the preview; null when it is closed. */
  picked = $state.raw<readonly File[] | null>(null);

  /** Files from the album, the clipboard or the desk. */
  take(files: readonly File[]): void {
    if (files.length === 0) return;
    const before = this.picked ?? [];
    const all = [...before, ...files];
    if (all.length > PICKED_MAX) toast(t("attach.too_many", { count: PICKED_MAX }));
    this.picked = all.slice(0, PICKED_MAX);
  }

  drop(): void {
    this.picked = null;
  }
}

/** Opens the system's own chooser. */
export function chooseFiles(accept: string, multiple: boolean, taken: (files: File[]) => void): void {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = accept;
  input.multiple = multiple;
  input.hidden = true;
  // In the page, because a browser may forget one that is not.
  document.body.append(input);
  input.onchange = () => {
    input.remove();
    taken([...(input.files ?? [])]);
  };
  input.oncancel = () => input.remove();
  input.click();
}
