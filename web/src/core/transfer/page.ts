import type { Detail, ExportWords, Message } from "../api.ts";

/** How exported chats look in any browser: pages that need no network and run nothing. */

const STYLE = `body{margin:0;background:#ededed;font:17px/1.5 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;color:#191919}
main{max-width:42rem;margin:auto;padding:1rem}h1{font-size:1.1rem;text-align:center}nav{text-align:center;margin:1rem 0}
.m{display:flex;flex-direction:column;align-items:flex-start;margin:.75rem 0}.m.r{align-items:flex-end}
.n{font-size:.75rem;color:#737373}img,video{max-width:16rem;max-height:24rem;display:block;border-radius:.3rem}audio{max-width:100%}
.b{max-width:80%;padding:.55rem .75rem;border-radius:.3rem;background:#fff;white-space:pre-wrap;overflow-wrap:anywhere}
.r .b{background:#95ec69}a{color:#576b95}@media(prefers-color-scheme:dark){body{background:#111;color:#d5d5d5}
.b{background:#2c2c2c}.r .b{background:#3eb575;color:#111}a{color:#7d90a9}}`;
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:; media-src 'self' file:; form-action 'none'";
const NAME_CHARACTERS_MAX = 60;
/** What a browser would run, were it opened from the folder, is not opened as what it is. */
const RUNS = /\.(html?|xhtml|xht|svg|xml|js|mjs|hta|exe|bat|cmd|lnk|url|scr|com|vbs|jar)$/i;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what file systems refuse
const REFUSED = /[\\/:*?"<>|\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]|\.{2,}/g;

export function escapeHtml(words: string): string {
  return words.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export function pageOf(title: string, language: string, body: readonly string[]): string[] {
  const safe = escapeHtml(title);
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${safe}</title>`;
  const policy = `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`;
  return [
    `<!doctype html><html lang="${escapeHtml(language)}"><head>${head}${policy}<style>${STYLE}</style></head>`,
    `<body><main><h1>${safe}</h1>\n`,
    ...body.map((line) => `${line}\n`),
    "</main></body></html>\n",
  ];
}

/** A name that every file system takes, and no other file here has. */
export function fileNameOf(title: string, taken: Set<string>): string {
  const dot = title.lastIndexOf(".");
  const [stem, kind] = dot > 0 && title.length - dot <= 8 ? [title.slice(0, dot), title.slice(dot)] : [title, ""];
  const plain = (words: string) => [...words.replace(REFUSED, "_").trim()].slice(0, NAME_CHARACTERS_MAX).join("");
  const safe = plain(stem).replace(/^\.+|[. ]+$/g, "_") || "_";
  const ending = plain(kind) + (RUNS.test(kind) ? ".txt" : "");
  let name = safe + ending;
  for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${safe} ${n}${ending}`;
  taken.add(name.toLowerCase());
  return name;
}

/** "2026-11-22 18:57", where the device is. */
export function minuteOf(atMs: number): string {
  const at = new Date(atMs);
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

/** What was said, in words: "[位置] 外滩". */
export function wordsOf({ kind, text, detail }: Pick<Message, "kind" | "text" | "detail">, words: ExportWords): string {
  const label = kind === "text" ? "" : (words.kinds[kind] ?? `[${kind}]`);
  const about = detail === null ? "" : aboutOf(detail, words);
  return [label, text, about].filter((part) => part !== "").join(" ");
}

function aboutOf(detail: Detail, words: ExportWords): string {
  switch (detail.kind) {
    case "location":
      return `${detail.name} (${detail.latitude}, ${detail.longitude})`;
    case "card":
      return detail.name;
    case "link":
      return `${detail.title} ${detail.url}`;
    case "record": {
      const lines = detail.items.map(({ sender, text, detail: inner }) => {
        const said = inner === null ? text : wordsOf({ kind: inner.kind, text, detail: inner }, words);
        return `${sender}: ${said}`;
      });
      return [detail.title, ...lines].join("\n");
    }
    case "packet":
      return detail.greeting;
    case "transfer":
      return detail.words;
    case "collection":
      return detail.title;
    case "file":
      return detail.name;
    default:
      return "";
  }
}

function path(parts: string): string {
  return parts.split("/").map(encodeURIComponent).join("/");
}

export function linkTo(file: string, words: string): string {
  return `<a href="${path(file)}">${escapeHtml(words)}</a>`;
}

/** One bubble; `file` is where the message's file is in the folder. */
export function bubbleOf(message: Message, file: string | null, words: ExportWords): string {
  const said = escapeHtml(wordsOf(message, words));
  const who = message.mine ? words.me : message.senderName;
  const about = `<span class="n">${escapeHtml(who)} · ${minuteOf(message.atMs)}</span>`;
  return `<div class="m${message.mine ? " r" : ""}">${about}<div class="b">${file === null ? said : shown(message, file, said)}</div></div>`;
}

function shown({ kind }: Message, file: string, said: string): string {
  const at = path(file);
  if (kind === "picture" || kind === "sticker") return `<img src="${at}" alt="${said}" loading="lazy">`;
  if (kind === "voice") return `<audio controls preload="none" src="${at}"></audio>`;
  if (kind === "video") return `<video controls preload="metadata" src="${at}"></video>`;
  return `<a href="${at}" download>${said}</a>`;
}
