import { CoreError } from "../api.ts";
import { csvRows } from "./csv.ts";
import { blocksIn, embeddedArray, titleOf } from "./html.ts";

/**
 * What other programs write of WeChat chats: JSON, CSV and HTML, under many names for the same few things. A line that
 * cannot be understood is counted and passed over; nothing in a file is ever run or fetched.
 */

export interface ForeignMessage {
  atMs: number;
  sender: string; // "" when the file does not say
  mine: boolean;
  text: string;
}

export interface ForeignChat {
  title: string;
  messages: ForeignMessage[]; // in order of time
  skipped: number;
}

type Fields = Record<string, unknown>;

const NAMES = {
  time: ["createtime", "create_time", "timestamp", "strtime", "msgtime", "datetime", "time", "date", "时间", "日期"],
  sender: [
    "displayname",
    "sendername",
    "remark",
    "nickname",
    "sender",
    "talker",
    "talkername",
    "from",
    "发送人",
    "发送者",
    "昵称",
  ],
  mine: ["issender", "is_sender", "isself", "is_self", "is_send", "issend", "mine", "self", "是否本人"],
  text: ["strcontent", "msg", "content", "message", "text", "内容", "消息"],
  type: ["type_name", "typename", "type", "类型"],
  chat: ["chatname", "room_name", "roomname", "talkername", "session", "name", "title", "会话", "聊天"],
} as const;

const WORDS = ["", "1", "文本", "text", "文字"];
/** Lines that no person said: the time in between, and what WeChat itself tells. */
const NOBODYS = ["0", "10000", "10002", "系统通知", "系统消息", "system"];
/** What stands for a message that is not words: by WeChat's own numbers. */
const TYPES: Record<string, string> = {
  "3": "[图片]",
  "34": "[语音]",
  "42": "[名片]",
  "43": "[视频]",
  "47": "[表情]",
  "48": "[位置]",
  "49": "[链接]",
  "50": "[通话]",
};

const EARLIEST_MS = Date.UTC(2009, 0, 1);
const CHINA = "+08:00";
const MESSAGES_MAX = 2_000_000;
const TEXT_CHARACTERS_MAX = 100_000;
const TITLE_CHARACTERS_MAX = 50;

/** Throws CoreError not_a_chat when there is no message in it. */
export function readForeign(fileName: string, content: string): ForeignChat {
  const text = content.trimStart();
  const start = text.slice(0, 1);
  const read = start === "{" || start === "[" ? fromJson : start === "<" ? fromHtml : fromCsv;
  const { title, messages, skipped } = read(text);
  if (messages.length === 0) throw new CoreError("not_a_chat");
  const named = title || nameOf(fileName) || "微信";
  return { title: [...named].slice(0, TITLE_CHARACTERS_MAX).join(""), messages: inOrder(messages), skipped };
}

/** The last part of a path, without what a file is called for its kind. */
function nameOf(fileName: string): string {
  return (fileName.split("/").at(-1) ?? "").replace(/\.[^.]*$/, "").trim();
}

function inOrder(messages: ForeignMessage[]): ForeignMessage[] {
  const numbered = messages.map((message, i) => ({ message, i }));
  return numbered.sort((a, b) => a.message.atMs - b.message.atMs || a.i - b.i).map(({ message }) => message);
}

function fromJson(text: string): ForeignChat {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CoreError("not_a_chat");
  }
  const list = Array.isArray(value) ? (value as unknown[]) : longestList(value, 3);
  return collect(list.filter(isFields), isFields(value) ? value : {});
}

/** The longest list that is not further inside than `depth`. */
function longestList(value: unknown, depth: number): unknown[] {
  if (!isFields(value) || depth === 0) return [];
  const lists = Object.values(value).map((one) =>
    Array.isArray(one) ? (one as unknown[]) : longestList(one, depth - 1),
  );
  return lists.sort((a, b) => b.length - a.length)[0] ?? [];
}

function fromCsv(text: string): ForeignChat {
  const [head = [], ...rows] = csvRows(text);
  return collect(
    rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i] ?? ""]))),
    {},
  );
}

function fromHtml(text: string): ForeignChat {
  const embedded = embeddedArray(text)?.filter(isFields) ?? [];
  const chat = collect(embedded, {});
  return { ...(chat.messages.length > 0 ? chat : collect(blocksIn(text), {})), title: titleOf(text) };
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function collect(rows: Fields[], about: Fields): ForeignChat {
  const messages: ForeignMessage[] = [];
  let skipped = 0;
  for (const row of rows.slice(0, MESSAGES_MAX)) {
    if (NOBODYS.includes(words(pick(row, NAMES.type)).toLowerCase())) continue;
    const message = messageOf(row);
    if (message === null) skipped++;
    else messages.push(message);
  }
  const rooms = new Set(
    rows.slice(0, MESSAGES_MAX).map((row) => words(pick(row, ["room_name", "roomname", "chatname"]))),
  );
  const [room = ""] = rooms.size === 1 ? rooms : [];
  return { title: words(pick(about, NAMES.chat)) || room, messages, skipped };
}

function pick(row: Fields, names: readonly string[]): unknown {
  const keys = Object.keys(row);
  for (const name of names) {
    const key = keys.find((one) => one.trim().toLowerCase() === name);
    const value = key === undefined ? undefined : row[key];
    if (value !== undefined && value !== null && value !== "") return value;
  }
  return undefined;
}

function words(value: unknown): string {
  return typeof value === "string" ? value.trim() : typeof value === "number" ? String(value) : "";
}

function messageOf(row: Fields): ForeignMessage | null {
  const atMs = timeOf(pick(row, NAMES.time));
  const type = words(pick(row, NAMES.type));
  const said = words(pick(row, NAMES.text));
  const text = WORDS.includes(type.toLowerCase()) ? said : labelOf(type, said);
  if (atMs === null || text === "") return null;
  const mine = ["1", "true", "是", "yes"].includes(String(pick(row, NAMES.mine) ?? "").toLowerCase());
  return { atMs, sender: words(pick(row, NAMES.sender)), mine, text: text.slice(0, TEXT_CHARACTERS_MAX) };
}

/** "[图片]"; a kind that no number here names is told by its own words, or is words. */
function labelOf(type: string, said: string): string {
  const known = TYPES[type];
  if (known !== undefined) return known;
  return /^\d+$/.test(type) ? said : `[${type.slice(0, 20)}]`;
}

/** Seconds, milliseconds, or a date as people in China write it; null for what no message can have. */
export function timeOf(value: unknown): number | null {
  const text = words(value);
  const number = Number(text);
  const atMs = /^\d{9,13}$/.test(text) ? (text.length > 11 ? number : number * 1000) : dateOf(text);
  return atMs >= EARLIEST_MS && Number.isFinite(atMs) ? atMs : null;
}

const DATE =
  /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T\s]*(?:(\d{1,2}):(\d{2})(?::(\d{2}))?)?(?:\.\d+)?([+-]\d\d:?\d\d|Z)?/;

function dateOf(text: string): number {
  const found = DATE.exec(text);
  if (found === null) return Number.NaN;
  const [, year = "", month = "", day = "", hour = "0", minute = "00", second = "00", zone = CHINA] = found;
  const two = (part: string) => part.padStart(2, "0");
  return Date.parse(`${year}-${two(month)}-${two(day)}T${two(hour)}:${minute}:${second}${zone}`);
}
