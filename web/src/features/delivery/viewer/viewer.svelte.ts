/** Which picture of which chat is shown over everything; one at a time. */
import type { ChatId, MessageId } from "../../../core/api.ts";

export interface Viewed {
  readonly chat: ChatId;
  readonly id: MessageId;
}

let current = $state.raw<Viewed | null>(null);

export const viewer = {
  get current(): Viewed | null {
    return current;
  },
  show(chat: ChatId, id: MessageId): void {
    current = { chat, id };
  },
  close(): void {
    current = null;
  },
};
