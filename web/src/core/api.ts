/**
 * The one door between the app and the core: what the app may ask, and what it may watch.
 *
 * Ids are opaque strings here. Times are milliseconds since 1970 UTC, corrected to the server's clock.
 * No key, epoch or error of the machinery passes this door.
 */

import type { HELP_FIELDS, HELP_SETTINGS } from "./help/fields.ts";
import type { WalletCommands, WalletErrorCode, WalletWatches } from "./wallet/api.ts";

/** What there is to ask of the wallet. */
export type * from "./wallet/api.ts";
export type * from "./wallet/gifts-api.ts";

export type ChatId = string; // "d:<account id>" for a direct chat, "g:<group id in hex>" for a group
export type PersonId = string; // an account id in decimal
export type MessageId = string; // made by this device when a message is first stored; stable for ever

/** Where the core stands as a whole; the shell shows a page for each but `ready`. */
export type Stage =
  | { stage: "starting" }
  | { stage: "new" } // nobody has joined on this device
  | { stage: "ready"; me: Me }
  | { stage: "elsewhere" } // another tab holds the core; `takeOver` brings it here
  | { stage: "signed_out"; reason: "device_removed" | "account_deleted" }
  | { stage: "suspended" } // by whoever runs the server; nothing is lost, and it goes on by itself when that ends
  | { stage: "unsupported"; reason: "insecure_context" | "no_storage" | "no_crypto" | "newer_store" };

export interface Me {
  id: PersonId;
  name: string;
  address: string; // name@domain
  fingerprint: string;
  isOwner: boolean;
  hasPassword: boolean;
  careMode: boolean; // asked for by the invitation; the app keeps the switch itself afterwards
}

export interface Connection {
  state: "online" | "connecting" | "offline";
  /** 0..1 while waiting mail is being taken in, null otherwise. */
  catchingUp: number | null;
  /** Messages stored here and not yet with the server. */
  waiting: number;
  clockOffByMs: number;
  storageFull: "none" | "here" | "server";
}

export interface ChatSummary {
  id: ChatId;
  kind: "direct" | "group";
  title: string;
  people: PersonId[]; // up to nine for the picture, without the reader
  last: {
    text: string;
    sender: string | null; // null for events and my own
    atMs: number;
    state: SendState | null;
    kind: MessageKind;
    event: GroupEvent | null;
  } | null;
  unread: number;
  mentioned: boolean; // among the unread
  draft: string;
  pinned: boolean;
  muted: boolean;
  folded: boolean;
  markedUnread: boolean;
  background: string; // a name the app knows, "" for none
  timerS: number; // new messages disappear after so long; 0: never
  typing: boolean; // the friend of a direct chat is writing
  readUpToMs: number; // what the friend of a direct chat has read, where both want that told; else 0
  atMs: number; // order of the list, newest first
  left: boolean;
  imported: boolean; // from another program: nobody can write in it
}

export type SendState = "sending" | "sent" | "failed";
export type MessageKind =
  | "text"
  | "picture"
  | "voice"
  | "video"
  | "file"
  | "sticker"
  | "location"
  | "card"
  | "link"
  | "record"
  | "help"
  | "packet"
  | "transfer"
  | "collection"
  | "event"
  | "recalled"
  | "unknown";

/** What a message carries beyond text. */
export type Detail =
  | AttachmentDetail
  | { kind: "location"; latitude: number; longitude: number; name: string }
  | { kind: "card"; person: PersonId; name: string }
  | { kind: "link"; url: string; title: string; summary: string; hasThumb: boolean }
  | { kind: "record"; title: string; items: RecordedMessage[] }
  | { kind: "packet"; greeting: string; mineMinor: number } // 0: not opened on this device
  | { kind: "transfer"; act: string; words: string; payee: PersonId | null } // payee: of whom in a group
  | { kind: "collection"; act: string; title: string; split: boolean } // split: several share a bill
  | { kind: "help"; request: string }; // for help with the settings: open while `help` has the same one

/** A file beside a message; sizes in bytes and pixels (0: none). Its bytes are asked for by the message's id. */
export interface AttachmentDetail {
  kind: "picture" | "voice" | "video" | "file" | "sticker";
  name: string;
  type: string;
  bytes: number;
  width: number;
  height: number;
  ms: number;
  wave: number[]; // loudness, 0 to 255
  hasThumb: boolean;
}

/** One line of a merged record; `path` leads from the message to it, for its picture and its file. */
export interface RecordedMessage {
  sender: string;
  atMs: number;
  text: string;
  detail: Detail | null;
  path: string;
}

