import { expect, it } from "vitest";
import { base64, random } from "../../../src/core/bytes.ts";
import { PLAIN } from "../../../src/core/chats/chats.ts";
import type { OldMessage } from "../../../src/core/groups/bundle.ts";
import {
  FILE_BYTES_MAX,
  FILES_BYTES_MAX,
  notePlaces,
  putInPlace,
  withRoom,
} from "../../../src/core/groups/enclosed.ts";
import { useTown } from "../world/town.ts";

/** Files that come beside what was said before, from somebody who sends more than she may [GH7]. */

const town = useTown();

function photo(bytes: number, at: number): OldMessage {
  const secrets = { key: base64(random(32)), nonce: base64(random(7)), hash: base64(random(32)) };
  const about = { expiresS: 0, bytes, type: "image/png", name: "", width: 1, height: 1, ms: 0, wave: [] };
  const detail = { kind: "picture" as const, blob: "", ...secrets, ...about };
  const said = { contentId: random(32), sender: 7, name: "谁", atMs: 1, text: "", quote: null, edited: false };
  return { ...said, carried: { detail, thumb: null }, reactions: [], files: [{ path: "", at }] };
}

it("no more is stored than is agreed, however often a part is named, and nothing beyond the end", async () => {
  const { session, chats } = town.lan.core.requireEngine();
  const bytes = FILE_BYTES_MAX;
  const many = Array.from({ length: 5 }, () => photo(bytes, 0));
  const beyond = photo(10, bytes - 5);
  const large = photo(bytes + 1, 0);
  const messages = [beyond, large, ...many];
  session.store.write((tx) => {
    chats.ensure(tx, { id: "g:00", groupId: random(16), person: null, name: "" });
    for (const message of messages) {
      const { contentId, sender, text, atMs } = message;
      const words = { ...PLAIN, chat: "g:00", contentId, kind: "picture" as const, sender, text, atMs };
      const n = chats.add(tx, { ...words, carried: withRoom(message), state: null, unread: false, vouched: 9 });
      notePlaces(tx, n ?? 0, message);
    }
  });
  await putInPlace(session, messages, 9, new Uint8Array(bytes));
  const rows = session.store.all("SELECT bytes, state, problem FROM media ORDER BY id");
  const here = rows.filter(({ state }) => state === "here");
  expect(here.reduce((sum, row) => sum + Number(row["bytes"]), 0)).toBe(FILES_BYTES_MAX);
  expect(rows.slice(0, 2).map(({ problem }) => problem)).toEqual(["media_left_behind", "media_left_behind"]);
  expect(rows.filter(({ state }) => state === "gone")).toHaveLength(4);
  // Without files, and a second time, it changes nothing that is here.
  await putInPlace(session, messages, 9, null);
  expect(session.store.all("SELECT 1 FROM media WHERE state = 'here'")).toHaveLength(here.length);
});
