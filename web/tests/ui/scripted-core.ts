/**
 * A core with a script instead of a network, for component tests and for looking at screens.
 *
 * It keeps the promises of `core/api.ts` in memory: commands change the state, watches see every change. It is
 * never part of the product build.
 */
import {
  type ChatSummary,
  type Commands,
  type Connection,
  type Core,
  CoreError,
  type Device,
  type ErrorCode,
  type Favourite,
  type FriendRequest,
  type GroupDetails,
  type Link,
  type Message,
  type Person,
  type Stage,
  type Watches,
} from "../../src/core/api.ts";

type Answers = { [K in keyof Commands]?: (argument: Commands[K][0]) => Commands[K][1] | Promise<Commands[K][1]> };

interface Watching {
  tell: () => void;
}

export class ScriptedCore implements Core {
  stage: Stage = { stage: "new" };
  connection: Connection = { state: "online", catchingUp: null, waiting: 0, clockOffByMs: 0, storageFull: "none" };
  chats: ChatSummary[] = [];
  messages = new Map<string, Message[]>();
  people: Person[] = [];
  favourites: Favourite[] = [];
  requests: FriendRequest[] = [];
  groups: GroupDetails[] = [];
  devices: Device[] = [];
  link: Link = { kind: "unknown" };
  refuse = new Map<keyof Commands, ErrorCode>();
  calls: { command: keyof Commands; argument: unknown }[] = [];
  answers: Answers = {};

  #watching = new Set<Watching>();
  #made = 0;

  call<K extends keyof Commands>(command: K, argument: Commands[K][0]): Promise<Commands[K][1]> {
    this.calls.push({ command, argument });
    const refusal = this.refuse.get(command);
    if (refusal !== undefined) return Promise.reject(new CoreError(refusal));
    const answer: Answers[K] = this.answers[command];
    if (answer === undefined) return Promise.reject(new CoreError("unexpected"));
    return Promise.resolve(answer(argument)).finally(() => this.changed());
  }

  watch<K extends keyof Watches>(query: K, argument: Watches[K][0], seen: (answer: Watches[K][1]) => void): () => void {
    const tell = (): void => seen(this.#answer(query, argument));
    const watching = { tell };
    this.#watching.add(watching);
    tell();
    return () => this.#watching.delete(watching);
  }

  changed(): void {
    for (const { tell } of [...this.#watching]) tell();
  }

  /** Stores a message and moves its chat to the top. */
  say(chat: string, message: Partial<Message>): Message {
    this.#made += 1;
    const all = this.messages.get(chat) ?? [];
    const whole: Message = {
      id: `m${this.#made}`,
      chat,
      kind: "text",
      sender: null,
      senderName: "",
      vouchedBy: null,
      mine: false,
      text: "",
      event: null,
      detail: null,
      quote: null,
      reactions: [],
      mentions: [],
      callsMe: false,
      edited: false,
      changeableUntilMs: message.mine ? Date.now() + 120_000 : null,
      expiresAtMs: null,
      atMs: Date.now(),
      state: null,
      order: all.length + 1,
      ...message,
    };
    this.messages.set(chat, [...all, whole]);
    this.chats = this.chats
      .map((summary) =>
        summary.id === chat
          ? {
              ...summary,
              atMs: whole.atMs,
              last: {
                text: whole.text,
                sender: whole.mine ? null : whole.senderName,
                atMs: whole.atMs,
                state: whole.state,
                kind: whole.kind,
                event: whole.event,
              },
            }
          : summary,
      )
      .sort((a, b) => b.atMs - a.atMs);
    return whole;
  }

  #answer<K extends keyof Watches>(query: K, argument: Watches[K][0]): Watches[K][1] {
    const views: { [Q in keyof Watches]: (wanted: Watches[Q][0]) => Watches[Q][1] } = {
      stage: () => this.stage,
      connection: () => this.connection,
      chats: () => this.chats,
      messages: ({ chat, limit }) => {
        const all = this.messages.get(chat) ?? [];
        return { messages: all.slice(-limit), more: all.length > limit, total: all.length };
      },
      message: ({ id }) => [...this.messages.values()].flat().find((message) => message.id === id) ?? null,
      favourites: ({ kinds, text }) => ({
        favourites: this.favourites.filter(
          (one) => (kinds.length === 0 || kinds.includes(one.kind)) && JSON.stringify(one).includes(text),
        ),
        more: false,
      }),
      favourite: ({ id }) => this.favourites.find((one) => one.id === id) ?? null,
      privacy: () => ({ typing: true, receipts: false }),
      chat: ({ chat }) => this.chats.find((summary) => summary.id === chat) ?? null,
      group: ({ chat }) => this.groups.find((group) => group.id === chat) ?? null,
      contacts: () => this.people.filter((person) => person.friend),
      person: ({ id }) => this.people.find((person) => person.id === id) ?? null,
      requests: () => this.requests,
      devices: () => this.devices,
    };
    return views[query](argument);
  }
}
