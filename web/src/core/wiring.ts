import { fromBase64 } from "./bytes.ts";
import type { Engine } from "./engine.ts";
import type { Following } from "./following/wire.ts";
import type { Judged } from "./groups/commits.ts";
import type { Conversation } from "./groups/conversations.ts";
import type { Standing } from "./groups/judging.ts";
import { roleOf } from "./groups/policy.ts";
import { turnOf, wishRepair } from "./groups/repair.ts";
import { takeName, tellJudged } from "./groups/telling.ts";
import { eventId } from "./healing/resend.ts";
import { tellUndelivered } from "./healing/undelivered.ts";
import * as meta from "./store/meta.ts";
import { type Tx, text } from "./store/store.ts";

const COMING_MS = 10 * 60_000;

/** Which part is told of what: all cross-links between parts in one place. */
export function connectParts(engine: Engine): void {
  const { session, intake, receive, commits, chats, resend, outbox, groups, history } = engine;
  const now = () => Math.round(session.clock.now());

  engine.backups.isIdle = () => engine.link.ready && intake.idle && outbox.waiting() === 0;
  intake.acknowledge = (seq) => engine.link.send({ frame: "ack", seq });
  intake.onProgress = () => engine.onConnection();
  intake.onIdle = () => engine.tending.soon();
  intake.onContent = (tx, { conversation, senderKey, content, receivedAtMs }) =>
    receive.content(tx, conversation, senderKey, content, receivedAtMs);
  intake.onWelcomed = (tx, conversation, { inviter, epoch, standing, secret, atMs }) => {
    receive.ensureChat(tx, conversation);
    // A chat of two that was there before this device: what was said around its coming is asked for.
    if (conversation.kind === "direct" && epoch > 1) {
      resend.askSince(tx, conversation.groupId, meta.number(tx, "joined_at_ms") - COMING_MS);
    }
    if (conversation.kind !== "group" || conversation.chat === null) return;
    const what = epoch === 1 ? "created" : "joined_by";
    const people = epoch === 1 ? [] : [session.accountId];
    engine.takingOver.came(tx, conversation, { inviter, secret, atMs, isNew: epoch === 1 });
    chats.event(tx, conversation.chat, { what, actor: inviter, people, name: "" }, now());
    comeUnder(engine, tx, conversation, inviter, standing);
  };
  intake.onCommitted = (tx, conversation, added) => {
    if (conversation.kind === "direct") {
      groups.inviteBack(tx);
      const { person } = conversation;
      const isHers = (device: Uint8Array) => engine.directory.accountOf(device) === person;
      if (person !== null && added.some(isHers)) engine.profiles.tellAgain(tx, person);
    }
    if (conversation.kind !== "self" || added.length === 0) return;
    engine.profiles.tellAgain(tx, session.accountId);
    engine.tending.soon(); // a device that was let in here waits for its history
  };
  intake.onRemoved = (tx, conversation, standing) => {
    if (standing?.victims.includes(session.accountId)) groups.putOutOf(tx, conversation.groupId);
    else groups.goneFrom(tx, conversation.groupId);
  };
  engine.admission.onAdmitted = (tx, groupId, account, history) =>
    engine.handingOver.choose(tx, groupId, [account], history, { chosen: false });
  intake.onRequest = (_tx, groupId, sealed, atMs) => engine.admission.received(groupId, sealed, atMs);
  intake.onUndelivered = (tx, groupId, atMs) => {
    const conversation = engine.conversations.find(groupId);
    if (conversation !== null) tellUndelivered(tx, chats, conversation, atMs);
  };
  intake.onJudged = (tx, conversation, judged) => follow(engine, tx, conversation, judged);
  commits.onMadeElsewhere = () => engine.tending.findGroups();
  commits.onJudged = (tx, conversation, judged) => follow(engine, tx, conversation, judged);
  engine.words.onTold = (tx, groupId, policy) => {
    const conversation = engine.conversations.find(groupId);
    if (conversation !== null) takeName(tx, chats, conversation, policy);
  };

  receive.onResend = (tx, incoming, request) => resend.answer(tx, incoming, request);
  receive.onAgain = (tx, incoming, sealed) => resend.takeIn(tx, incoming, sealed);
  receive.onProfile = (tx, { sender, receivedAtMs }, profile) =>
    engine.profiles.takeIn(tx, sender, profile, receivedAtMs);
  receive.onSync = (tx, items) => engine.sync.takeIn(tx, items);
  receive.onTyping = (tx, incoming) => engine.signs.seenTyping(tx, incoming);
  receive.onRead = (tx, incoming, read) => engine.signs.seenRead(tx, incoming, read);
  engine.sync.onPrivacy = (tx, name, on) => engine.signs.take(tx, name, on);
  receive.onFavourites = (tx, told) => engine.favourites.takeIn(tx, told);
  receive.onFollowing = (tx, { senderKey }, told) => follows(engine, tx, senderKey, told);
  engine.taking.onWork = () => engine.taking.tend();
  receive.onHelp = (tx, incoming, told) => {
    engine.help.takeIn(tx, incoming, told);
    engine.tending.soon();
  };
  receive.onHelpAsked = (tx, incoming, asked) => engine.help.asked(tx, incoming, fromBase64(asked));
  receive.onHistory = (tx, part) => history.takeIn(tx, part);
  receive.onHanded = (tx, incoming, handed) => {
    engine.takingOver.heard(tx, incoming, handed);
    engine.tending.soon();
  };
  receive.onWord = (_tx, incoming, word) => {
    if ("asks" in word) engine.words.asked(incoming, word.asks);
    else if ("tells" in word) engine.words.told(incoming, word.tells);
    else engine.nicknames.handed(incoming.conversation.groupId, word.names);
  };
  receive.onNickname = (tx, incoming, named) => engine.nicknames.heard(tx, incoming, named);
  receive.mayCallAll = (tx, groupId, account) => {
    const standing = engine.standings.find(groupId, tx);
    return standing === null || roleOf(standing.policy, account) !== "member";
  };
  receive.onShare = (tx, { conversation, sender, atMs, contentId, late }, circle, share) => {
    if (conversation.person === null || conversation.chat === null) return;
    const mine = sender === session.accountId;
    const { person: friend } = conversation;
    if (!engine.backups.circle.takeIn(tx, { friend, mine, circle, share, atMs })) return;
    receive.ensureChat(tx, conversation);
    const event = { what: "asked_to_help" as const, actor: sender, people: [], name: "" };
    chats.event(tx, conversation.chat, event, atMs, contentId, { late });
  };
  engine.sync.onBackup = (tx, on) => engine.backups.switched(tx, on);
  receive.onLeft = (tx, { conversation, sender }) => {
    const { groupId } = conversation;
    if (sender !== session.accountId) {
      commits.wish(tx, groupId, { what: "remove", account: sender }, turnToRemove(engine, groupId));
      return;
    }
    // Another device of this account left for all of them.
    tx.run("UPDATE conversation SET leaving = 1 WHERE group_id = ?", [groupId]);
    tx.run("UPDATE chat SET gone = 1 WHERE group_id = ?", [groupId]);
  };

  commits.onAccepted = (tx, conversation, { how, came }) => {
    const { groupId, kind, askSinceMs } = conversation;
    receive.ensureChat(tx, conversation);
    if (how === "changed" && kind === "direct") groups.inviteBack(tx);
    if (how === "rejoined") {
      tx.run("DELETE FROM heard WHERE group_id = ? AND device <> ?", [groupId, session.device.signatureKey]);
      tx.run("DELETE FROM gap WHERE group_id = ?", [groupId]);
      tx.run("UPDATE conversation SET ask_since_ms = NULL WHERE group_id = ?", [groupId]);
      outbox.requeueAll(tx, groupId);
      if (askSinceMs !== null) resend.askSince(tx, groupId, askSinceMs);
      if (kind === "self") engine.tending.soon(); // a device let in here may have made the group
    }
    if (kind !== "group") return;
    if (how === "changed" && came.length > 0) {
      engine.nicknames.handOn(tx, groupId);
      engine.handingOver.came(tx, groupId, came);
    }
    if (how !== "rejoined") return;
    engine.words.ask(tx, groupId, null);
  };

  engine.directory.onKeyChanged = (tx, account) => {
    const row = tx.one("SELECT id FROM chat WHERE person = ?", [account]);
    if (row === undefined) return;
    const event = { what: "safety_changed" as const, actor: account, people: [account], name: "" };
    chats.event(tx, text(row, "id"), event, now(), eventId("safety event", account, now()));
  };

  outbox.onServerFull = (full) => {
    if (engine.serverFull === full) return;
    engine.serverFull = full;
    engine.onConnection();
  };
}

