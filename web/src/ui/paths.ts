/** The address of each page, so that features can lead to one another without knowing one another. */
import type { ChatId, FavouriteId, MessageId, PersonId } from "../core/api.ts";

export const PATHS = {
  chats: "/",
  contacts: "/contacts",
  discover: "/discover",
  me: "/me",

  chat: (id: ChatId) => `/chat/${id}`,
  chatInfo: (id: ChatId) => `/chat/${id}/info`,
  chatBackground: (id: ChatId) => `/chat/${id}/background`,
  folded: "/chats/folded",
  members: (id: ChatId) => `/chat/${id}/members`,
  addMembers: (id: ChatId) => `/chat/${id}/add`,
  removeMembers: (id: ChatId) => `/chat/${id}/remove`,
  sendPlace: (id: ChatId) => `/chat/${id}/place`,
  sendCard: (id: ChatId) => `/chat/${id}/card`,
  sendFavourite: (id: ChatId) => `/chat/${id}/favourites`,
  newGroup: "/group/new",

  place: (id: MessageId) => `/message/${id}/place`,
  /** `path`: a record inside the record. */
  record: (id: MessageId, path = "") => `/message/${id}/record${path === "" ? "" : `#${path}`}`,
  forward: (ids: readonly MessageId[], merged: boolean) => `/forward#${merged ? "merged:" : ""}${ids.join(",")}`,
  forwardFavourite: (id: FavouriteId) => `/forward#favourite:${id}`,

  requests: "/contacts/requests",
  groups: "/contacts/groups",
  addFriend: "/contacts/add",
  person: (id: PersonId) => `/person/${id}`,
  safety: (id: PersonId) => `/person/${id}/safety`,
  myCode: "/me/code",

  scan: "/scan",
  invitation: "/i",
  deviceLink: "/l",

  favourites: "/me/favourites",
  favourite: (id: FavouriteId) => `/me/favourite/${id}`,
  profile: "/me/profile",
  devices: "/me/devices",
  security: "/me/security",
  password: "/me/security/password",
  serverData: "/me/data",
  invite: "/me/invite",
  settings: "/me/settings",
  notifications: "/me/settings/notifications",
  language: "/me/settings/language",
  appearance: "/me/settings/appearance",
  textSize: "/me/settings/text",
  storage: "/me/settings/storage",
  backup: "/me/settings/backup",
  pin: "/me/settings/backup/pin",
  backupFile: "/me/settings/backup/file",
  fromFile: "/me/settings/backup/from-file",
  about: "/me/settings/about",
  deleteAccount: "/me/security/delete",

  signIn: "/sign-in",
  restore: "/restore",
  restoreFile: "/restore/file",
  linkThis: "/link-this-device",
} as const;