export interface Quote {
  id: MessageId | null; // null: it is not here (any more)
  sender: string;
  kind: MessageKind;
  text: string;
}

export interface Reaction {
  emoji: string;
  people: string[];
  mine: boolean;
}

/** Who is called by a message; "0" is everybody. Names are the accounts' own, as they stand in the text. */
export interface Mention {
  id: PersonId;
  name: string;
}

export interface Message {
  id: MessageId;
  chat: ChatId;
  kind: MessageKind;
  sender: PersonId | null; // null for events
  senderName: string;
  /** Who handed the message over, when it did not come from its sender: it is only vouched for. */
  vouchedBy: string | null;
  mine: boolean;
  text: string;
  event: GroupEvent | null;
  detail: Detail | null;
  quote: Quote | null;
  reactions: Reaction[];
  mentions: Mention[];
  callsMe: boolean;
  edited: boolean;
  /** Until when its sender may take it back or change it; null when not mine. */
  changeableUntilMs: number | null;
  expiresAtMs: number | null;
  atMs: number;
  state: SendState | null; // null for what others sent
  order: number; // ascending within the chat, gaps allowed
}

export type FavouriteId = string;

/** A copy of a message she keeps. */
export interface Favourite {
  id: FavouriteId;
  kind: MessageKind;
  text: string;
  detail: Detail | null;
  senderName: string;
  source: string; // the title of the chat it comes from, as it was then
  atMs: number; // when she kept it
  /** Its file is not on this device, but may be on another of hers: how many bytes have come, and whether she opened it. */
  elsewhere: { done: number; opened: boolean } | null;
}

export type GroupEvent =
  | { what: "created" | "joined_by" | "left" | "removed_by" | "renamed"; actor: string; people: string[]; name: string }
  | { what: "asked_to_help"; actor: string; people: string[]; name: string } // keep a share of the actor's way back
  | { what: "nudged" | "timer_set"; actor: string; people: string[]; name: string } // timer_set: name is seconds
  | { what: "history_handed" | "history_received"; actor: string; people: string[]; name: string } // name: how many
  | { what: "history_none"; actor: string; people: string[]; name: string } // what was said before she came is not shown
  | {
      // adding_set: name is "everyone", "approval" or "admins"; history_set: a HistoryShare; void_…: what actor did without right, and is undone.
      what:
        | "owner_changed"
        | "admins_made"
        | "admins_ended"
        | "adding_set"
        | "history_set"
        | "announced"
        | "void_added"
        | "void_removed"
        | "void_policy";
      actor: string;
      people: string[];
      name: string;
    }
  | { what: "undelivered"; actor: string; people: string[]; name: string } // not everybody has fetched what I said
  | { what: "became_friends" | "safety_changed" | "may_be_missing"; actor: string; people: string[]; name: string };

export interface Person {
  id: PersonId;
  name: string; // the account's own name
  remark: string; // what the reader calls her, "" if nothing
  shown: string; // remark or name
  pinyin: string; // for sorting: "lan"; "#" when neither pinyin nor Latin
  friend: boolean;
  blocked: boolean;
  verified: boolean;
}

export interface WaysToMe {
  byName: boolean;
  byCode: boolean;
  byGroup: boolean;
}

/** What takes space on this device; files that are not with the others yet are left out. */
export interface Space {
  messageBytes: number; // of everything that was said, with the small pictures
  chats: { id: ChatId; title: string; files: number; fileBytes: number }[];
  kinds: { kind: AttachmentDetail["kind"]; files: number; fileBytes: number }[];
}

/** What somebody says of herself; the picture itself is asked for by `face`. */
export interface Profile {
  id: PersonId;
  status: string;
  hasPicture: boolean;
  version: number; // another picture has another version
}

export interface FriendRequest {
  person: Person;
  greeting: string;
  atMs: number;
  direction: "in" | "out";
  state: "waiting" | "accepted" | "declined";
}

export interface GroupDetails {
  id: ChatId;
  title: string;
  named: boolean;
  members: GroupMember[]; // owner, admins, then by when they came
  left: boolean;
  rules: GroupRules;
  myRole: GroupRole;
  myNickname: string;
  showsNicknames: boolean;
  announcement: { text: string; by: string; atMs: number; seen: boolean } | null;
  waiting: JoinRequest[]; // for the owner and admins to answer
}

export type GroupRole = "owner" | "admin" | "member";

export interface GroupMember extends Person {
  isMe: boolean;
  role: GroupRole;
  nickname: string; // what she calls herself in this group, "" if nothing
}

