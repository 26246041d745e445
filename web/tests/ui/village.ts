/** A small community to look at: a grandmother, a family group, a long chat, somebody new. */
import type { ChatSummary, Message, Person } from "../../src/core/api.ts";
import { ScriptedCore } from "./scripted-core.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function person(id: string, name: string, pinyin: string, more: Partial<Person> = {}): Person {
  return {
    id,
    name,
    remark: "",
    shown: more.remark || name,
    pinyin,
    friend: true,
    blocked: false,
    verified: false,
    ...more,
  };
}

function chat(id: string, title: string, more: Partial<ChatSummary> = {}): ChatSummary {
  const direct = id.startsWith("d:");
  return {
    id,
    kind: direct ? "direct" : "group",
    title,
    people: direct ? [id.slice(2)] : [],
    last: null,
    unread: 0,
    mentioned: false,
    pinned: false,
    muted: false,
    folded: false,
    markedUnread: false,
    background: "",
    timerS: 0,
    typing: false,
    readUpToMs: 0,
    draft: "",
    atMs: 0,
    left: false,
    imported: false,
    ...more,
  };
}

/** Someone who has never been here, holding an invitation of `inviter` (null: the owner's first link). */
export function stranger(inviter: string | null = "外婆", careMode = false): ScriptedCore {
  const core = new ScriptedCore();
  core.link = {
    kind: "invitation",
    token: "t",
    inviterName: inviter,
    careMode,
    usable: true,
    fingerprint: inviter,
    isFriendCode: true,
  };
  core.answers = {
    readLink: () => core.link,
    join: ({ name }) => {
      const me = {
        id: "1",
        name,
        address: `${name}@goose.example`,
        fingerprint: "f",
        isOwner: inviter === null,
        hasPassword: false,
        careMode,
      };
      core.stage = { stage: "ready", me };
      return me;
    },
    deviceLinkStart: () => ({
      text: `${location.origin}/l#k2J9dQpX.zGp8mS1rT4vYb7NcQ0aE5hLwUo3iKfJx`,
      expiresAtMs: Date.now() + 10 * MINUTE,
    }),
    signInWithPassword: ({ name }) => ({
      id: "1",
      name,
      address: "",
      fingerprint: "f",
      isOwner: false,
      hasPassword: true,
      careMode: false,
    }),
  };
  return core;
}

