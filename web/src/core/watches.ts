import type { ChatId, Watches } from "./api.ts";
import { closestPeople } from "./chats/closest.ts";
import type { HongyanCore } from "./core.ts";

/** The answer to each watch, and the topics after which it may be another. */

type Answers = { [K in keyof Watches]: (core: HongyanCore, argument: Watches[K][0]) => Watches[K][1] };

const ANSWERS: Answers = {
  stage: (core) => core.stage,
  connection: (core) =>
    core.engine?.connection() ?? {
      state: "connecting",
      catchingUp: null,
      waiting: 0,
      clockOffByMs: 0,
      storageFull: "none",
    },
  chats: (core) => core.engine?.chats.summaries() ?? [],
  messages: (core, { chat, before, limit }) =>
    core.engine?.chats.messages(chat, before, limit) ?? { messages: [], more: false, total: 0 },
  messagesAround: (core, { chat, order, older, newer }) =>
    core.engine?.chats.messagesAround(chat, order, older, newer) ?? {
      messages: [],
      moreOlder: false,
      moreNewer: false,
    },
  message: (core, { id }) => core.engine?.chats.message(id) ?? null,
  chat: (core, { chat }) => core.engine?.chats.summary(chat) ?? null,
  group: (core, { chat }) => core.engine?.details.of(chat) ?? null,
  favourites: (core, { kinds, text, limit }) =>
    core.engine?.favourites.list(kinds, text, limit) ?? { favourites: [], more: false },
  favourite: (core, { id }) => core.engine?.favourites.one(id) ?? null,
  help: (core, { chat }) => core.engine?.help.with(chat) ?? null,
  helping: (core) => core.engine?.help.helped() ?? null,
  closest: (core) => (core.engine === null ? [] : closestPeople(core.store)),
  stickers: (core) => core.engine?.stickers.list() ?? [],
  media: (core, { id, path }) => core.engine?.media.state(id, path ?? "") ?? null,
  privacy: (core) => core.engine?.signs.privacy() ?? { typing: true, receipts: false },
  profiles: (core) => core.engine?.profiles.all() ?? [],
  blocked: (core) => core.engine?.people.blocked() ?? [],
  contacts: (core) => core.engine?.people.friends() ?? [],
  person: (core, { id }) => core.engine?.people.person(Number(id)) ?? null,
  requests: (core) => core.engine?.contacts.requests() ?? [],
  returning: (core) => core.onboarding.returning.state(),
  backup: (core) => core.engine?.backups.state() ?? null,
  transfer: (core) => core.engine?.transfer.state() ?? null,
  wallet: (core) => core.engine?.wallet.state ?? null,
  payClaims: (core) => core.engine?.wallet.payCodes.waiting ?? [],
  walletNews: (core) => core.engine?.wallet.news ?? 0,
  devices: (core) => core.engine?.ownDevices.devices ?? [],
};

export function answerOf<K extends keyof Watches>(core: HongyanCore, query: K, argument: Watches[K][0]): Watches[K][1] {
  return ANSWERS[query](core, argument);
}

function topicsOf(query: keyof Watches, argument: unknown): string[] {
  const chat = (): ChatId => (argument as { chat: ChatId }).chat;
  switch (query) {
    case "messages":
    case "messagesAround":
      return [`messages:${chat()}`, "contacts"];
    case "chat":
      return [`chat:${chat()}`, "contacts", "privacy"];
    case "group":
      return [`group:${chat()}`, `chat:${chat()}`, "contacts"];
    case "chats":
    case "message": // whatever happens to a message touches its chat
    case "closest":
      return ["chats", "contacts"];
    case "help":
    case "helping":
      return ["help", "contacts"];
    case "person":
      return ["contacts", `person:${(argument as { id: string }).id}`];
    case "blocked":
      return ["contacts"];
    case "favourites":
    case "favourite":
      return ["favourites", "contacts"];
    case "media":
      return [`media:${(argument as { id: string }).id}`];
    case "stage":
    case "connection":
    case "profiles":
    case "contacts":
    case "privacy":
    case "requests":
    case "devices":
    case "stickers":
    case "backup":
    case "transfer":
    case "returning":
    case "wallet":
    case "payClaims":
    case "walletNews":
      return [query];
  }
}

/** The stage changes everything: who is here, and whether anybody is. */
export function concerns(query: keyof Watches, argument: unknown, topics: ReadonlySet<string>): boolean {
  return topics.has("stage") || topicsOf(query, argument).some((topic) => topics.has(topic));
}
