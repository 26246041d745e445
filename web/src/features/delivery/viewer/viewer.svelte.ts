/** Which picture of which chat is shown over everything; one at a time. */
import type { ChatId, MessageId } from "../../../core/api.ts";

export interface Viewed {
  readonly chat: ChatId;
  readonly id: MessageId;
  /** A line of a record: shown alone. */
  readonly path?: string;
}

let current = $state.raw<Viewed | null>(null);

export const viewer = {
  get current(): Viewed | null {
    return current;
  },
  show(chat: ChatId, id: MessageId, path?: string): void {
    current = path === undefined ? { chat, id } : { chat, id, path };
  },
  close(): void {
    current = null;
  },
};
