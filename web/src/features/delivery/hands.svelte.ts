/** What the person in an open chat has in her hands: the menu, what she answers, what she has ticked. */
import type { ChatId, Core, Message, MessageId, PersonId } from "../../core/api.ts";
import { t } from "../../i18n/language.svelte.ts";
import { attempt } from "../../ui/attempt.ts";
import { navigation } from "../../ui/navigation.svelte.ts";
import { ask } from "../../ui/overlays.svelte.ts";
import { PATHS } from "../../ui/paths.ts";
import { toast } from "../../ui/toast.svelte.ts";
import type { Action } from "./actions.ts";

/** What the text field is about besides its text. */
export interface About {
  readonly kind: "quote" | "edit";
  readonly message: Message;
}

/** What the hands reach for elsewhere on the page. */
export interface Reach {
  /** Puts words into the text field. */
  write(text: string): void;
  /** Calls somebody by name in the text field. */
  mention(person: PersonId): void;
  /** Leads to a message and lets it light up. */
  jump(id: MessageId): Promise<void>;
}

const SELECTED_MAX = 100;

export class Hands {
  menu = $state.raw<{ message: Message; beside: HTMLElement } | null>(null);
  about = $state.raw<About | null>(null);
  selected = $state.raw<ReadonlySet<MessageId> | null>(null);
  reach: Reach = { write: () => {}, mention: () => {}, jump: async () => {} };
  #leaveSelection: () => void = () => {};

  constructor(
    readonly core: Core,
    readonly chat: ChatId,
  ) {}

  async act(action: Action, message: Message): Promise<void> {
    switch (action) {
      case "copy":
        await this.copy(message.text);
        break;
      case "forward":
        navigation.go(PATHS.forward([message.id], false));
        break;
      case "favourite":
        await this.favour([message.id]);
        break;
      case "keep_sticker":
        if ((await attempt(this.core.call("keepSticker", { id: message.id }))) !== undefined) toast(t("sticker.kept"));
        break;
      case "edit":
      case "quote":
        this.about = { kind: action, message };
        break;
      case "recall":
        await attempt(this.core.call("recall", { id: message.id }));
        break;
      case "select":
        this.select(message.id);
        break;
      case "retry":
        await this.retry(message.id);
        break;
      case "delete":
        await this.remove([message.id]);
        break;
    }
  }

  private async copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      toast(t("common.copied"));
    } catch {
      toast(t("common.copy_refused"));
    }
  }

  async favour(ids: MessageId[]): Promise<void> {
    const kept = await attempt(this.core.call("favour", { ids }));
    if (kept !== undefined) toast(t("favourites.kept"));
  }

  async retry(id: MessageId): Promise<void> {
    await attempt(this.core.call("retry", { id }));
  }

  async react(message: Message, emoji: string): Promise<void> {
    const on = !message.reactions.some((reaction) => reaction.emoji === emoji && reaction.mine);
    await attempt(this.core.call("react", { id: message.id, emoji, on }));
  }

  async nudge(person: PersonId): Promise<void> {
    await attempt(this.core.call("nudge", { chat: this.chat, person }));
  }

  async remove(ids: MessageId[]): Promise<boolean> {
    const sure = await ask({
      title: ids.length === 1 ? t("message.delete_title") : t("message.delete_many", { count: ids.length }),
      text: t("message.delete_text"),
      confirm: t("common.delete"),
      danger: true,
    });
    return sure && (await attempt(this.core.call("deleteForMe", { ids }))) !== undefined;
  }

  /** From now on a tap ticks messages; going back ends it. */
  select(first: MessageId): void {
    this.selected = new Set([first]);
    this.#leaveSelection = navigation.layer(() => {
      this.selected = null;
    });
  }

  endSelection(): void {
    this.selected = null;
    this.#leaveSelection();
  }

  tick(id: MessageId): void {
    if (this.selected === null) return;
    const next = new Set(this.selected);
    if (!next.delete(id)) {
      if (next.size >= SELECTED_MAX) {
        toast(t("select.most", { count: SELECTED_MAX }));
        return;
      }
      next.add(id);
    }
    this.selected = next;
  }
}
