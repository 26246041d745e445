import { type Commands, CoreError, type Link, type Person } from "./api.ts";
import { fromBase64, hex } from "./bytes.ts";
import { groupChatId, KEEPING_COLUMNS } from "./chats/chats.ts";
import { parseLink } from "./contacts/links.ts";
import { findPerson } from "./contacts/people.ts";
import type { HongyanCore } from "./core.ts";
import { readCode } from "./groups/door.ts";
import { shortName } from "./groups/groups.ts";
import { safetyNumber } from "./identity/fingerprint.ts";
import { openLabel, passkeyWrappingKey, passwordKeys, sealLabel, wrapSeed } from "./identity/secrets.ts";
import { nameOnly } from "./onboarding.ts";
import { forgetSearch, noteSearch, recentSearches } from "./search/recent.ts";
import * as meta from "./store/meta.ts";
import { blobOrNull, integer } from "./store/store.ts";
import { walletHandlers } from "./wallet/commands.ts";

/** Each command of api.ts, handed to the part of the core that does it. */

const PASSWORD_CHARACTERS_MIN = 8;

export type Handlers = {
  [K in keyof Commands]: (argument: Commands[K][0]) => Promise<Commands[K][1]> | Commands[K][1];
};

export function handlersOf(core: HongyanCore): Handlers {
  const engine = () => core.requireEngine();
  const signedIn = () => {
    core.start();
    return core.me();
  };
  return {
    ...walletHandlers(engine),
    // Answered by client.ts before it comes here.
    takeOver: () => undefined,
    readLink: ({ text: link }) => readLink(core, link),

    async join({ link, name, language }) {
      const { friend } = await core.onboarding.join(link, name, language);
      const me = signedIn();
      if (friend !== null) {
        const { contacts } = engine();
        await contacts.refresh().catch(() => undefined);
        if (findPerson(core.store, friend.account)?.friend === true) contacts.openDirect(friend.account);
      }
      return me;
    },
    async signInWithPassword({ name, password }) {
      await core.onboarding.withPassword(name, password);
      return signedIn();
    },
    passkeySignInStart: () => core.http.loginWithPasskeyStart(),
    async passkeySignInFinish({ credential, prf }) {
      await core.onboarding.withPasskey(credential, prf);
      return signedIn();
    },
    passkeyAddStart: () => core.http.passkeyStart(),
    async passkeyAddFinish({ credential, prf, label }) {
      const { seed } = engine().session.account;
      const wrapped = prf === null ? null : wrapSeed(passkeyWrappingKey(prf), seed);
      await core.http.passkeyFinish(credential, sealLabel(seed, label), wrapped);
    },
    async passkeys() {
      const { passkeys } = await core.http.passkeys();
      const { seed } = engine().session.account;
      return passkeys.map(({ id, label, created_at_ms }) => ({
        id: String(id),
        label: openLabel(seed, fromBase64(label)),
        addedAtMs: created_at_ms,
      }));
    },
    async passkeyRemove({ id }) {
      await core.http.removePasskey(id);
    },
    async setPassword({ password }) {
      requireLong(password);
      const { session } = engine();
      const { name } = core.me();
      const keys = await passwordKeys(name, meta.words(core.store, "domain"), password);
      await core.http.setPassword(keys.secret, wrapSeed(keys.wrappingKey, session.account.seed));
      await core.refreshMe();
    },

    async deviceLinkStart() {
      return core.onboarding.startLink(() => core.start());
    },
    deviceLinkApprove: ({ text: link }) => engine().ownDevices.approve(link),
    async removeDevice({ id }) {
      if (Number(id) === engine().session.deviceId) await signOut(core);
      else await engine().ownDevices.remove(id);
    },
    signOut: () => signOut(core),
    async deleteAccount({ name }) {
      await core.depart("account_deleted", () => core.http.deleteAccount(name));
    },

    myCode: () => engine().contacts.myCode(),
    createInvitation: ({ uses, days, careMode }) => engine().contacts.invitation(uses, days, careMode),

    members: ({ named, suspendedOnly, before }) => core.ownership.members(named, suspendedOnly, before),
    member: ({ id }) => core.ownership.member(id),
    suspendMember: ({ id, suspended }) => core.ownership.suspend(id, suspended),
    signOutMember: ({ id }) => core.ownership.signOut(id),
    removeMember: ({ id, name }) => core.ownership.remove(id, name),
    openInvitations: ({ before }) => core.ownership.invitations(before),
    withdrawInvitation: ({ id }) => core.ownership.withdraw(id),
    serverStorage: () => core.ownership.storage(),
    serverHealth: () => core.ownership.health(),
    ownersActs: ({ before }) => core.ownership.acts(before),

    async findPerson({ name }) {
      return person(core, await engine().contacts.find(name));
    },
    async requestFriend(argument) {
      const { contacts } = engine();
      if ("id" in argument) return contacts.request(Number(argument.id), argument.greeting, null);
      const link = parseLink(argument.link);
      if (link.kind !== "invitation") throw new CoreError("invitation_unknown");
      const look = await core.http.look(link.token);
      return contacts.request(await contacts.meetInviter(look), argument.greeting, link);
    },
    acceptFriend: ({ id }) => engine().contacts.accept(Number(id)),
    declineFriend: ({ id }) => engine().contacts.decline(Number(id)),
    async setRemark({ id, remark }) {
      const { people, sync, tending } = engine();
      core.store.write((tx) => {
        people.setRemark(tx, Number(id), remark);
        sync.note(tx, { what: "remark", key: id, value: remark });
      });
      await people.sortByPinyin();
      tending.soon();
    },
    async block({ id, blocked }) {
      await core.http.block(Number(id), blocked);
      await engine().contacts.refresh();
    },
    async removeFriend({ id }) {
      await core.http.removeFriend(Number(id));
      await engine().contacts.refresh();
    },
    safetyNumber({ id }) {
      const { session } = engine();
      const other = findPerson(core.store, Number(id));
      if (other === null) throw new CoreError("person_unknown");
      const digits = safetyNumber(session.account.accountKey, other.accountKey);
      return { digits, qrText: `${core.platform.origin}/s#${session.accountId}.${digits}` };
    },
    markVerified({ id, verified }) {
      const { people, sync, tending } = engine();
      core.store.write((tx) => {
        people.setVerified(tx, Number(id), verified);
        sync.note(tx, { what: "verified", key: id, value: verified });
      });
      tending.soon();
    },

    pushState: () => engine().push.state(),
    pushRegister: (subscription) => engine().push.register(subscription),
    pushUnregister: () => engine().push.unregister(),
    pushTry: async () => ({ taken: await engine().push.tryIt() }),

    async waysToMe() {
      const { by_name, by_code, by_group } = await core.http.contactRules();
      return { byName: by_name, byCode: by_code, byGroup: by_group };
    },
    async setWaysToMe({ byName, byCode, byGroup }) {
      await core.http.putContactRules({ by_name: byName, by_code: byCode, by_group: byGroup });
    },
    setProfile(profile) {
      engine().profiles.set(profile);
      engine().tending.soon();
    },
    face: ({ id }) => engine().profiles.picture(id),

    openDirect: ({ id }) => engine().contacts.openDirect(Number(id)),
    send: ({ chat, text: message, quote, mentions }) =>
      engine().acts.send(chat, message, quote ?? null, mentions ?? []),
    sendDetail: ({ chat, detail, quote }) => engine().acts.sendDetail(chat, detail, quote ?? null),
    sendFiles: ({ chat, files, quote }) => engine().acts.sendFiles(chat, files, quote ?? null),
    media: ({ id, path }) => engine().media.open(id, path ?? ""),
    gallery: ({ chat }) => engine().chats.gallery(chat),
    streamBegin: ({ id, path }) => engine().media.streams.begin(id, path ?? ""),
    streamPart: ({ name, from, most }) => engine().media.streams.part(name, from, most),
    streamEnd: ({ name }) => engine().media.streams.end(name),
    hear: ({ id }) => engine().media.hear(id),
    nextVoice: ({ id }) => engine().media.nextVoice(id),
    addSticker: (sticker) => engine().stickers.add(sticker),
    keepSticker: ({ id }) => engine().stickers.keep(id),
    removeSticker: ({ id }) => engine().stickers.remove(id),
    stickerFirst: ({ id }) => engine().stickers.first(id),
    sticker: ({ id }) => engine().stickers.content(id),
    stickerThumb: ({ id }) => engine().stickers.thumb(id),
    cancelMedia: ({ id, path }) => engine().media.cancel(id, path ?? ""),
    edit: ({ id, text: words }) => engine().acts.edit(id, words),
    recall: ({ id }) => engine().acts.recall(id),
    react: ({ id, emoji, on }) => engine().acts.react(id, emoji, on),
    nudge: ({ chat, person: nudged }) => engine().acts.nudge(chat, nudged),
    forward: ({ ids, chats, mergedAs }) => engine().acts.forward(ids, chats, mergedAs),
    async favour({ ids }) {
      await engine().favourites.keep(ids);
      engine().tending.soon();
    },
    async unfavour({ ids }) {
      await engine().favourites.drop(ids);
      engine().tending.soon();
    },
    sendFavourite: ({ chat, id }) => engine().favourites.send(chat, id),
    favouriteContent: ({ id, path }) => engine().favourites.content(id, path ?? ""),
    favouriteThumbnail: ({ id, path }) => engine().favourites.thumbnail(id, path ?? null),
    thumbnail: ({ id, path }) => engine().acts.thumbnail(id, path ?? null),
    setTimer: ({ chat, seconds }) => engine().acts.setTimer(chat, seconds),
    keepChat({ chat, ...keeping }) {
      const { chats, sync, tending } = engine();
      core.store.write((tx) => {
        for (const [name, value] of chats.keep(tx, chat, keeping)) {
          sync.note(tx, { what: KEEPING_COLUMNS[name], key: chat, value });
        }
      });
      tending.soon();
    },
    async search({ text: typed, only, limit }) {
      return (await engine().search()).everything(typed, only, limit);
    },
    async searchMessages({ text: typed, filter, before, limit }) {
      return (await engine().search()).messages(typed, filter, before, limit);
    },
    recentSearches: () => recentSearches(core.store),
    noteSearch: ({ text: typed }) => core.store.write((tx) => noteSearch(tx, typed)),
    forgetSearch: ({ text: typed }) => core.store.write((tx) => forgetSearch(tx, typed)),
    placeOf: (asked) =>
      "id" in asked ? engine().chats.orderOf(asked.id) : engine().chats.firstSince(asked.chat, asked.atMs),
    spansWithMessages: ({ chat, atMs }) => engine().chats.spansWithMessages(chat, atMs),
    async retry({ id }) {
      if (!engine().media.retry(id)) await engine().sending.retry(id);
      engine().tending.soon();
    },
    deleteForMe({ ids }) {
      const { chats, sync, tending } = engine();
      core.store.write((tx) => {
        for (const id of ids) {
          const row = tx.one("SELECT * FROM message WHERE n = ?", [Number(id)]);
          if (row === undefined) continue;
          chats.deleteMessage(tx, row);
          const contentId = blobOrNull(row, "content_id");
          if (contentId !== null) sync.note(tx, { what: "deleted", key: hex(contentId), value: 1 });
        }
      });
      tending.soon();
    },
    typing: ({ chat }) => engine().signs.typing(chat),
    setPrivacy(wanted) {
      engine().signs.setPrivacy(wanted);
      engine().tending.soon();
    },
    setDraft: ({ chat, text: draft }) => engine().chats.setDraft(chat, draft),
    markRead({ chat }) {
      const { chats, sync, tending, signs } = engine();
      core.store.write((tx) => {
        const position = chats.markRead(tx, chat);
        if (position !== null) sync.note(tx, { what: "read", key: chat, value: position });
      });
      signs.hasRead(chat);
      tending.soon();
    },
    removeChat({ chat }) {
      const { chats, sync, tending } = engine();
      core.store.write((tx) => {
        chats.clear(tx, chat);
        sync.note(tx, { what: "removed_chat", key: chat, value: 1 });
      });
      tending.soon();
    },
    helpAsk: ({ chat }) => engine().help.ask(chat),
    helpJoin: ({ chat }) => engine().help.join(chat),
    helpShow({ layout }) {
      engine().help.show(layout);
      engine().tending.soon();
    },
    helpPropose: ({ chat, setting, value }) => engine().help.propose(chat, setting, value),
    helpAnswer: ({ no, agreed }) => engine().help.answer(no, agreed),
    helpAllow: ({ person: helper, always }) => engine().help.allow(Number(helper), always),
    helpEnd: ({ chat }) => engine().help.end(chat),
    clearChat({ chat }) {
      const { chats, sync, tending } = engine();
      core.store.write((tx) => {
        const position = chats.newest(tx, chat);
        chats.empty(tx, chat, position);
        sync.note(tx, { what: "cleared_chat", key: chat, value: position });
      });
      tending.soon();
    },
    hideChat({ chat }) {
      const { chats, sync, tending } = engine();
      core.store.write((tx) => {
        const position = chats.newest(tx, chat);
        chats.hide(tx, chat, position);
        sync.note(tx, { what: "hidden_chat", key: chat, value: position });
      });
      tending.soon();
    },
    createGroup: ({ people, name }) => engine().groups.create(people, name),
    renameGroup: ({ chat, name }) => engine().groups.change(chat, { what: "name", name: shortName(name) }),
    addMembers: ({ chat, people, history = "none" }) => engine().groups.add(chat, people, history),
    removeMembers: ({ chat, people }) => engine().groups.remove(chat, people),
    leaveGroup: ({ chat }) => engine().groups.leave(chat),
    setGroupRule: (argument) => engine().ruling.set(argument),
    announce: (argument) => engine().ruling.announce(argument),
    announcementRead: ({ chat }) => engine().ruling.announcementRead(chat),
    setAdmin: (argument) => engine().ruling.setAdmin(argument),
    handOver: (argument) => engine().ruling.handOver(argument),
    setNickname: (argument) => engine().ruling.setNickname(argument),
    showNicknames: (argument) => engine().ruling.showNicknames(argument),
    groupCode: (argument) => engine().ruling.code(argument),
    async askToJoin({ link }) {
      const parsed = parseLink(link);
      if (parsed.kind !== "group") throw new CoreError("link_expired");
      await engine().admission.ask(parsed.fragment);
    },
    answerJoin: (argument) => engine().ruling.answerJoin(argument),

    backUpNow: () => engine().backups.now(),
    async setBackup({ on }) {
      const { backups, sync, tending } = engine();
      await (on ? backups.now() : backups.turnOff());
      core.store.write((tx) => sync.note(tx, { what: "backup", key: "on", value: Number(on) }));
      tending.soon();
    },
    setPin: ({ pin }) => engine().backups.setPin(pin),
    tryPin: ({ pin }) => engine().backups.tryPin(pin),
    backUpToFile({ password }) {
      requireLong(password);
      return engine().backups.toFile(password);
    },
    async restoreFromFile({ file, password }) {
      if (core.engine !== null) {
        await core.engine.backups.fromFile(file, password);
        return { me: core.me() };
      }
      const opensAtMs = await core.onboarding.withFile(file, password);
      return opensAtMs === null ? { me: signedIn() } : { opensAtMs };
    },
    chooseRecoveryFriends: ({ people }) =>
      engine().backups.chooseFriends(people.map(Number), (account) => engine().contacts.directGroup(account)),
    refuseRecovery: ({ id }) => engine().backups.refuse(id),
    recoveryLook: ({ text: link }) => engine().backups.circle.look(link),
    recoveryApprove: ({ text: link }) => engine().backups.circle.approve(link),
    recoveryStart: ({ name }) => core.onboarding.returning.start(nameOnly(name), () => core.start()),
    recoveryForget: () => core.onboarding.returning.forget(),
    async restoreWithPin({ name, pin }) {
      await core.onboarding.withPin(name, pin);
      return signedIn();
    },

    importChats: ({ name, file }) => engine().transfer.import({ name, content: file }),
    exportChats: ({ words }) => engine().transfer.export(words),
    serverData: () => core.http.data(),
    space: () => engine().space.space(),
    clearSpace: (which) => engine().space.clear(which),
    async storage() {
      const estimate = await core.platform.storageEstimate();
      const row = core.store.one("SELECT count(*) AS n FROM message");
      return { ...estimate, media: engine().media.sizes(), messages: integer(row ?? { n: 0 }, "n") };
    },
  };
}