/** Who may do what in a group; the owner and admins may always. */
export interface GroupRules {
  adding: "everyone" | "approval" | "admins";
  naming: "everyone" | "admins";
  announcing: "everyone" | "admins";
  history: HistoryShare; // what who joins by the group's code is given
}

/** What newcomers to a group are given of what was said before: nothing, the last 100 messages, or all. */
export type HistoryShare = "none" | "last" | "all";

/** Somebody asks to come into a group; for its owner and admins to answer. */
export interface JoinRequest {
  person: PersonId;
  name: string;
  inviter: string;
  atMs: number;
}

export interface Device {
  id: string;
  label: string;
  isThis: boolean;
  addedAtMs: number;
  lastSeenDay: string; // "2026-11-22"
}

/** What an opened link or a scanned code means. */
export type Link =
  | {
      kind: "invitation";
      token: string;
      inviterName: string | null;
      careMode: boolean;
      usable: boolean;
      fingerprint: string | null;
      isFriendCode: boolean;
    }
  | { kind: "device_link"; deviceLinkText: string }
  | { kind: "recovery"; path: string } // a friend who lost everything shows it
  | { kind: "group"; group: ChatId; name: string; count: number; people: string[]; expired: boolean }
  | { kind: "safety"; personId: PersonId; matches: boolean }
  | { kind: "shop" } // a shop's counter, or one of its orders
  | { kind: "pay" } // somebody's receive code
  | { kind: "charge" } // somebody's payment code
  | { kind: "unknown" };

/** How well she is protected against losing everything. */
export interface BackupState {
  on: boolean;
  madeAtMs: number | null; // null: never
  madeHere: boolean; // false: another own device looks after it
  messages: number;
  usedBytes: number;
  maxBytes: number;
  /** 0..1 while one is being made, null otherwise. */
  making: number | null;
  /** When the backup was last opened to see that it can be. */
  checkedAtMs: number | null;
  /** What was wrong at the last look or try; `repaired`: a whole new one was made since. */
  trouble: { what: "missing" | "older" | "damaged" | "pin" | "full" | "newer" | "failed"; repaired: boolean } | null;
  pin: "none" | "set" | "gone"; // gone: guessed wrong too often, to be set anew
  /** A month has passed since she last typed it. */
  pinDue: boolean;
  /** 0..1 while an older backup is still being taken in, null otherwise. */
  restoring: number | null;
  /** The three friends she chose, as far as this device knows. */
  friends: PersonId[];
  /** Whose share this person keeps. */
  helping: PersonId[];
  /** New devices that friends vouched for and that ask for this account: she can refuse them. */
  asked: RecoveryRequest[];
}

export interface RecoveryRequest {
  id: string;
  startedAtMs: number;
  opensAtMs: number | null;
}

/** A friend who lost everything and shows a code. */
export interface RecoveryAsked {
  person: PersonId;
  startedAtMs: number;
  code: string; // six digits that her new device shows too
  approved: boolean;
  canHelp: boolean;
}

/** Coming back through friends, on the new device. */
export interface Returning {
  name: string;
  text: string; // the link in the code that friends scan
  code: string;
  approvals: number;
  opensAtMs: number | null; // when she is let in; null until a friend has approved
  trouble: "ended" | "shares" | "newer" | null;
}

/** All that a helper sees of a device: for each field one value of a fixed list, never words of anybody. */
export type HelpField = keyof typeof HELP_FIELDS;
export type HelpLayout = { readonly [F in HelpField]: (typeof HELP_FIELDS)[F][number] };
/** What can be changed from afar. */
export type HelpSetting = (typeof HELP_SETTINGS)[number];

export interface HelpProposal {
  no: number;
  setting: HelpSetting;
  value: string;
  state: "waiting" | "agreed" | "refused";
}

/** Help with the settings between this device and a friend; over after half an hour. */
export interface HelpView {
  request: string;
  chat: ChatId;
  person: PersonId;
  name: string;
  helped: boolean; // this device is the one that is helped
  joined: boolean;
  untilMs: number;
  layout: HelpLayout | null;
  always: boolean; // this friend's changes are made without asking
  proposals: HelpProposal[];
}

/** An account as the owner of the server sees it: sums and days, never what she says or whom she knows. */
export interface Member {
  id: PersonId;
  name: string;
  isOwner: boolean;
  joinedAtMs: number;
  suspendedAtMs: number | null;
  devices: number;
  lastSeenDay: string; // "2026-11-22", "" for never
  canSignIn: boolean; // has a password or a passkey
  mediaBytes: number;
  backupBytes: number;
}

