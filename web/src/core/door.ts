import type { Commands, ErrorCode, Message, MessageId, Watches } from "./api.ts";

/** What passes between the page and the worker. Structured clone carries it; nothing of the machinery does. */

export type ToWorker =
  | { kind: "call"; id: number; command: keyof Commands; argument: unknown }
  | { kind: "watch"; id: number; query: keyof Watches; argument: unknown }
  | { kind: "unwatch"; id: number }
  | { kind: "awake" }; // the page is shown again, or the network is back

export type ToPage =
  | { kind: "answer"; id: number; value: unknown }
  | { kind: "refusal"; id: number; code: ErrorCode; retryAfterS: number | null }
  | { kind: "seen"; id: number; value: unknown; messages?: Shortened };

/** Messages of an answer: one that the page has as it is now goes as its id. */
export interface Shortened {
  readonly messages: readonly (Message | MessageId)[];
  /** No answer has these any more. */
  readonly gone: readonly MessageId[];
}

/**
 * An answer with all messages that are shown comes again with each change and each older page. The worker's side: it
 * knows what the page has of the messages, by all its watches.
 */
export class Shortening {
  /** How each message is written that the page has. */
  private readonly had = new Map<MessageId, string>();
  private readonly shown = new Map<number, Set<MessageId>>();
  /** Not watched any more; the page has their messages until the next answer, which mostly is of a longer list. */
  private readonly ended = new Set<number>();

  of(watch: number, messages: readonly Message[]): Shortened {
    const short = messages.map((message) => {
      const written = JSON.stringify(message);
      if (this.had.get(message.id) === written) return message.id;
      this.had.set(message.id, written);
      return message;
    });
    this.shown.set(watch, new Set(messages.map(({ id }) => id)));
    for (const one of this.ended) this.shown.delete(one);
    this.ended.clear();
    const lists = [...this.shown.values()];
    const gone = [...this.had.keys()].filter((id) => !lists.some((list) => list.has(id)));
    for (const id of gone) this.had.delete(id);
    return { messages: short, gone };
  }

  end(watch: number): void {
    if (this.shown.has(watch)) this.ended.add(watch);
  }
}

/** The page's side: messages that have not changed are the same objects, so that they are not drawn anew. */
export class Lengthening {
  private readonly had = new Map<MessageId, Message>();

  of({ messages, gone }: Shortened): Message[] {
    const all = messages.map((one) => {
      if (typeof one !== "string") this.had.set(one.id, one);
      return typeof one === "string" ? this.had.get(one) : one;
    });
    for (const id of gone) this.had.delete(id);
    return all.filter((one) => one !== undefined);
  }
}
