/** The way out of the app: asked for each time, with the real place one would come to. */
import { t } from "../../i18n/language.svelte.ts";
import { ask } from "../../ui/overlays.svelte.ts";
import { judge } from "./links.ts";

/** Opens a web address outside, if the reader wants to. */
export async function leaveFor(url: string): Promise<void> {
  const { host, lookalike, inner, disguised, unencrypted } = judge(url);
  const warnings = [
    ...(inner ? [t("leave.inner")] : []),
    ...(lookalike ? [t("leave.lookalike")] : []),
    ...(disguised ? [t("leave.disguised")] : []),
    ...(unencrypted && !inner ? [t("leave.unencrypted")] : []),
  ];
  const sure = await ask({
    title: t("leave.title", { host }),
    text: [t("leave.text"), ...warnings].join("\n"),
    confirm: t("leave.open"),
    danger: warnings.length > 0,
  });
  if (sure) window.open(url, "_blank", "noopener,noreferrer");
}

/** Hands a place to the system's own map. */
export async function leaveForMap(latitude: number, longitude: number, name: string): Promise<void> {
  const sure = await ask({ title: t("place.open_title"), text: t("place.open_text"), confirm: t("place.open") });
  if (!sure) return;
  const at = `${latitude.toFixed(6)},${longitude.toFixed(6)}`;
  const link = document.createElement("a");
  link.href = `geo:${at}?q=${at}(${encodeURIComponent(name)})`;
  link.rel = "noopener noreferrer";
  link.click();
}