/** An invitation that still admits somebody; `inviter` is "" for one made in the terminal. */
export interface OpenInvitation {
  id: string;
  kind: "owner" | "member" | "friend";
  inviter: string;
  uses: number;
  usesMax: number;
  createdAtMs: number;
  expiresAtMs: number;
}

/** What the server stores, and may store. */
export interface ServerStorage {
  media: {
    count: number;
    bytes: number;
    bytesMax: number | null;
    endingCount: number;
    endingBytes: number;
    days: number;
  };
  backupBytes: number;
  databaseBytes: number;
  mail: { waiting: number; countedAll: boolean; days: number };
  disk: { freeBytes: number; totalBytes: number; reserveBytes: number };
  mediaAccountBytesMax: number;
  backupAccountBytesMax: number;
}

export type HealthLevel = "green" | "yellow" | "red" | "unknown";

/** `value` of `whole`: free and all bytes; writes waiting and refused; connections; errors; failing devices; seconds. */
export interface HealthCheck {
  checked: "disk" | "writer" | "connections" | "errors" | "push" | "backup";
  level: HealthLevel;
  value: number;
  whole: number;
}

export interface ServerHealth {
  version: string;
  uptimeS: number;
  databaseEngine: string;
  databaseBytes: number;
  checks: HealthCheck[];
}

/** What the owner did; `subject` is "" where it concerned nobody, or somebody who is gone. */
export interface OwnersAct {
  id: string;
  atMs: number;
  act: "suspended" | "restored" | "signed_out" | "removed" | "invited" | "invitation_withdrawn";
  actor: string;
  subject: string;
}

export interface PageOf<T> {
  items: T[];
  more: boolean;
}

/** A refusal the app shows as a sentence: `errors.<code>` in every language. */
export type ErrorCode =
  | WalletErrorCode
  | "offline"
  | "invitation_unknown"
  | "invitation_used"
  | "invitation_expired"
  | "name_taken"
  | "name_malformed"
  | "person_unknown"
  | "too_many_tries"
  | "wrong_password"
  | "account_suspended"
  | "owner_only" // of the server
  | "password_too_short"
  | "not_a_member"
  | "not_allowed" // only the owner or admins of a group
  | "too_long"
  | "too_late" // to take back or change a message
  | "group_full"
  | "no_consent"
  | "help_over"
  | "device_limit"
  | "link_expired"
  | "storage_full"
  | "file_too_large" // more than 200 MB
  | "media_gone" // nobody has the file any more
  | "media_left_behind" // of a message from before she came: only the message was passed on
  | "media_cleared" // she took it off this device to make room
  | "elsewhere" // on another of her devices: it comes when that one is there
  | "media_broken" // what came is not what was sent
  | "stickers_full"
  | "sticker_too_large"
  | "media_full" // too much of hers waits on the server to be fetched
  | "passkey_unavailable"
  | "passkey_cancelled"
  | "push_unusable"
  | "wrong_pin"
  | "pin_gone"
  | "pin_malformed"
  | "pin_too_easy"
  | "backup_full"
  | "backup_moved"
  | "backup_damaged"
  | "backup_newer"
  | "not_a_backup"
  | "wrong_file_password"
  | "not_your_backup"
  | "recovery_ended"
  | "friends_needed"
  | "picture_unusable"
  | "not_a_chat" // none of the files that other programs write of chats
  | "import_too_large" // more than 200 MB, or a zip that holds more than 400
  | "zip_broken"
  | "unexpected";

export class CoreError extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly retryAfterS: number | null = null,
  ) {
    super(code);
  }
}

/** How a person keeps a chat; her own devices are told. */
export interface ChatKeeping {
  pinned: boolean;
  muted: boolean;
  folded: boolean;
  markedUnread: boolean;
  background: string;
}

/** Where the file of a message is; `done` of its bytes are here, or with the server when it is being sent. */
export interface MediaState {
  state: "away" | "fetching" | "here" | "gone" | "broken" | "cleared" | "sending";
  done: number;
  problem: ErrorCode | null; // why it does not go on
  heard: boolean; // a voice message was played
}

/** As much of a video as is at hand; `total` bytes are all of it. */
export interface StreamPart {
  bytes: Uint8Array;
  total: number;
  type: string;
}

/** What the service worker asks of a page, with a port for the answer: a StreamPart, or null. */
export interface StreamWish {
  kind: "stream";
  name: string;
  from: number;
  most: number;
}

export type StickerId = string;

export interface Sticker {
  id: StickerId;
  type: string;
  width: number;
  height: number;
}