function requireLong(password: string): void {
  if ([...password.normalize("NFKC")].length < PASSWORD_CHARACTERS_MIN) throw new CoreError("password_too_short");
}

function person(core: HongyanCore, account: number): Person {
  const found = core.requireEngine().people.person(account);
  if (found === null) throw new CoreError("person_unknown");
  return found;
}

async function signOut(core: HongyanCore): Promise<void> {
  const { session } = core.requireEngine();
  await core.depart(null, () => core.http.removeDevice(session.deviceId));
}

async function readLink(core: HongyanCore, link: string): Promise<Link> {
  const parsed = parseLink(link);
  switch (parsed.kind) {
    case "shop":
      return { kind: "shop" };
    case "pay":
      return { kind: "pay" };
    case "charge":
      return { kind: "charge" };
    case "recovery":
      return { kind: "recovery", path: link.slice(link.lastIndexOf("/r")) };
    case "device":
      return { kind: "device_link", deviceLinkText: link };
    case "safety": {
      const { session } = core.requireEngine();
      const other = findPerson(core.store, parsed.accountId);
      const matches = other !== null && safetyNumber(session.account.accountKey, other.accountKey) === parsed.digits;
      return { kind: "safety", personId: String(parsed.accountId), matches };
    }
    case "invitation": {
      const look = await core.http.look(parsed.token).catch((error: unknown) => {
        if (error instanceof CoreError && error.code.startsWith("invitation_")) return null;
        throw error;
      });
      return {
        kind: "invitation",
        token: parsed.token,
        inviterName: look?.inviter_name ?? null,
        careMode: look?.care_mode ?? false,
        usable: look !== null,
        fingerprint: parsed.fingerprint,
        isFriendCode: look?.kind === "friend",
      };
    }
    case "group":
      return groupLink(core, parsed.fragment);
    case "unknown":
      return { kind: "unknown" };
  }
}

function groupLink(core: HongyanCore, fragment: string): Link {
  const code = readCode(fragment);
  if (code === null) return { kind: "unknown" };
  const expired = code.expiresAtMs < (core.engine?.session.clock.now() ?? 0);
  const { name, count, people } = code;
  return { kind: "group", group: groupChatId(code.groupId), name, count, people, expired };
}
