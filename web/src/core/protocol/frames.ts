// Generated from src/hongyan/delivery/frames.py by `python -m hongyan.delivery.generate`: do not edit.
// Decoding is strict: a wrong type, a missing or surplus field, a number out of range: MalformedFrame.
// Byte strings of a decoded frame are views of the bytes it was decoded from.
import { decode, encode } from "@msgpack/msgpack";

export const PROTOCOL_VERSION = 1;
export const FRAME_BYTES_MAX = 2097152;
export const GROUP_ID_BYTES_MAX = 32;
export const MAIL_ENVELOPES_MAX = 256;

/** What became of a send or commit, in the order checked [DS10]. */
export const VerdictCode = {
  accepted: 0,
  malformed: 1,
  tooLarge: 2,
  unknownGroup: 3,
  notAMember: 4,
  staleEpoch: 5,
  unknownDevice: 6,
  noConsent: 7,
  groupFull: 8,
  storageFull: 9,
  busy: 10,
} as const;
export type VerdictCode = (typeof VerdictCode)[keyof typeof VerdictCode];

export const EnvelopeKind = {
  application: 1,
  commit: 2,
  welcome: 3,
  undelivered: 4,
  roster: 5,
  request: 6,
} as const;
export type EnvelopeKind = (typeof EnvelopeKind)[keyof typeof EnvelopeKind];

/** Whether devices that are away are woken for a message [PU3]; all that the server is told of what it is. */
export const Urgency = {
  quiet: 0,
  normal: 1,
} as const;
export type Urgency = (typeof Urgency)[keyof typeof Urgency];

/** What a device should fetch again. */
export const NoticeTopic = {
  contacts: "contacts",
  devices: "devices",
  keyPackages: "key_packages",
  groups: "groups",
  wallet: "wallet",
} as const;
export type NoticeTopic = (typeof NoticeTopic)[keyof typeof NoticeTopic];

/** Why the server closes a connection. */
export const RefusedCode = {
  helloExpected: "hello_expected",
  malformed: "malformed",
  version: "version",
  token: "token",
  replaced: "replaced",
  ackAhead: "ack_ahead",
  tooManyInFlight: "too_many_in_flight",
  busy: "busy",
  storage: "storage",
  restarting: "restarting",
  suspended: "suspended",
} as const;
export type RefusedCode = (typeof RefusedCode)[keyof typeof RefusedCode];

/** The first frame; `cursor` is the highest seq the device has stored [RT2]. */
export interface Hello {
  frame: "hello";
  version: number;
  token: string;
  cursor: number;
}

/** An application message for the other devices of a group [DS3]. */
export interface Send {
  frame: "send";
  no: number;
  groupId: Uint8Array;
  message: Uint8Array;
  urgency: Urgency;
}

/** A commit, its welcome (nil when nobody is added) and the GroupInfo after it [DS2, DS9]. */
export interface Commit {
  frame: "commit";
  no: number;
  groupId: Uint8Array;
  message: Uint8Array;
  welcome: Uint8Array | null;
  added: number[];
  removed: number[];
  groupInfo: Uint8Array;
}

/** Everything up to and including `seq` is stored by the device [DS5]. */
export interface Ack {
  frame: "ack";
  seq: number;
}

export interface Ping {
  frame: "ping";
}

/** One piece of mail, the same bytes for each of its recipients. `body`: the MLSMessage for kinds 1–3, a MessagePack list of own numbers for 4, nil for 5, for 6 what somebody who asks to be added has sealed to the group [DS15]. */
export interface Envelope {
  seq: number;
  kind: EnvelopeKind;
  groupId: Uint8Array;
  sender: number;
  no: number;
  receivedAtMs: number;
  body: Uint8Array | null;
}

/** Answers hello: `acked` the highest seq ever acknowledged, `last_no` the highest number decided, `newest` the highest seq waiting (or `acked` when none waits) [RT2]. */
export interface Ready {
  frame: "ready";
  deviceId: number;
  accountId: number;
  timeMs: number;
  acked: number;
  lastNo: number;
  newest: number;
}