/** A file to be sent as a message of its kind; sizes in pixels and milliseconds, 0 where none. */
export interface OutgoingFile {
  kind: AttachmentDetail["kind"];
  content: Blob;
  name: string;
  type: string;
  width: number;
  height: number;
  ms: number;
  wave: number[];
  thumb: Uint8Array | null;
}

/** What friends may see of her besides what she says; the same on all her devices. */
export interface Privacy {
  typing: boolean; // that she is writing, and she sees when others are
  receipts: boolean; // that she has read, and she sees what others have
}

export type SendableDetail =
  | { kind: "location"; latitude: number; longitude: number; name: string }
  | { kind: "card"; person: PersonId }
  | { kind: "link"; url: string; title: string; summary: string };

/** A text, and where in it something was found: from and to in UTF-16 units, in order and apart. */
export interface Marked {
  text: string;
  marks: [from: number, to: number][];
}

/** Which messages are meant; what is left out or null does not matter. `toMs` is not included. */
export interface SearchFilter {
  chat?: ChatId | null;
  person?: PersonId | null;
  kinds?: MessageKind[];
  fromMs?: number | null;
  toMs?: number | null;
}

/** `name`: her own name, when it was found and not what she is called here. */
export interface FoundPerson {
  person: Person;
  shown: Marked;
  name: Marked | null;
}

/** `member`: whose name was found, when it was not the group's. */
export interface FoundGroup {
  chat: ChatId;
  title: Marked;
  people: PersonId[];
  member: Marked | null;
}

/** A chat in which something was said; `countedAll` false: more often than `count`. */
export interface FoundChat {
  chat: ChatId;
  title: string;
  people: PersonId[];
  count: number;
  countedAll: boolean;
  newest: FoundMessage;
}

export interface FoundMessage {
  id: MessageId;
  chat: ChatId;
  chatTitle: string;
  order: number;
  kind: MessageKind;
  sender: PersonId | null;
  senderName: string;
  mine: boolean;
  atMs: number;
  words: Marked;
}

/** `source`: who said it, and where it was kept from. */
export interface FoundFavourite {
  id: FavouriteId;
  kind: MessageKind;
  words: Marked;
  source: Marked;
  atMs: number;
}

export type SearchPart = "people" | "groups" | "messages" | "favourites";

/** `whole` false: older messages are still being made ready to be found. */
export interface SearchAnswer {
  people: FoundPerson[];
  groups: FoundGroup[];
  chats: FoundChat[];
  favourites: FoundFavourite[];
  more: { people: boolean; groups: boolean; chats: boolean; favourites: boolean };
  whole: boolean;
}

/** A chat that was taken in from another program's file. */
export interface ImportedChat {
  chat: ChatId;
  title: string;
  added: number;
  known: number; // were here already
  skipped: number; // lines that could not be understood
  messages: number; // in the chat now
}

/** The words in which chats are exported. */
export interface ExportWords {
  language: string;
  title: string; // of the folder
  count: string; // "{count} 条消息"
  me: string;
  kinds: Partial<Record<MessageKind, string>>; // what stands for what is not words: "[图片]"
}

export interface ExportedChats {
  file: Blob; // a zip
  chats: number;
  messages: number;
  filesLeftOut: number; // not on this device, or too many for one zip
}

/** How far an import or export is, 0 to 1. */
export interface Transferring {
  what: "import" | "export";
  done: number;
}

/** Each command: its argument and its answer. A command that fails rejects with CoreError. */
export interface Commands extends WalletCommands {
  takeOver: [void, void];
  readLink: [{ text: string }, Link];
  join: [{ link: string; name: string; language: string }, Me];
  signInWithPassword: [{ name: string; password: string }, Me];
  /** The app runs navigator.credentials itself; the core gives options and takes the answer (both WebAuthn JSON). */
  passkeySignInStart: [{ name: string | null }, { options: unknown }];
  passkeySignInFinish: [{ credential: unknown; prf: Uint8Array | null }, Me];
  passkeyAddStart: [void, { options: unknown }];
  passkeyAddFinish: [{ credential: unknown; prf: Uint8Array | null; label: string }, void];
  passkeys: [void, { id: string; label: string; addedAtMs: number }[]];
  passkeyRemove: [{ id: string }, void];
  setPassword: [{ password: string }, void];

  deviceLinkStart: [void, { text: string; expiresAtMs: number }]; // on the new device; then watch "stage"
  deviceLinkApprove: [{ text: string }, void]; // on the old device
  removeDevice: [{ id: string }, void];
  signOut: [void, void]; // removes this device and erases its store
  deleteAccount: [{ name: string }, void];

