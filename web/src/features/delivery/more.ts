/** What the + panel beside the text field offers: a line here for each, in the order of the thumb. */
import type { ChatId } from "../../core/api.ts";
import type { IconName } from "../../ui/icons.ts";

export interface MoreEntry {
  readonly id: string;
  readonly icon: IconName;
  readonly label: string;
  /** The page it leads to, or what it does at once. */
  readonly href?: string;
  readonly press?: () => void;
}

export function moreEntries(_chat: ChatId): MoreEntry[] {
  return [];
}
