/** What has been picked to be sent in a chat and not been sent yet. */
import { t } from "../../../i18n/language.svelte.ts";
import { ask } from "../../../ui/overlays.svelte.ts";
import { toast } from "../../../ui/toast.svelte.ts";

const PICKED_MAX = 9;

export class Attach {
  /** What waits in the preview; null when it is closed. */
  picked = $state.raw<readonly File[] | null>(null);
  /** Pictures and videos, too, are sent as the files they are. */
  asFiles = $state(false);
  camera = $state(false);

  /** From the album, the camera, the clipboard or the desk. */
  take(files: readonly File[], { asFiles } = { asFiles: false }): void {
    if (files.length === 0) return;
    if (files.length > PICKED_MAX) toast(t("attach.too_many", { count: PICKED_MAX }));
    this.asFiles = asFiles;
    this.picked = files.slice(0, PICKED_MAX);
  }

  openCamera(): void {
    this.camera = true;
  }

  /** Without a camera for the page, the system's own; where there is none, a sentence. */
  async cameraRefused(why: "no_camera" | "camera_denied"): Promise<void> {
    const chosen = await ask({
      title: t("camera.cannot_title"),
      text: t(`camera.${why}`),
      confirm: t("camera.system"),
    });
    if (chosen) chooseFiles("image/*", (files) => this.take(files), "environment");
  }

  drop(): void {
    this.picked = null;
  }
}

/** Opens the system's own chooser. */
export function chooseFiles(accept: string, taken: (files: File[]) => void, capture = ""): void {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = accept;
  input.multiple = capture === "";
  if (capture !== "") input.setAttribute("capture", capture);
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