  myCode: [void, { link: string; expiresAtMs: number }]; // a friend invitation for my QR
  createInvitation: [{ uses: number; days: number; careMode: boolean }, { link: string; expiresAtMs: number }]; // owner

  /** Of the server's owner only. `before`: the last one seen. */
  members: [
    { named: string; suspendedOnly: boolean; before: Member | null },
    PageOf<Member> & { inAll: number; suspendedInAll: number; devicesInAll: number },
  ];
  member: [{ id: PersonId }, Member];
  suspendMember: [{ id: PersonId; suspended: boolean }, void];
  signOutMember: [{ id: PersonId }, void]; // on all her devices
  removeMember: [{ id: PersonId; name: string }, void]; // with everything the server has of her
  openInvitations: [{ before: OpenInvitation | null }, PageOf<OpenInvitation>];
  withdrawInvitation: [{ id: string }, void];
  serverStorage: [void, ServerStorage];
  serverHealth: [void, ServerHealth];
  ownersActs: [{ before: OwnersAct | null }, PageOf<OwnersAct>];

  findPerson: [{ name: string }, Person];
  requestFriend: [{ id: PersonId; greeting: string } | { link: string; greeting: string }, "requested" | "friends"];
  acceptFriend: [{ id: PersonId }, ChatId];
  declineFriend: [{ id: PersonId }, void];
  setRemark: [{ id: PersonId; remark: string }, void];
  block: [{ id: PersonId; blocked: boolean }, void];
  removeFriend: [{ id: PersonId }, void];
  safetyNumber: [{ id: PersonId }, { digits: string; qrText: string }];
  markVerified: [{ id: PersonId; verified: boolean }, void];