/** `epoch` is the group's epoch after the decision, 0 for an unknown group; `retry_after_ms` is 0 unless the code is storage_full or busy. */
export interface Verdict {
  frame: "verdict";
  no: number;
  code: VerdictCode;
  epoch: number;
  retryAfterMs: number;
}

export interface Mail {
  frame: "mail";
  envelopes: Envelope[];
}

export interface Notice {
  frame: "notice";
  topic: NoticeTopic;
}

export interface Refused {
  frame: "refused";
  code: RefusedCode;
  retryAfterMs: number;
}

export interface Pong {
  frame: "pong";
}

export type ClientFrame = Hello | Send | Commit | Ack | Ping;

export type ServerFrame = Ready | Verdict | Mail | Notice | Refused | Pong;

/** What came over the wire is not a frame of this protocol. */
export class MalformedFrame extends Error {}

function malformed(what: string): never {
  throw new MalformedFrame(what);
}

function arrayOf(bytes: Uint8Array): [unknown, unknown[]] {
  let value: unknown;
  try {
    value = decode(bytes);
  } catch (error) {
    throw new MalformedFrame("not MessagePack", { cause: error });
  }
  if (!Array.isArray(value) || value.length === 0) malformed("not a frame");
  return [value[0], value];
}

function fields(value: unknown, count: number): unknown[] {
  if (!Array.isArray(value) || value.length !== count) malformed("wrong number of fields");
  return value;
}

function integer(value: unknown, least: number): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value)) malformed("not an integer");
  if (value < least) malformed("an integer too small");
  return value;
}

function text(value: unknown, least: number, most: number): string {
  if (typeof value !== "string") malformed("not a text");
  const length = [...value].length;
  if (length < least || length > most) malformed("a text too short or too long");
  return value;
}

function bytes(value: unknown, least: number, most: number): Uint8Array {
  if (!(value instanceof Uint8Array)) malformed("not bytes");
  if (value.length < least || value.length > most) malformed("bytes too short or too long");
  return value;
}

function list<T>(value: unknown, most: number, item: (value: unknown) => T): T[] {
  if (!Array.isArray(value) || value.length > most) malformed("not a list, or too long");
  return value.map(item);
}

function oneOf<T extends string | number>(value: unknown, known: readonly T[]): T {
  return known.find((one) => one === value) ?? malformed("not one of the known values");
}

function writeEnvelope(envelope: Envelope): unknown[] {
  return [envelope.seq, envelope.kind, envelope.groupId, envelope.sender, envelope.no, envelope.receivedAtMs, envelope.body];
}

function readHello(value: unknown): Hello {
  const f = fields(value, 4);
  return {
    frame: "hello",
    version: integer(f[1], 0),
    token: text(f[2], 1, 128),
    cursor: integer(f[3], 0),
  };
}

function readSend(value: unknown): Send {
  const f = fields(value, 5);
  return {
    frame: "send",
    no: integer(f[1], 1),
    groupId: bytes(f[2], 1, 32),
    message: bytes(f[3], 0, FRAME_BYTES_MAX),
    urgency: oneOf(f[4], Object.values(Urgency)),
  };
}

function readCommit(value: unknown): Commit {
  const f = fields(value, 8);
  return {
    frame: "commit",
    no: integer(f[1], 1),
    groupId: bytes(f[2], 1, 32),
    message: bytes(f[3], 0, FRAME_BYTES_MAX),
    welcome: f[4] === null ? null : bytes(f[4], 0, FRAME_BYTES_MAX),
    added: list(f[5], 1500, (item) => integer(item, 1)),
    removed: list(f[6], 1500, (item) => integer(item, 1)),
    groupInfo: bytes(f[7], 0, FRAME_BYTES_MAX),
  };
}

function readAck(value: unknown): Ack {
  const f = fields(value, 2);
  return {
    frame: "ack",
    seq: integer(f[1], 0),
  };
}

function readPing(value: unknown): Ping {
  fields(value, 1);
  return {
    frame: "ping",
  };
}

