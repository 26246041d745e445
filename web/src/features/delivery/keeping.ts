/** What can be done with a chat as a whole: one list of choices for the menu, the swipe and the chat's own page. */
import type { ChatId, ChatSummary, Core } from "../../core/api.ts";
import { t } from "../../i18n/language.svelte.ts";
import { attempt } from "../../ui/attempt.ts";
import { navigation } from "../../ui/navigation.svelte.ts";
import { ask, type Choice } from "../../ui/overlays.svelte.ts";
import { PATHS } from "../../ui/paths.ts";
import { isUnread } from "../../ui/unread.ts";

export type Keeping = "read" | "unread" | "pin" | "unpin" | "mute" | "unmute" | "hide" | "delete";

export function choicesFor(chat: ChatSummary): (Choice & { id: Keeping })[] {
  return [
    isUnread(chat) ? { id: "read", label: t("chats.mark_read") } : { id: "unread", label: t("chats.mark_unread") },
    chat.pinned ? { id: "unpin", label: t("chats.unpin") } : { id: "pin", label: t("chats.pin") },
    chat.muted ? { id: "unmute", label: t("chats.unmute") } : { id: "mute", label: t("chats.mute") },
    { id: "hide", label: t("chats.hide") },
    { id: "delete", label: t("chats.delete_chat"), danger: true },
  ];
}

export async function keep(core: Core, chat: ChatSummary, what: Keeping): Promise<void> {
  const { id } = chat;
  switch (what) {
    case "read":
      await attempt(core.call("markRead", { chat: id }));
      break;
    case "unread":
      await attempt(core.call("keepChat", { chat: id, markedUnread: true }));
      break;
    case "pin":
    case "unpin":
      await pin(core, id, what === "pin");
      break;
    case "mute":
    case "unmute":
      await mute(core, id, what === "mute");
      break;
    case "hide":
      if ((await attempt(core.call("hideChat", { chat: id }))) !== undefined) leave(id);
      break;
    case "delete":
      await remove(core, chat);
      break;
  }
}

/** What is pinned is not folded away, and the other way round; so each switch says what it does. */
export async function pin(core: Core, chat: ChatId, pinned: boolean): Promise<void> {
  await attempt(core.call("keepChat", { chat, pinned, ...(pinned && { folded: false }) }));
}

export async function fold(core: Core, chat: ChatId, folded: boolean): Promise<void> {
  await attempt(core.call("keepChat", { chat, folded, ...(folded && { pinned: false }) }));
}

/** Only what is muted is folded. */
export async function mute(core: Core, chat: ChatId, muted: boolean): Promise<void> {
  await attempt(core.call("keepChat", { chat, muted, ...(!muted && { folded: false }) }));
}

async function remove(core: Core, chat: ChatSummary): Promise<void> {
  const sure = await ask({
    title: t("chats.delete_title", { name: chat.title }),
    text: t("chats.delete_text"),
    confirm: t("chats.delete"),
    danger: true,
  });
  if (!sure) return;
  if ((await attempt(core.call("removeChat", { chat: chat.id }))) !== undefined) leave(chat.id);
}

function leave(chat: ChatId): void {
  if (navigation.path.startsWith(PATHS.chat(chat))) navigation.go(PATHS.chats, { replace: true });
}