  openDirect: [{ id: PersonId }, ChatId];
  /** `quote`: the message answered; `mentions`: who is called by it, "0" for everybody. */
  send: [{ chat: ChatId; text: string; quote?: MessageId; mentions?: PersonId[] }, MessageId];
  sendDetail: [{ chat: ChatId; detail: SendableDetail; quote?: MessageId }, MessageId];
  /** Each file as one message, in this order: on the screen at once, answered when all are stored on this device. */
  sendFiles: [{ chat: ChatId; files: OutgoingFile[]; quote?: MessageId }, MessageId[]];
  /** The file of a message, or of line `path` of a record; fetched first when it is not here. */
  media: [{ id: MessageId; path?: string }, Blob];
  /**
   * A video is to be played while it is fetched: answers the name by which its parts are asked for, or null when it is to
   * be taken whole by `media`. It is fetched on when it is not watched any more.
   */
  streamBegin: [{ id: MessageId; path?: string }, string | null];
  /** Waits until the first byte from `from` on is here. */
  streamPart: [{ name: string; from: number; most: number }, StreamPart];
  streamEnd: [{ name: string }, void];
  /** Messages with pictures and videos of a chat, oldest first. */
  gallery: [{ chat: ChatId }, Message[]];
  /** A voice message was played. */
  hear: [{ id: MessageId }, void];
  /** The next voice message of the chat that was not heard. */
  nextVoice: [{ id: MessageId }, { id: MessageId; ms: number } | null];
  /** Keeps a sticker she made, or one that somebody sent, in front of all others; the same twice is one. */
  addSticker: [{ content: Blob; width: number; height: number; thumb: Uint8Array | null }, void];
  keepSticker: [{ id: MessageId }, void];
  removeSticker: [{ id: StickerId }, void];
  stickerFirst: [{ id: StickerId }, void];
  sticker: [{ id: StickerId }, Blob];
  stickerThumb: [{ id: StickerId }, Uint8Array | null];
  /** An own file that is on its way goes with its message; another's is not fetched further. */
  cancelMedia: [{ id: MessageId; path?: string }, void];
  edit: [{ id: MessageId; text: string }, void];
  recall: [{ id: MessageId }, void];
  react: [{ id: MessageId; emoji: string; on: boolean }, void];
  nudge: [{ chat: ChatId; person: PersonId }, void];
  /** To each chat one by one, or all together as one record with this title. */
  forward: [{ ids: MessageId[]; chats: ChatId[]; mergedAs: string | null }, void];
  /** Keeps copies on her own devices; messages that disappear are not kept. */
  favour: [{ ids: MessageId[] }, void];
  unfavour: [{ ids: FavouriteId[] }, void];
  sendFavourite: [{ chat: ChatId; id: FavouriteId }, MessageId];
  favouriteContent: [{ id: FavouriteId; path?: string }, Blob];
  favouriteThumbnail: [{ id: FavouriteId; path?: string }, Uint8Array | null];
  /** The small picture inside a message, or inside line `path` of a record. */
  thumbnail: [{ id: MessageId; path?: string }, Uint8Array | null];
  keepChat: [{ chat: ChatId } & Partial<ChatKeeping>, void];
  setTimer: [{ chat: ChatId; seconds: number }, void];
  /** Everything on this device: at most `limit` of each kind; `only` leaves the others out. */
  search: [{ text: string; only: SearchPart | null; limit: number }, SearchAnswer];
  /** Messages one by one, the newest first; within a chat those with order < `before`. `text` may be "". */
  searchMessages: [
    { text: string; filter: SearchFilter; before: number | null; limit: number },
    { messages: FoundMessage[]; more: boolean },
  ];
  /** What was looked for last, the newest first; kept on this device only. */
  recentSearches: [void, string[]];
  noteSearch: [{ text: string }, void];
  forgetSearch: [{ text: string | null }, void]; // null: all
  /** The order of a message, or of the first one at or after a time; null: it is not here (any more). */
  placeOf: [{ id: MessageId } | { chat: ChatId; atMs: number }, number | null];
  /** For each time span between neighbours of `atMs`, whether something was said in the chat. */
  spansWithMessages: [{ chat: ChatId; atMs: number[] }, boolean[]];
  retry: [{ id: MessageId }, void];
  deleteForMe: [{ ids: MessageId[] }, void];
  setDraft: [{ chat: ChatId; text: string }, void];
  /** She is writing: may be told as often as she presses a key. */
  typing: [{ chat: ChatId }, void];
  setPrivacy: [Partial<Privacy>, void];
  markRead: [{ chat: ChatId }, void];
  removeChat: [{ chat: ChatId }, void]; // from the list, with its messages on this device
  helpAsk: [{ chat: ChatId }, void]; // a card goes to the friend
  helpJoin: [{ chat: ChatId }, void]; // the helper is there and wants to be told
  helpShow: [{ layout: HelpLayout }, void]; // what the app shows now; told to a helper who is there
  helpPropose: [{ chat: ChatId; setting: HelpSetting; value: string }, void];
  helpAnswer: [{ no: number; agreed: boolean }, void]; // after the app has done it, or not
  helpAllow: [{ person: PersonId; always: boolean }, void];
  helpEnd: [{ chat: ChatId }, void];
  clearChat: [{ chat: ChatId }, void]; // its messages go from all her own devices; the chat stays on the list
  hideChat: [{ chat: ChatId }, void]; // off the list until something new is said; nothing is lost
  createGroup: [{ people: PersonId[]; name: string }, ChatId];
  renameGroup: [{ chat: ChatId; name: string }, void];
  /** `history`: what they are given of what was said before; nothing when left out. */
  addMembers: [{ chat: ChatId; people: PersonId[]; history?: HistoryShare }, void];
  removeMembers: [{ chat: ChatId; people: PersonId[] }, void];
  leaveGroup: [{ chat: ChatId }, void];
  setGroupRule: [{ chat: ChatId } & Partial<GroupRules>, void];
  announce: [{ chat: ChatId; text: string }, void]; // "" takes it down
  announcementRead: [{ chat: ChatId }, void];
  setAdmin: [{ chat: ChatId; person: PersonId; on: boolean }, void];
  handOver: [{ chat: ChatId; person: PersonId }, void]; // of the group, to a new owner
  setNickname: [{ chat: ChatId; nickname: string }, void];
  showNicknames: [{ chat: ChatId; on: boolean }, void];
  groupCode: [{ chat: ChatId }, { link: string; expiresAtMs: number }];
  askToJoin: [{ link: string }, void];
  answerJoin: [{ chat: ChatId; person: PersonId; accept: boolean; history?: HistoryShare }, void];

  /** In which ways others may ask to be friends; the server keeps to it. */
  waysToMe: [void, WaysToMe];
  setWaysToMe: [WaysToMe, void];
  /** Shown to friends: a square JPEG of at most 64 KiB (null takes it away), and a line of at most 60 characters. */
  setProfile: [{ picture?: Uint8Array | null; status?: string }, void];
  face: [{ id: PersonId }, Uint8Array | null];

