import type { Store } from "../../web/src/core/store/store.ts";
import { Chance, type Speech, Zipf } from "./speech.ts";

/** A device that has been used for years: people, chats of very different length, and all their messages. */

export const PEOPLE = 400;
export const CHATS = 300;
const AT_ONCE = 2_000;
const FROM_MS = Date.UTC(2020, 0, 1);
const APART_MS = 180_000;
const POSITIONS_PER_MS = 1_024;

export function fillPeople(store: Store, speech: Speech): void {
  store.write((tx) => {
    for (let account = 2; account < PEOPLE + 2; account += 1) {
      const name = `${speech.word()}${speech.word()}`.slice(0, 3);
      tx.run("INSERT INTO person (account, name, account_key, friend) VALUES (?, ?, ?, 1)", [
        account,
        name,
        new Uint8Array(32),
      ]);
    }
    for (let chat = 0; chat < CHATS; chat += 1) {
      const person = chat % 3 === 0 ? null : chat + 2;
      tx.run("INSERT INTO chat (id, group_id, kind, person, name, at_ms, listed) VALUES (?, ?, ?, ?, ?, ?, 1)", [
        chatId(chat),
        Uint8Array.of(chat >> 8, chat & 255),
        person === null ? "group" : "direct",
        person,
        person === null ? `${speech.word()}群` : "",
        FROM_MS,
      ]);
    }
  });
}

export function chatId(chat: number): string {
  return chat % 3 === 0 ? `g:${chat}` : `d:${chat + 2}`;
}

/** Stores the messages numbered so; returns their texts. */
export function fillMessages(
  store: Store,
  speech: Speech,
  { from, to }: { from: number; to: number },
  told: (what: string) => void,
): string[] {
  const chance = new Chance(from + 7);
  const chats = new Zipf(CHATS, 0.9);
  const texts: string[] = [];
  for (let done = from; done < to; done += AT_ONCE) {
    store.write((tx) => {
      for (let number = done; number < Math.min(to, done + AT_ONCE); number += 1) {
        const text = speech.message();
        const atMs = FROM_MS + number * APART_MS;
        const chat = chatId(chats.draw(chance));
        texts.push(text);
        tx.run(
          "INSERT INTO message (chat, position, content_id, kind, sender, mine, text, at_ms) VALUES (?, ?, ?, 'text', ?, 0, ?, ?)",
          [chat, atMs * POSITIONS_PER_MS, contentId(number), 2 + chance.below(PEOPLE), text, atMs],
        );
        tx.run("UPDATE chat SET messages = messages + 1, at_ms = ? WHERE id = ?", [atMs, chat]);
      }
    });
    if (done % 100_000 === 0) told(`${done} messages stored`);
  }
  return texts;
}

/** In order, unlike the hashes of life: these would make filling the store the longest part of the measurement. */
function contentId(number: number): Uint8Array {
  const id = new Uint8Array(32);
  new DataView(id.buffer).setUint32(0, number);
  return id;
}
