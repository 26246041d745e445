/** What the + panel beside the text field offers: a line here for each, in the order of the thumb. */
import type { ChatId } from "../../core/api.ts";
import { t } from "../../i18n/language.svelte.ts";
import type { IconName } from "../../ui/icons.ts";
import { PATHS } from "../../ui/paths.ts";
import { type Attach, chooseFiles } from "./attach/attach.svelte.ts";

export interface MoreEntry {
  readonly id: string;
  readonly icon: IconName;
  readonly label: string;
  /** The page it leads to, or what it does at once. */
  readonly href?: string;
  readonly press?: () => void;
}

/** `hasMoney`: whether the community has opened its wallet. */
export function moreEntries(chat: ChatId, attach: Attach, hasMoney: boolean): MoreEntry[] {
  return [
    {
      id: "album",
      icon: "picture",
      label: t("more.album"),
      press: () => chooseFiles("image/*,video/*", (files) => attach.take(files)),
    },
    { id: "camera", icon: "camera", label: t("more.camera"), press: () => attach.openCamera() },
    {
      id: "file",
      icon: "file",
      label: t("more.file"),
      press: () => chooseFiles("", (files) => attach.take(files, { asFiles: true })),
    },
    { id: "place", icon: "place", label: t("more.place"), href: PATHS.sendPlace(chat) },
    { id: "card", icon: "card", label: t("more.card"), href: PATHS.sendCard(chat) },
    ...(hasMoney ? moneyEntries(chat) : []),
    { id: "favourites", icon: "favourite", label: t("more.favourites"), href: PATHS.sendFavourite(chat) },
  ];
}

function moneyEntries(chat: ChatId): MoreEntry[] {
  const isDirect = chat.startsWith("d:");
  return [
    { id: "packet", icon: "packet", label: t("more.packet"), href: PATHS.sendPacket(chat) },
    {
      id: "transfer",
      icon: "money",
      label: t("more.transfer"),
      href: isDirect ? PATHS.sendTransfer(chat) : PATHS.pickPayee(chat),
    },
    {
      id: "collect",
      icon: "group",
      label: isDirect ? t("more.request") : t("more.split"),
      href: PATHS.collect(chat),
    },
  ];
}
