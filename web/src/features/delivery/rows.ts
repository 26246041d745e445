/** What a chat page draws: messages with the times between them, in blocks that can be left out. Pure. */
import type { Message } from "../../core/api.ts";
import { SEPARATOR_AFTER_MS } from "../../i18n/time.ts";

export interface Row {
  readonly message: Message;
  /** A time stands above this message. */
  readonly timed: boolean;
}

export interface Block {
  readonly key: number;
  readonly rows: readonly Row[];
}

/** Orders per block: a block far from the window is replaced by a gap of its height. */
export const ORDERS_PER_BLOCK = 32;

export function blocksOf(messages: readonly Message[]): Block[] {
  const blocks: { key: number; rows: Row[] }[] = [];
  let before: Message | undefined;
  for (const message of messages) {
    const timed = before === undefined || message.atMs - before.atMs > SEPARATOR_AFTER_MS;
    const key = Math.floor(message.order / ORDERS_PER_BLOCK);
    const block = blocks.at(-1);
    if (block === undefined || block.key !== key) blocks.push({ key, rows: [{ message, timed }] });
    else block.rows.push({ message, timed });
    before = message;
  }
  return blocks;
}