/** What she keeps on another own device [FA2] [FA3]. */
function follows(engine: Engine, tx: Tx, device: Uint8Array, told: Following): void {
  engine.stickers.takeIn(tx, told.stickers);
  engine.giving.asked(tx, device, told.asks);
  for (const file of told.gives) {
    engine.giving.given(tx, file.name);
    engine.taking.given(tx, file);
  }
  if (told.all) {
    engine.stickers.tellAgain(tx);
    engine.favourites.tellAll(tx);
  }
  engine.tending.soon();
}

/** What a commit changed in a group's rules is told, and what it did without right is undone [GP6]. */
function follow(engine: Engine, tx: Tx, conversation: Conversation, judged: Judged): void {
  const { session, states, standings, commits, chats } = engine;
  tellJudged(tx, chats, conversation, judged);
  tx.run(
    `DELETE FROM join_request WHERE group_id = ? AND account IN
     (SELECT account FROM membership WHERE group_id = ? AND to_ms IS NULL)`,
    [conversation.groupId, conversation.groupId],
  );
  const state = states.get(conversation.groupId);
  if (state === null || judged.faults.length === 0) return;
  const leaves = standings.leaves(state.ratchetTree);
  wishRepair(tx, session, conversation, { ...judged, leaves }, (...wish) => commits.wish(...wish));
}

/** A newcomer takes the group's name and rules as they were handed to her, and asks whether they are so [GP8]. */
function comeUnder(
  engine: Engine,
  tx: Tx,
  conversation: Conversation,
  inviter: number | null,
  standing: Standing | null,
): void {
  if (standing === null) {
    engine.words.ask(tx, conversation.groupId, null);
    return;
  }
  takeName(tx, engine.chats, conversation, standing.policy);
  if (standing.handed && inviter !== standing.policy.owner) {
    engine.words.ask(tx, conversation.groupId, standing.policy);
  }
}

/** Members take turns to remove who left; one who is away is simply passed over. */
function turnToRemove(engine: Engine, groupId: Uint8Array): number {
  const state = engine.states.get(groupId);
  const leaves = state === null ? [] : engine.standings.leaves(state.ratchetTree);
  return turnOf(engine.session, engine.standings.find(groupId), leaves);
}
