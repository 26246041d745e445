/** Every page, its address and the tab it belongs to. Pages arrive when they are first opened. */
import type { Component } from "svelte";
import { WALLET_OF_ONE, WALLET_PLAIN } from "./wallet-routes.ts";

export type Section = "chats" | "contacts" | "discover" | "me";

export type Loaded<P extends Record<string, unknown>> = Promise<{ default: Component<P> }>;
export type Plain = Component<Record<string, never>>;
export type OfOne = Component<{ id: string }>;

export type Match =
  | { section: Section; root: true }
  | { section: Section; root: false; id: null; load: () => Loaded<Record<string, never>> }
  | { section: Section; root: false; id: string; load: () => Loaded<{ id: string }> };

const ROOTS: Record<string, Section> = { "/": "chats", "/contacts": "contacts", "/discover": "discover", "/me": "me" };

export type PlainRoute = readonly [Section, () => Loaded<Record<string, never>>];
export type OneRoute = readonly [RegExp, Section, () => Loaded<{ id: string }>];

const PLAIN: Record<string, PlainRoute> = {
  "/search": ["chats", () => import("../features/search/SearchPage.svelte")],
  "/group/new": ["chats", () => import("../features/delivery/NewGroup.svelte")],
  "/chats": ["chats", () => import("../features/delivery/AllChats.svelte")],
  "/care/help": ["chats", () => import("../features/care/AskHelp.svelte")],
  "/care/photo": ["chats", () => import("../features/care/SendPhoto.svelte")],
  "/care/write": ["chats", () => import("../features/care/Write.svelte")],
  "/chats/folded": ["chats", () => import("../features/delivery/FoldedChats.svelte")],
  "/forward": ["chats", () => import("../features/delivery/Forward.svelte")],
  "/me/favourites": ["me", () => import("../features/delivery/favourites/Favourites.svelte")],
  "/scan": ["discover", () => import("../features/scan/Scan.svelte")],
  "/contacts/requests": ["contacts", () => import("../features/contacts/Requests.svelte")],
  "/contacts/groups": ["contacts", () => import("../features/contacts/Groups.svelte")],
  "/contacts/add": ["contacts", () => import("../features/contacts/AddFriend.svelte")],
  "/g": ["chats", () => import("../features/delivery/JoinGroup.svelte")],
  "/i": ["contacts", () => import("../features/contacts/FriendLink.svelte")],
  "/l": ["me", () => import("../features/accounts/ApproveDevice.svelte")],
  "/me/code": ["me", () => import("../features/contacts/MyCode.svelte")],
  "/me/profile": ["me", () => import("../features/accounts/Profile.svelte")],
  "/me/profile/picture": ["me", () => import("../features/accounts/Picture.svelte")],
  "/me/devices": ["me", () => import("../features/accounts/Devices.svelte")],
  "/me/security": ["me", () => import("../features/accounts/Security.svelte")],
  "/me/security/password": ["me", () => import("../features/accounts/Password.svelte")],
  "/me/security/delete": ["me", () => import("../features/accounts/DeleteAccount.svelte")],
  "/me/data": ["me", () => import("../features/accounts/ServerData.svelte")],
  "/me/invite": ["me", () => import("../features/accounts/Invite.svelte")],
  "/me/settings": ["me", () => import("../features/settings/Settings.svelte")],
  "/me/settings/notifications": ["me", () => import("../features/push/Notifications.svelte")],
  "/me/settings/blocked": ["me", () => import("../features/contacts/Blocked.svelte")],
  "/me/settings/privacy": ["me", () => import("../features/settings/Privacy.svelte")],
  "/me/settings/language": ["me", () => import("../features/settings/Language.svelte")],
  "/me/settings/appearance": ["me", () => import("../features/settings/Appearance.svelte")],
  "/me/settings/text": ["me", () => import("../features/settings/TextSizePage.svelte")],
  "/me/settings/storage": ["me", () => import("../features/settings/Storage.svelte")],
  "/me/settings/transfer": ["me", () => import("../features/transfer/Transfer.svelte")],
  "/me/settings/backup": ["me", () => import("../features/backup/Backup.svelte")],
  "/me/settings/backup/pin": ["me", () => import("../features/backup/Pin.svelte")],
  "/me/settings/backup/friends": ["me", () => import("../features/backup/Friends.svelte")],
  "/r": ["contacts", () => import("../features/backup/Help.svelte")],
  "/me/settings/backup/file": ["me", () => import("../features/backup/ToFile.svelte")],
  "/me/settings/backup/from-file": ["me", () => import("../features/backup/FromFile.svelte")],
  "/me/settings/about": ["me", () => import("../features/settings/About.svelte")],
  ...WALLET_PLAIN,
  "/me/settings/community": ["me", () => import("../features/admin/Admin.svelte")],
  "/me/settings/community/members": ["me", () => import("../features/admin/Members.svelte")],
  "/me/settings/community/invitations": ["me", () => import("../features/admin/Invitations.svelte")],
  "/me/settings/community/storage": ["me", () => import("../features/admin/ServerStorage.svelte")],
  "/me/settings/community/health": ["me", () => import("../features/admin/Health.svelte")],
  "/me/settings/community/record": ["me", () => import("../features/admin/Acts.svelte")],
};

