/** The four large buttons of the first page, in the order of the thumb. */
import { t } from "../../i18n/language.svelte.ts";
import type { IconName } from "../../ui/icons.ts";
import { PATHS } from "../../ui/paths.ts";

export interface MainButton {
  readonly id: "read" | "write" | "photo" | "help";
  readonly icon: IconName;
  readonly label: string;
  readonly href: string;
}

export function mainButtons(): MainButton[] {
  return [
    { id: "read", icon: "chats", label: t("care.read"), href: PATHS.allChats },
    { id: "write", icon: "pen", label: t("care.write"), href: PATHS.careWrite },
    { id: "photo", icon: "picture", label: t("care.photo"), href: PATHS.carePhoto },
    { id: "help", icon: "help", label: t("care.help"), href: PATHS.askHelp },
  ];
}