function readEnvelope(value: unknown): Envelope {
  const f = fields(value, 7);
  return {
    seq: integer(f[0], 1),
    kind: oneOf(f[1], Object.values(EnvelopeKind)),
    groupId: bytes(f[2], 0, FRAME_BYTES_MAX),
    sender: integer(f[3], 0),
    no: integer(f[4], 0),
    receivedAtMs: integer(f[5], 0),
    body: f[6] === null ? null : bytes(f[6], 0, FRAME_BYTES_MAX),
  };
}

function readReady(value: unknown): Ready {
  const f = fields(value, 7);
  return {
    frame: "ready",
    deviceId: integer(f[1], 1),
    accountId: integer(f[2], 1),
    timeMs: integer(f[3], 0),
    acked: integer(f[4], 0),
    lastNo: integer(f[5], 0),
    newest: integer(f[6], 0),
  };
}

function readVerdict(value: unknown): Verdict {
  const f = fields(value, 5);
  return {
    frame: "verdict",
    no: integer(f[1], 1),
    code: oneOf(f[2], Object.values(VerdictCode)),
    epoch: integer(f[3], 0),
    retryAfterMs: integer(f[4], 0),
  };
}

function readMail(value: unknown): Mail {
  const f = fields(value, 2);
  return {
    frame: "mail",
    envelopes: list(f[1], 256, (item) => readEnvelope(item)),
  };
}

function readNotice(value: unknown): Notice {
  const f = fields(value, 2);
  return {
    frame: "notice",
    topic: oneOf(f[1], Object.values(NoticeTopic)),
  };
}

function readRefused(value: unknown): Refused {
  const f = fields(value, 3);
  return {
    frame: "refused",
    code: oneOf(f[1], Object.values(RefusedCode)),
    retryAfterMs: integer(f[2], 0),
  };
}

function readPong(value: unknown): Pong {
  fields(value, 1);
  return {
    frame: "pong",
  };
}

export function encodeClientFrame(frame: ClientFrame): Uint8Array {
  switch (frame.frame) {
    case "hello":
      return encode([1, frame.version, frame.token, frame.cursor]);
    case "send":
      return encode([2, frame.no, frame.groupId, frame.message, frame.urgency]);
    case "commit":
      return encode([3, frame.no, frame.groupId, frame.message, frame.welcome, frame.added, frame.removed, frame.groupInfo]);
    case "ack":
      return encode([4, frame.seq]);
    case "ping":
      return encode([5]);
  }
}

/** Throws MalformedFrame. */
export function decodeClientFrame(message: Uint8Array): ClientFrame {
  const [tag, value] = arrayOf(message);
  switch (tag) {
    case 1:
      return readHello(value);
    case 2:
      return readSend(value);
    case 3:
      return readCommit(value);
    case 4:
      return readAck(value);
    case 5:
      return readPing(value);
    default:
      return malformed("unknown tag");
  }
}

export function encodeServerFrame(frame: ServerFrame): Uint8Array {
  switch (frame.frame) {
    case "ready":
      return encode([1, frame.deviceId, frame.accountId, frame.timeMs, frame.acked, frame.lastNo, frame.newest]);
    case "verdict":
      return encode([2, frame.no, frame.code, frame.epoch, frame.retryAfterMs]);
    case "mail":
      return encode([3, frame.envelopes.map(writeEnvelope)]);
    case "notice":
      return encode([4, frame.topic]);
    case "refused":
      return encode([5, frame.code, frame.retryAfterMs]);
    case "pong":
      return encode([6]);
  }
}

/** Throws MalformedFrame. */
export function decodeServerFrame(message: Uint8Array): ServerFrame {
  const [tag, value] = arrayOf(message);
  switch (tag) {
    case 1:
      return readReady(value);
    case 2:
      return readVerdict(value);
    case 3:
      return readMail(value);
    case 4:
      return readNotice(value);
    case 5:
      return readRefused(value);
    case 6:
      return readPong(value);
    default:
      return malformed("unknown tag");
  }
}
