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
  /** It came above what was shown first: it is drawn when the reader comes near. */
  readonly above: boolean;
}

/** Messages in a block; one block is drawn in one frame. */
export const BLOCK_MESSAGES = 4;

/**
 * Messages in blocks that keep their key and their rows while others arrive around them, so that only what is new or
 * has changed is drawn. A block far from the window is replaced by a gap of its height.
 */
export class Blocks {
  /** The block of each message shown now, by the message's id. */
  #keys = new Map<string, number>();
  /** The first block of those shown first. */
  #first = 0;
  readonly #rows = new WeakMap<Message, Row>();

  of(messages: readonly Message[]): Block[] {
    const keys = this.#keysOf(messages);
    this.#keys = new Map(messages.map(({ id }, place) => [id, keys[place] ?? 0]));
    const blocks: { key: number; rows: Row[]; above: boolean }[] = [];
    let before: Message | undefined;
    for (const [place, message] of messages.entries()) {
      const row = this.#row(message, before === undefined || message.atMs - before.atMs > SEPARATOR_AFTER_MS);
      const key = keys[place] ?? 0;
      const block = blocks.at(-1);
      if (block === undefined || block.key !== key) blocks.push({ key, rows: [row], above: key < this.#first });
      else block.rows.push(row);
      before = message;
    }
    return blocks;
  }

  #row(message: Message, timed: boolean): Row {
    const kept = this.#rows.get(message);
    if (kept?.timed === timed) return kept;
    const row = { message, timed };
    this.#rows.set(message, row);
    return row;
  }

  /** Older ones get the keys below those known, newer ones fill the last block and get those above. */
  #keysOf(messages: readonly Message[]): number[] {
    let known = messages.findIndex(({ id }) => this.#keys.has(id));
    if (known === -1) {
      this.#first = Math.max(0, ...this.#keys.values()) + 1;
      known = 0;
    }
    let key = this.#keys.get(messages[known]?.id ?? "") ?? this.#first;
    const keys = Array.from({ length: known }, (_, place) => key - Math.ceil((known - place) / BLOCK_MESSAGES));
    const last = messages.findLastIndex(({ id }) => this.#keys.has(id));
    let filled = 0;
    for (const { id } of messages.slice(known)) {
      // What arrives between known ones joins the block before it.
      if (keys.length > last && filled >= BLOCK_MESSAGES) key += 1;
      key = this.#keys.get(id) ?? key;
      filled = keys.at(-1) === key ? filled + 1 : 1;
      keys.push(key);
    }
    return keys;
  }
}