const CHAT = "([dgi]:[0-9a-zA-Z_-]+)";
const PERSON = "([0-9]+)";
const MESSAGE = "([0-9a-z]+)";

const OF_ONE: readonly OneRoute[] = [
  ...WALLET_OF_ONE,
  [new RegExp(`^/chat/${CHAT}$`), "chats", () => import("../features/delivery/Chat.svelte")],
  [new RegExp(`^/chat/${CHAT}/info$`), "chats", () => import("../features/delivery/ChatInfo.svelte")],
  [new RegExp(`^/chat/${CHAT}/help$`), "chats", () => import("../features/care/HelpSomeone.svelte")],
  [new RegExp(`^/chat/${CHAT}/background$`), "chats", () => import("../features/delivery/ChatBackground.svelte")],
  [new RegExp(`^/chat/${CHAT}/search$`), "chats", () => import("../features/search/ChatSearch.svelte")],
  [new RegExp(`^/chat/${CHAT}/members$`), "chats", () => import("../features/delivery/Members.svelte")],
  [new RegExp(`^/chat/${CHAT}/add$`), "chats", () => import("../features/delivery/AddMembers.svelte")],
  [new RegExp(`^/chat/${CHAT}/remove$`), "chats", () => import("../features/delivery/RemoveMembers.svelte")],
  [new RegExp(`^/chat/${CHAT}/place$`), "chats", () => import("../features/delivery/SendPlace.svelte")],
  [new RegExp(`^/chat/${CHAT}/card$`), "chats", () => import("../features/delivery/SendCard.svelte")],
  [
    new RegExp(`^/chat/${CHAT}/favourites$`),
    "chats",
    () => import("../features/delivery/favourites/SendFavourite.svelte"),
  ],
  [
    new RegExp(`^/me/favourite/${MESSAGE}$`),
    "me",
    () => import("../features/delivery/favourites/FavouritePage.svelte"),
  ],
  [new RegExp(`^/message/${MESSAGE}/place$`), "chats", () => import("../features/delivery/PlacePage.svelte")],
  [new RegExp(`^/message/${MESSAGE}/record$`), "chats", () => import("../features/delivery/RecordPage.svelte")],
  [new RegExp(`^/chat/${CHAT}/code$`), "chats", () => import("../features/delivery/GroupCode.svelte")],
  [new RegExp(`^/chat/${CHAT}/announcement$`), "chats", () => import("../features/delivery/Announcement.svelte")],
  [new RegExp(`^/chat/${CHAT}/manage$`), "chats", () => import("../features/delivery/GroupManage.svelte")],
  [new RegExp(`^/chat/${CHAT}/requests$`), "chats", () => import("../features/delivery/JoinRequests.svelte")],
  [new RegExp(`^/chat/${CHAT}/admins$`), "chats", () => import("../features/delivery/GroupAdmins.svelte")],
  [new RegExp(`^/chat/${CHAT}/admins/add$`), "chats", () => import("../features/delivery/AddAdmins.svelte")],
  [new RegExp(`^/chat/${CHAT}/hand-over$`), "chats", () => import("../features/delivery/HandOver.svelte")],
  [new RegExp(`^/me/settings/community/members/${PERSON}$`), "me", () => import("../features/admin/Member.svelte")],
  [new RegExp(`^/person/${PERSON}$`), "contacts", () => import("../features/contacts/PersonPage.svelte")],
  [new RegExp(`^/person/${PERSON}/safety$`), "contacts", () => import("../features/contacts/Safety.svelte")],
];

/** The page at `path`; an address that leads nowhere leads to the chats. */
export function match(path: string): Match {
  const root = ROOTS[path];
  if (root !== undefined) return { section: root, root: true };
  const plain = PLAIN[path];
  if (plain !== undefined) return { section: plain[0], root: false, id: null, load: plain[1] };
  for (const [pattern, section, load] of OF_ONE) {
    const id = pattern.exec(path)?.[1];
    if (id !== undefined) return { section, root: false, id, load };
  }
  return { section: "chats", root: true };
}