/** Lan, the owner, in the middle of her day. */
export function village(now = Date.now()): ScriptedCore {
  const core = stranger(null);
  const me = {
    id: "1",
    name: "陈美兰",
    address: "陈美兰@goose.example",
    fingerprint: "f",
    isOwner: true,
    hasPassword: false,
    careMode: false,
  };
  core.stage = { stage: "ready", me };
  core.people = [
    person("2", "王秀英", "wangxiuying", { remark: "外婆", verified: true }),
    person("3", "李博", "libo"),
    person("4", "Mei Chen", "mei chen"),
    person("5", "张伟", "zhangwei"),
    person("6", "阿强", "aqiang"),
    person("7", "赵敏", "zhaomin"),
    person("8", "周小川", "zhouxiaochuan"),
    person("9", "Bob Li", "bob li"),
    person("10", "林志玲", "linzhiling"),
    person("11", "🐼", "#"),
    person("12", "黄阿姨", "huangayi", { friend: false }),
  ];
  const shown = (id: string): string => core.people.find((known) => known.id === id)?.shown ?? me.name;
  core.chats = [
    chat("d:2", "外婆", { unread: 2 }),
    chat("g:aa", "相亲相爱一家人", { people: ["2", "3", "4", "5", "6"], unread: 128 }),
    chat("d:3", "李博", { draft: "周末一起去" }),
    chat("d:4", "Mei Chen"),
    chat("g:bb", "周六羽毛球", { people: ["3", "5", "7", "8", "9", "10", "6", "4"] }),
    chat("d:5", "张伟"),
    chat("d:7", "赵敏"),
  ];
  core.say("d:7", { sender: "7", senderName: "赵敏", text: "去年的照片我发你邮箱了", atMs: now - 400 * DAY });
  core.say("d:5", {
    mine: true,
    sender: "1",
    senderName: me.name,
    vouchedBy: null,
    text: "好的，谢谢！",
    atMs: now - 20 * DAY,
    state: "sent",
  });
  core.say("g:bb", {
    sender: "8",
    senderName: "周小川",
    vouchedBy: null,
    text: "场地订好了，周六上午九点到十一点，三号馆",
    atMs: now - 3 * DAY,
  });
  core.say("d:4", {
    mine: true,
    sender: "1",
    senderName: me.name,
    vouchedBy: null,
    text: "See you on Friday!",
    atMs: now - DAY,
    state: "failed",
  });
  core.say("d:3", { sender: "3", senderName: "李博", text: "周末有空吗？", atMs: now - 5 * HOUR });
  const family: [string, string][] = [
    ["2", "今天包了荠菜馄饨，谁来吃？"],
    ["3", "我我我！"],
    ["4", "Save some for me 😋"],
  ];
  core.say("g:aa", {
    kind: "event",
    event: { what: "created", actor: "陈美兰", people: [], name: "" },
    atMs: now - 2 * DAY,
  });
  core.say("g:aa", {
    kind: "event",
    event: { what: "renamed", actor: "陈美兰", people: [], name: "相亲相爱一家人" },
    atMs: now - 2 * DAY,
  });
  for (const [place, [id, text]] of family.entries())
    core.say("g:aa", { sender: id, senderName: shown(id), text, atMs: now - 40 * MINUTE + place * MINUTE });
  core.say("g:aa", {
    mine: true,
    sender: "1",
    senderName: me.name,
    vouchedBy: null,
    text: "我下班就过来，要带点什么吗",
    atMs: now - 20 * MINUTE,
    state: "sent",
  });
  core.say("g:aa", { sender: "2", senderName: "外婆", text: "带张嘴就行", atMs: now - 10 * MINUTE });
  core.say("d:2", {
    kind: "event",
    event: { what: "became_friends", actor: "外婆", people: ["外婆"], name: "" },
    atMs: now - 3 * DAY,
  });
  core.say("d:2", { sender: "2", senderName: "外婆", text: "兰兰，收到了吗？", atMs: now - 3 * DAY + MINUTE });
  core.say("d:2", {
    mine: true,
    sender: "1",
    senderName: me.name,
    vouchedBy: null,
    text: "收到啦！外婆真厉害 👍",
    atMs: now - 3 * DAY + 2 * MINUTE,
    state: "sent",
  });
  core.say("d:2", {
    sender: "2",
    senderName: "外婆",
    vouchedBy: null,
    text: "天冷了，多穿点衣服。\n晚上记得盖好被子，别老看手机。",
    atMs: now - 30 * MINUTE,
  });
  core.say("d:2", {
    mine: true,
    sender: "1",
    senderName: me.name,
    vouchedBy: null,
    text: "知道啦，您也是。家里暖气够不够？不够我周末过来看看。",
    atMs: now - 29 * MINUTE,
    state: "sent",
  });
  core.say("d:2", {
    mine: true,
    sender: "1",
    senderName: me.name,
    vouchedBy: null,
    text: "שלום מסבתא 👨‍👩‍👧‍👦",
    atMs: now - 28 * MINUTE,
    state: "failed",
  });
  core.say("d:2", { kind: "unknown", sender: "2", senderName: "外婆", text: "", atMs: now - 12 * MINUTE });
  core.say("d:2", { sender: "2", senderName: "外婆", text: "够的够的", atMs: now - 3 * MINUTE });
  core.say("d:2", { sender: "2", senderName: "外婆", text: "周末来吃饭 🥟", atMs: now - 2 * MINUTE });
  core.say("d:2", { mine: true, sender: "1", senderName: me.name, text: "好！", atMs: now - MINUTE, state: "sending" });
  const kinds: Partial<Message>[] = [
    {
      sender: "2",
      text: "周末来吃饭？@陈美兰\u2005@所有人 看看 https://example.org/饺子",
      mentions: [
        { id: "1", name: "陈美兰" },
        { id: "0", name: "" },
      ],
      reactions: [
        { emoji: "👍", people: ["李博", "陈美兰"], mine: true },
        { emoji: "🥟", people: ["张伟", "阿强", "Mei Chen"], mine: false },
      ],
    },
    {
      mine: true,
      sender: "1",
      text: "来！我带醋。",
      quote: { id: "m14", sender: "外婆", kind: "text", text: "带张嘴就行" },
      edited: true,
    },
    {
      sender: "3",
      kind: "location",
      detail: { kind: "location", latitude: 25.033, longitude: 121.565, name: "外婆家" },
    },
    { mine: true, sender: "1", kind: "card", detail: { kind: "card", person: "4", name: "Mei Chen" } },
    {
      sender: "4",
      kind: "link",
      detail: {
        kind: "link",
        url: "https://example.org/x",
        title: "怎么包饺子才不会破：十个诀窍",
        summary: "",
        hasThumb: false,
      },
    },
    {
      mine: true,
      sender: "1",
      kind: "record",
      detail: {
        kind: "record",
        title: "外婆和陈美兰的聊天记录",
        items: ["天冷了，多穿点衣服。", "知道啦，您也是。", "周末来吃饭 🥟", "好！", "带醋"].map((text, place) => ({
          sender: place % 2 === 0 ? "外婆" : "陈美兰",
          atMs: now - (9 - place) * MINUTE,
          text,
          detail: null,
          path: String(place),
        })),
      },
    },
    { sender: "2", kind: "recalled", text: "" },
    { mine: true, sender: "1", kind: "recalled", text: "发错了" },
    { sender: "3", text: "这条一小时后消失", expiresAtMs: now + HOUR },
  ];
  for (const [place, one] of kinds.entries())
    core.say("g:aa", {
      senderName: shown(one.sender ?? ""),
      vouchedBy: null,
      atMs: now - 8 * MINUTE + place,
      state: one.mine ? "sent" : null,
      ...one,
    });
  core.favourites = kinds
    .filter((one) => one.kind !== "recalled")
    .map((one, place) => ({
      id: `f${place}`,
      kind: one.kind ?? "text",
      text: one.text ?? "",
      detail: one.detail ?? null,
      senderName: shown(one.sender ?? ""),
      elsewhere: null,
      vouchedBy: null,
      source: "相亲相爱一家人",
      atMs: now - place * DAY,
    }));
  const member = (id: string) => ({
    ...(core.people.find((known) => known.id === id) ?? person("1", me.name, "chenmeilan")),
    isMe: id === "1",
  });
  core.groups = [
    {
      id: "g:aa",
      title: "相亲相爱一家人",
      named: true,
      members: ["1", "2", "3", "4", "5", "6"].map(member),
      left: false,
      imported: false,
    },
    {
      id: "g:bb",
      title: "周六羽毛球",
      named: true,
      members: ["1", "3", "5", "7", "8", "9", "10", "6", "4"].map(member),
      left: false,
      imported: false,
    },
  ];
  core.requests = [
    {
      person: person("12", "黄阿姨", "huangayi", { friend: false }),
      greeting: "兰兰，我是楼下的黄阿姨",
      atMs: now - HOUR,
      direction: "in",
      state: "waiting",
    },
    { person: person("3", "李博", "libo"), greeting: "", atMs: now - 9 * DAY, direction: "in", state: "accepted" },
    {
      person: person("13", "孙老师", "sunlaoshi", { friend: false }),
      greeting: "",
      atMs: now - 2 * DAY,
      direction: "out",
      state: "waiting",
    },
  ];
  core.devices = [
    { id: "a", label: "iPhone", isThis: true, addedAtMs: now - 60 * DAY, lastSeenDay: "2026-11-22" },
    { id: "b", label: "客厅电脑", isThis: false, addedAtMs: now - 30 * DAY, lastSeenDay: "2026-11-20" },
  ];
  core.answers = {
    ...core.answers,
    send: ({ chat: id, text }) =>
      core.say(id, { mine: true, sender: "1", senderName: me.name, text, state: "sent" }).id,
    markRead: ({ chat: id }) => {
      core.chats = core.chats.map((summary) =>
        summary.id === id && summary.unread > 0 ? { ...summary, unread: 0 } : summary,
      );
    },
    setDraft: ({ chat: id, text }) => {
      core.chats = core.chats.map((summary) => (summary.id === id ? { ...summary, draft: text } : summary));
    },
    retry: () => {},
    thumbnail: () => null,
    favouriteThumbnail: () => null,
    react: () => {},
    nudge: () => {},
    favour: () => {},
    deleteForMe: ({ ids }) => {
      for (const [id, all] of core.messages)
        core.messages.set(
          id,
          all.filter((message) => !ids.includes(message.id)),
        );
    },
    removeChat: ({ chat: id }) => {
      core.chats = core.chats.filter((summary) => summary.id !== id);
    },
    openDirect: ({ id }) => `d:${id}`,
    createGroup: () => "g:aa",
    renameGroup: () => {},
    addMembers: () => {},
    removeMembers: () => {},
    leaveGroup: () => {},
    acceptFriend: ({ id }) => `d:${id}`,
    declineFriend: ({ id }) => {
      core.requests = core.requests.map((request) =>
        request.person.id === id ? { ...request, state: "declined" } : request,
      );
    },
    findPerson: ({ name }) => person("77", name, name, { friend: false }),
    requestFriend: () => "requested",
    setRemark: () => {},
    block: ({ id, blocked }) => {
      core.people = core.people.map((known) => (known.id === id ? { ...known, blocked } : known));
    },
    removeFriend: () => {},
    safetyNumber: () => ({
      digits: "058271936405518273640192837465019283746501928374650192837465",
      qrText: "hongyan safety 1 2 xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    }),
    markVerified: ({ id, verified }) => {
      core.people = core.people.map((known) => (known.id === id ? { ...known, verified } : known));
    },
    myCode: () => ({
      link: `${location.origin}/i#k2J9dQpXzGp8mS1rT4vYb7NcQ0aE5hLwUo3iKfJxaaa.AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB`,
      expiresAtMs: now + 30 * DAY,
    }),
    createInvitation: ({ days }) => ({
      link: `${location.origin}/i#k2J9dQpXzGp8mS1rT4vYb7NcQ0aE5hLwUo3iKfJxaaa.AAAAAAAAAAAAAAAAAAAAAA.BBBBBBBBBBBBBBBBBBBBBB`,
      expiresAtMs: now + days * DAY,
    }),
    passkeys: () => [{ id: "p", label: "我的手机", addedAtMs: now - 9 * DAY }],
    passkeyRemove: () => {},
    setPassword: () => {},
    removeDevice: ({ id }) => {
      core.devices = core.devices.filter((device) => device.id !== id);
    },
    deviceLinkApprove: () => {},
    signOut: () => {
      core.stage = { stage: "new" };
    },
    deleteAccount: () => {
      core.stage = { stage: "signed_out", reason: "account_deleted" };
    },
    storage: () => ({ usedBytes: 48_312_320, availableBytes: 21_000_000_000, messages: 12_345, persistent: true }),
    serverData: () => ({
      tables: [
        {
          table: "accounts",
          purpose: "你的账号",
          lifetime: "直到注销",
          columns: [
            { name: "name", purpose: "名字" },
            { name: "created", purpose: "加入时间" },
          ],
          rows: [["陈美兰", "2026-09-23"]],
        },
        {
          table: "mailbox",
          purpose: "等待送达的消息",
          lifetime: "送达即删，最长 30 天",
          columns: [{ name: "seq", purpose: "编号" }],
          rows: [],
        },
      ],
    }),
  };
  return core;
}

/** A chat of `count` messages, for the long-list checks. */
export function longChat(core: ScriptedCore, count: number): void {
  core.messages.set("d:3", []);
  const begin = Date.now() - count * 3 * MINUTE;
  const all = Array.from({ length: count }, (_, place) => ({
    id: `long${place}`,
    chat: "d:3",
    kind: "text" as const,
    sender: place % 3 === 0 ? "1" : "3",
    senderName: place % 3 === 0 ? "陈美兰" : "李博",
    vouchedBy: null,
    mine: place % 3 === 0,
    text: `第 ${place + 1} 条：${"江南可采莲，莲叶何田田。".repeat(place % 4)}`,
    event: null,
    atMs: begin + place * 3 * MINUTE,
    state: place % 3 === 0 ? ("sent" as const) : null,
    order: place + 1,
  }));
  core.messages.set("d:3", all);
}
