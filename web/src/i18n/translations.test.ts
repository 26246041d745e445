import { expect, test } from "vitest";
import en from "./en.ts";
import { fill, preferredLanguage } from "./language.svelte.ts";
import { type Messages, translation } from "./message.ts";
import zhHans from "./zh-Hans.ts";
import zhHant from "./zh-Hant.ts";

const SOURCE: Record<string, string> = zhHans;
const OTHERS: Record<string, Messages> = { "zh-Hant": zhHant, en };

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "").sort();
}

test.each(Object.entries(OTHERS))("%s has every sentence, with the same placeholders", (_language, messages) => {
  expect(Object.keys(messages).sort()).toEqual(Object.keys(SOURCE).sort());
  for (const [key, message] of Object.entries(messages)) {
    const text = typeof message === "string" ? message : message.other;
    expect(text.trim(), key).not.toBe("");
    expect(new Set(placeholders(text)), key).toEqual(new Set(placeholders(SOURCE[key] ?? "")));
  }
});

test("a missing key, a wrong placeholder and a surplus key do not compile", () => {
  // @ts-expect-error: almost every key is missing
  translation({ "app.name": "x" });
  // @ts-expect-error: {name} is forgotten
  translation({ ...en, "person.own_name": "Name" } as const);
  // @ts-expect-error: {nobody} is invented
  translation({ ...en, "app.name": "{nobody}" } as const);
  // @ts-expect-error: no such key
  translation({ ...en, "no.such": "x" } as const);
});

/** Words that may stand in Latin letters in a Chinese sentence. */
const LATIN_ALLOWED =
  /AA|Chrome|Edge|Firefox|Safari|https?:\/\/|HTTPS|QR Code|\d MB|Esc|zip|HTML|CSV|JSON|CSR|RSA|PyWxDump|wechat-dump|hongyan\.toml|hongyan backup|limits\.connections_max|_ \. -|\{\w+\}/g;

test.each([
  ["zh-Hans", SOURCE],
  ["zh-Hant", zhHant as Record<string, string>],
])("%s has no English left in it", (_language, messages) => {
  for (const [key, text] of Object.entries(messages))
    expect(text.replace(LATIN_ALLOWED, ""), key).not.toMatch(/[A-Za-z]/);
});

test("Traditional has no Simplified characters, Simplified no Traditional ones", () => {
  const simplifiedOnly =
    /[这来时会说过个们发对话开关电网络设页码错误删请输识从认证书东车门问间闻应点击与为无产业义乐习乡买乱]/;
  const traditionalOnly =
    /[這來時會說過個們發對話開關電網絡設頁碼錯誤刪請輸識從認證書東車門問間聞應點擊與為無產業義樂習鄉買亂]/;
  for (const [key, message] of Object.entries(zhHant)) expect(String(message), key).not.toMatch(simplifiedOnly);
  for (const [key, text] of Object.entries(SOURCE)) expect(text, key).not.toMatch(traditionalOnly);
});

test("no machinery word reaches a person", () => {
  const machinery =
    /epoch|device id|decrypt|session|token|MLS|public key|private key|解密|会话|會話|令牌|公钥|私钥|公鑰|私鑰/i;
  for (const messages of [SOURCE, ...Object.values(OTHERS)]) {
    for (const [key, message] of Object.entries(messages)) {
      const all = typeof message === "string" ? message : `${message.one} ${message.other}`;
      expect(all, key).not.toMatch(machinery);
    }
  }
});

test("every sentence is said somewhere", () => {
  const sources = import.meta.glob<string>(["../{app,features,ui}/**/*.{svelte,ts}", "!../**/*.test.ts"], {
    query: "?raw",
    import: "default",
    eager: true,
  });
  const code = Object.values(sources).join("\n");
  expect(code.length).toBeGreaterThan(10_000);
  const families = [
    "admin.act_",
    "bill.code_",
    "shop.state_",
    "topup.state_",
    "treasury.act_",
    "treasury.do_",
    "treasury.state_",
    "bill.state_",
    "admin.check_",
    "admin.connections_",
    "admin.disk_",
    "admin.level_",
    "admin.writer_",
    "errors.",
    "kind.",
    "action.",
    "favourites.of.",
    "background.",
    "camera.camera_denied",
    "camera.no_camera",
    "emoji.",
    "gift.fault_",
    "group.history_",
    "aid.",
    "attach.too_many_pixels",
    "backup.trouble.",
    "event.adding_",
    "event.history_set_",
    "returning.trouble.",
    "stage.",
    "storage.",
    "appearance.",
    "text_size.",
    "voice.cannot_record",
    "voice.microphone_denied",
    "voice.no_microphone",
  ]; // put together from a value
  const unsaid = Object.keys(SOURCE).filter(
    (key) => !code.includes(`"${key}"`) && !families.some((family) => key.startsWith(family)),
  );
  expect(unsaid).toEqual([]);
});

test("numbers are written and counted as the language does", () => {
  expect(fill({ one: "{count} message", other: "{count} messages" }, { count: 1 }, "en")).toBe("1 message");
  expect(fill({ one: "{count} message", other: "{count} messages" }, { count: 1234 }, "en")).toBe("1,234 messages");
  expect(fill("{count} 条", { count: 2 }, "zh-Hans")).toBe("2 条");
  expect(fill("{name}", { name: "{count}" }, "en")).toBe("{count}");
});

test("a name that is written from right to left never turns the sentence around", () => {
  expect(fill("“{name}”来了", { name: "小梅" }, "zh-Hans")).toBe("“小梅”来了");
  expect(fill("“{name}”来了", { name: "שרה" }, "zh-Hans")).toBe("“\u2068שרה\u2069”来了");
  expect(fill("“{name}”来了", { name: "\u202e梅小" }, "zh-Hans")).toBe("“\u2068梅小\u2069”来了");
});

test.each([
  [["zh-CN"], "zh-Hans"],
  [["zh"], "zh-Hans"],
  [["zh-TW", "en"], "zh-Hant"],
  [["zh-HK"], "zh-Hant"],
  [["zh-Hant-MY"], "zh-Hant"],
  [["fr", "zh-SG"], "zh-Hans"],
  [["en-GB", "zh"], "en"],
  [["fr"], "en"],
  [[], "en"],
])("a reader of %s is spoken to in %s", (wanted, expected) => {
  expect(preferredLanguage(wanted)).toBe(expected);
});
