import { equal } from "./bytes.ts";
import { groupNameBody } from "./content/kinds.ts";
import type { Engine } from "./engine.ts";
import { eventId } from "./healing/resend.ts";
import { leafKeys } from "./mls/group.ts";
import * as meta from "./store/meta.ts";
import { text } from "./store/store.ts";

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
  intake.onWelcomed = (tx, conversation, inviter, epoch) => {
    receive.ensureChat(tx, conversation);
    // A chat of two that was there before this device: what was said around its coming is asked for.
    if (conversation.kind === "direct" && epoch > 1) {
      resend.askSince(tx, conversation.groupId, meta.number(tx, "joined_at_ms") - COMING_MS);
    }
    if (conversation.kind !== "group" || conversation.chat === null) return;
    const what = epoch === 1 ? "created" : "joined_by";
    const people = epoch === 1 ? [] : [session.accountId];
    chats.event(tx, conversation.chat, { what, actor: inviter, people, name: "" }, now());
  };
  intake.onCommitted = (tx, conversation, added) => {
    if (conversation.kind === "direct") groups.inviteBack(tx);
    if (conversation.kind !== "self" || added.length === 0) return;
    if (engine.ownDevices.takePromise()) {
      for (const device of added) history.promise(tx, device);
      engine.favourites.tellAll(tx);
    }
  };
  intake.onRemoved = (tx, conversation) => groups.goneFrom(tx, conversation.groupId);

  receive.onResend = (tx, incoming, request) => resend.answer(tx, incoming, request);
  receive.onAgain = (tx, incoming, sealed) => resend.takeIn(tx, incoming, sealed);
  receive.onSync = (tx, items) => engine.sync.takeIn(tx, items);
  receive.onFavourites = (tx, told) => engine.favourites.takeIn(tx, told);
  receive.onHistory = (tx, part) => history.takeIn(tx, part);
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

  commits.onAccepted = (tx, conversation, { how, came, leaves }) => {
    const { groupId, chat, kind, askSinceMs } = conversation;
    receive.ensureChat(tx, conversation);
    if (how === "changed" && kind === "direct") groups.inviteBack(tx);
    if (how === "rejoined") {
      tx.run("DELETE FROM heard WHERE group_id = ? AND device <> ?", [groupId, session.device.signatureKey]);
      tx.run("DELETE FROM gap WHERE group_id = ?", [groupId]);
      tx.run("UPDATE conversation SET ask_since_ms = NULL WHERE group_id = ?", [groupId]);
      outbox.requeueAll(tx, groupId);
      if (askSinceMs !== null) resend.askSince(tx, groupId, askSinceMs);
      // The device let in here came while this one had lost its way in the self group.
      const others = leaves.filter((key) => !equal(key, session.device.signatureKey));
      if (kind === "self" && others.length > 0 && engine.ownDevices.takePromise()) {
        for (const device of others) history.promise(tx, device);
        engine.favourites.tellAll(tx);
      }
    }
    if (kind !== "group" || chat === null || came.length === 0) return;
    const row = tx.one("SELECT name FROM chat WHERE id = ?", [chat]);
    const name = row === undefined ? "" : text(row, "name");
    if (name !== "") outbox.say(tx, groupId, groupNameBody(name));
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

const REMOVAL_TURN_MS = 1_500;
const REMOVAL_TURNS_MAX = 20;

/** Members take turns to remove who left, lowest leaf first; one who is away is simply passed over. */
function turnToRemove(engine: Engine, groupId: Uint8Array): number {
  const state = engine.states.get(groupId);
  const own = engine.session.device.signatureKey;
  const rank = state === null ? 0 : leafKeys(state.ratchetTree).findIndex((key) => equal(key, own));
  const turn = Math.min(Math.max(0, rank), REMOVAL_TURNS_MAX) + engine.session.platform.jitter() / 2;
  return Math.round(turn * REMOVAL_TURN_MS);
}