  /** What the browser's subscription is bound to, and whether the server can wake this device. */
  pushState: [void, { publicKey: Uint8Array; registered: boolean; failing: boolean }];
  pushRegister: [{ endpoint: string; deviceKey: Uint8Array; authSecret: Uint8Array }, void];
  pushUnregister: [void, void];
  /** Wakes this device now; whether the browser's push service took it. */
  pushTry: [void, { taken: boolean }];
  backUpNow: [void, void];
  /** Off erases the backup on the server, with the PIN and what friends keep. */
  setBackup: [{ on: boolean }, void];
  /** Six digits; refused with pin_malformed or pin_too_easy. */
  setPin: [{ pin: string }, void];
  /** Whether she still knows it: tried for real, so ten wrong ones in a row make her wait. */
  tryPin: [{ pin: string }, void];
  backUpToFile: [{ password: string }, { file: Blob; name: string }];
  restoreWithPin: [{ name: string; pin: string }, Me];
  chooseRecoveryFriends: [{ people: PersonId[] }, void]; // three
  refuseRecovery: [{ id: string }, void];
  recoveryLook: [{ text: string }, RecoveryAsked]; // the friend's side
  recoveryApprove: [{ text: string }, void];
  recoveryStart: [{ name: string }, void]; // the new device's side; then watch "returning" and "stage"
  recoveryForget: [void, void];
  /**
   * Signed in: adds what this device does not have. New: comes back; beside a device in use a day later, by calling it
   * again with the same file.
   */
  restoreFromFile: [{ file: Blob; password: string }, { me: Me } | { opensAtMs: number }];

  /** What another program wrote of WeChat chats: HTML, CSV, JSON, or a zip of them. */
  importChats: [{ name: string; file: Blob }, ImportedChat[]];
  /** All chats on this device as a folder that any browser opens; not encrypted. */
  exportChats: [{ words: ExportWords }, ExportedChats];

  serverData: [
    void,
    {
      tables: {
        table: string;
        purpose: string;
        lifetime: string;
        columns: { name: string; purpose: string }[];
        rows: unknown[][];
      }[];
    },
  ];
  space: [void, Space];
  /** Takes the files of one kind, of one chat, or of both, off this device and no other; every message stays. */
  clearSpace: [{ chat?: ChatId; kind?: AttachmentDetail["kind"] }, { files: number; bytes: number }];
  storage: [
    void,
    {
      usedBytes: number;
      availableBytes: number | null;
      messages: number;
      persistent: boolean;
      media: Record<AttachmentDetail["kind"], number>;
    },
  ];
}

/** Live answers: the callback runs at once and after every change that touches it. */
export interface Watches extends WalletWatches {
  stage: [void, Stage];
  connection: [void, Connection];
  chats: [void, ChatSummary[]];
  /** The newest `limit` messages with order < `before` (all when null), ascending; `more`: older ones exist. */
  messages: [
    { chat: ChatId; before: number | null; limit: number },
    { messages: Message[]; more: boolean; total: number },
  ];
  /** `older` messages below `order` and `newer` from it on, ascending; whether there are more on each side. */
  messagesAround: [
    { chat: ChatId; order: number; older: number; newer: number },
    { messages: Message[]; moreOlder: boolean; moreNewer: boolean },
  ];
  message: [{ id: MessageId }, Message | null];
  chat: [{ chat: ChatId }, ChatSummary | null];
  group: [{ chat: ChatId }, GroupDetails | null];
  /** Newest first; of these kinds (none: of all), with this text somewhere in them. */
  favourites: [
    { kinds: readonly MessageKind[]; text: string; limit: number },
    { favourites: Favourite[]; more: boolean },
  ];
  favourite: [{ id: FavouriteId }, Favourite | null];
  /** Of a message, or of line `path` of a record; null when it carries no file. */
  media: [{ id: MessageId; path?: string }, MediaState | null];
  /** Her own, what she kept or put forward last first. */
  stickers: [void, Sticker[]];
  privacy: [void, Privacy];
  /** Of everybody who has said something of herself, the reader included. */
  profiles: [void, Profile[]];
  contacts: [void, Person[]];
  blocked: [void, Person[]];
  closest: [void, Person[]]; // the friends she talks to most, six at most
  person: [{ id: PersonId }, Person | null];
  requests: [void, FriendRequest[]];
  help: [{ chat: ChatId }, HelpView | null];
  helping: [void, HelpView | null]; // the session in which this device is helped
  devices: [void, Device[]];
  backup: [void, BackupState | null];
  transfer: [void, Transferring | null];
  returning: [void, Returning | null];
}

export interface Core {
  call<K extends keyof Commands>(command: K, argument: Commands[K][0]): Promise<Commands[K][1]>;
  watch<K extends keyof Watches>(query: K, argument: Watches[K][0], seen: (answer: Watches[K][1]) => void): () => void;
}
