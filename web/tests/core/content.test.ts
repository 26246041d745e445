import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex, hex, utf8 } from "../../src/core/bytes.ts";
import { type Body, decodeContent, encodeContent, messageId, paddedLength } from "../../src/core/content/content.ts";
import { detailBody, type StoredDetail } from "../../src/core/content/details.ts";
import { handedBody } from "../../src/core/content/handed.ts";
import * as kinds from "../../src/core/content/kinds.ts";

interface Golden {
  name: string;
  salt: string;
  counter: number;
  sent_at_ms: number;
  type: string | null;
  body: string;
  replaces?: string | null;
  in_reply_to?: string | null;
  mentions?: number[];
  expires_after_s?: number | null;
  is_reaction?: boolean;
  sender_key: string;
  group_id: string;
  content: string;
  message_id: string;
}

const GOLDEN = resolve(import.meta.dirname, "../../../protocol/golden/content.json");
const golden = (JSON.parse(readFileSync(GOLDEN, "utf-8")) as { content: Golden[] }).content;

const handed = JSON.parse(readFileSync(GOLDEN.replace("content.json", "handed.json"), "utf-8")) as { sealed: string };

const bytes = (from: number, length: number) => Uint8Array.from({ length }, (_, i) => from + i);
const key = Uint8Array.from({ length: 32 }, (_, i) => 64 + i);
const device = Uint8Array.from({ length: 32 }, (_, i) => 32 + i);

/** What this client writes for each golden body. */
const BODIES: Record<string, Body> = {
  text: kinds.textBody("妈，我到家了 🥟"),
  "empty text": kinds.textBody(""),
  nickname: kinds.nicknameBody({ nickname: "女儿", atMs: 1795322788826, signature: new Uint8Array(64) }),
  left: kinds.leftBody(Uint8Array.of(1, 2, 3)),
  "resend counters": kinds.resendBody({ device, counters: [7, 8, 300], sinceMs: null, answerKey: key }),
  "resend since": kinds.resendBody({
    device: new Uint8Array(),
    counters: null,
    sinceMs: 1795322780000,
    answerKey: key,
  }),
  again: kinds.againBody(device, new Uint8Array(48)),
  sync: kinds.syncBody([
    { what: "remark", key: "42", value: "女儿" },
    { what: "read", key: "d:42", value: 1838410740555776 },
  ]),
  recall: kinds.NOTHING,
  reaction: kinds.textBody("🎉"),
  nudge: kinds.nudgeBody(42),
  timer: kinds.timerBody(86_400),
  typing: kinds.typingBody(),
  read: kinds.readBody({ message: device, atMs: 1795322788000 }),
  handed: handedBody({
    to: [42, 43],
    count: 2,
    blob: bytes(200, 16),
    sealed: fromHex(handed.sealed),
    boxes: [],
    files: null,
  }),
  history: kinds.historyBody({ to: device, part: 1, of: 0, items: [{ k: "start" }] }),
};

const TYPES = golden.flatMap(({ type }) => (type === null ? [] : [type]));

describe("content", () => {
  it.each(golden)("writes and reads the golden bytes of $name [CO1] [CO2]", (one) => {
    const content = {
      salt: fromHex(one.salt),
      counter: one.counter,
      sentAtMs: one.sent_at_ms,
      type: one.type,
      body: fromHex(one.body),
      replaces: one.replaces ? fromHex(one.replaces) : null,
      inReplyTo: one.in_reply_to ? fromHex(one.in_reply_to) : null,
      mentions: one.mentions ?? [],
      expiresAfterS: one.expires_after_s ?? null,
      isReaction: one.is_reaction ?? false,
    };
    const bytes = fromHex(one.content);
    expect(hex(encodeContent(content))).toBe(one.content);
    expect(decodeContent(bytes)).toEqual(content);
    expect(hex(messageId(fromHex(one.sender_key), fromHex(one.group_id), bytes))).toBe(one.message_id);
    const body = BODIES[one.name];
    if (body !== undefined)
      expect({ type: body.type, body: hex(body.body) }).toEqual({ type: one.type, body: one.body });
    const kind = kinds.parseKind(one.type, content.body);
    expect(kind.kind).not.toBe("unknown");
    if (kind.kind !== "detail") return;
    // What was read is written the same, also after a rest in the store [CO6].
    const detail = JSON.parse(JSON.stringify(kind.carried.detail)) as StoredDetail;
    const again = detailBody({ detail, thumb: kind.carried.thumb });
    expect({ type: again.type, body: hex(again.body) }).toEqual({ type: one.type, body: one.body });
  });

  it("takes any bytes without an error, and unknown types as unknown", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...TYPES), (bytes, type) => {
        decodeContent(bytes);
        kinds.parseKind(type, bytes);
      }),
    );
    expect(kinds.parseKind("application/hongyan.red-packet", utf8("x"))).toEqual({ kind: "unknown" });
  });

  it("is padded to 128, 256 … 4096, then by 4096 [CO4]", () => {
    expect([0, 1, 128, 129, 4095, 4096, 4097, 8192, 8193].map(paddedLength)).toEqual([
      128, 128, 128, 256, 4096, 4096, 8192, 8192, 12288,
    ]);
  });
});
