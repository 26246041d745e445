import type { ChatId, Message } from "../../core/api.ts";
import { useCore } from "../../ui/live.svelte.ts";

/** Messages taken at first, and twice as many each time the reader comes near the end of what is shown. */
const PAGE = 40;

export interface Part {
  messages: Message[];
  /** Older ones exist above, newer ones below. */
  more: boolean;
  moreNewer: boolean;
}

/**
 * The part of a chat that is shown: its newest messages, growing upwards; or, opened at a place, some around it,
 * growing both ways until the newest are reached.
 */
export class Feed {
  answer = $state.raw<Part>();
  #at = $state<number | null>(null);
  #older = $state(PAGE);
  #newer = $state(PAGE);

  constructor(chat: () => ChatId, at: number | null) {
    const core = useCore();
    this.#at = at;
    $effect.pre(() => {
      const order = this.#at;
      if (order === null) {
        return core.watch("messages", { chat: chat(), before: null, limit: this.#older }, ({ messages, more }) => {
          this.answer = { messages, more, moreNewer: false };
        });
      }
      const around = { chat: chat(), order, older: this.#older, newer: this.#newer };
      return core.watch("messagesAround", around, ({ messages, moreOlder, moreNewer }) => {
        this.answer = { messages, more: moreOlder, moreNewer };
        if (!moreNewer) this.#reachedNewest(messages.length);
      });
    });
  }

  /** From here on what arrives is shown; what is there stays. */
  #reachedNewest(shown: number): void {
    this.#older = Math.max(PAGE, shown);
    this.#at = null;
  }

  /** The reader comes near the oldest shown. */
  growUp(by = PAGE * 2): void {
    if (!this.answer?.more) return;
    const { messages } = this.answer;
    const at = this.#at;
    const above = at === null ? messages.length : messages.filter(({ order }) => order < at).length;
    this.#older = above + by;
  }

  /** The reader comes near the newest shown, and there are newer ones. */
  growDown(): void {
    const at = this.#at;
    if (at === null || !this.answer?.moreNewer) return;
    this.#newer = this.answer.messages.filter(({ order }) => order >= at).length + PAGE * 2;
  }

  /** Shows what is around a message instead. */
  goTo(order: number): void {
    this.#older = PAGE;
    this.#newer = PAGE;
    this.#at = order;
  }

  toNewest(): void {
    this.#older = PAGE;
    this.#at = null;
  }
}
