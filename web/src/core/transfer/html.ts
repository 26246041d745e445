/**
 * The few things that exporters' HTML pages have in common, read as text: nothing is built, run or fetched. A page
 * either carries its messages as a list in a script, or as one block for each message with parts named by class.
 */

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };
const BLOCK = /^(msg|message|chat-?item|chatmsg|msg-item|message-item|item)$/;
const PARTS: readonly [string, RegExp][] = [
  ["sender", /^(dspname|nickname|displayname|sender|msg-sender|name|username|nt-name)$/],
  ["time", /^(msg-time|time|timetext|nt-time|chat-time|datetime|msgtime|date)$/],
  ["text", /^(content-text|msg-text|msg-content|chat-text|bubble|cloudcontent|content|text|message-text)$/],
];
const MINE = /^(right|self|me|mine|sent|is-self|chat-right)$/;
const LINE = /^(br|p|div|li|tr)$/;
const VOID = /^(br|img|hr|input|meta|link|source|wbr|area|col|embed)$/;
const UNREAD: readonly [begin: string, end: string][] = [
  ["<script", "</script>"],
  ["<style", "</style>"],
  ["<head", "</head>"],
  ["<!--", "-->"],
];

export function textOfHtml(text: string): string {
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]{2,6});/gi, (whole, name: string) => {
    if (!name.startsWith("#")) return ENTITIES[name.toLowerCase()] ?? whole;
    const code = name[1]?.toLowerCase() === "x" ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "";
  });
}

export function titleOf(html: string): string {
  return textOfHtml(/<title[^>]*>([^<]*)/i.exec(html)?.[1] ?? "").trim();
}

/** The list that a script of the page gives a name, when it is JSON. */
export function embeddedArray(html: string): unknown[] | null {
  for (let at = html.search(/=\s*\[\s*\{/); at >= 0; ) {
    const from = html.indexOf("[", at);
    const end = endOfList(html, from);
    try {
      const list: unknown = JSON.parse(html.slice(from, end).replace(/,(\s*[\]}])/g, "$1"));
      if (Array.isArray(list) && list.length > 0) return list as unknown[];
    } catch {
      // Not JSON: another list, or the page's blocks, are read instead.
    }
    const next = html.slice(end).search(/=\s*\[\s*\{/);
    at = next < 0 ? -1 : end + next;
  }
  return null;
}

function endOfList(code: string, from: number): number {
  let depth = 0;
  let quoted = false;
  for (let i = from; i < code.length; i++) {
    const character = code[i];
    if (quoted) {
      if (character === "\\") i++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === "[") depth++;
    else if (character === "]" && --depth === 0) return i + 1;
  }
  return code.length;
}

/** The page without what is not meant to be read. */
function readable(html: string): string {
  const lower = html.toLowerCase();
  const parts: string[] = [];
  let at = 0;
  for (;;) {
    const next = UNREAD.map(([begin, end]) => ({ from: lower.indexOf(begin, at), begin, end }))
      .filter(({ from }) => from >= 0)
      .sort((a, b) => a.from - b.from)[0];
    if (next === undefined) break;
    parts.push(html.slice(at, next.from));
    const end = lower.indexOf(next.end, next.from + next.begin.length);
    if (end < 0) return parts.join("");
    at = end + next.end.length;
  }
  return parts.join("") + html.slice(at);
}

interface Open {
  tag: string;
  part: string | null;
}

/** One record for each block, with the parts that could be told: sender, time, content, whether it is one's own. */
export function blocksIn(html: string): Record<string, string>[] {
  const blocks: Record<string, string>[] = [];
  const open: Open[] = [];
  let block: Record<string, string> | null = null;
  for (const token of readable(html).matchAll(/<(\/?)([a-z][a-z0-9]*)([^>]*)>|([^<]+)/gi)) {
    const [, closing, name = "", attributes = "", words] = token;
    if (words !== undefined) {
      const part = open.findLast((one) => one.part !== null)?.part;
      if (block !== null && part) block[part] = (block[part] ?? "") + textOfHtml(words);
      continue;
    }
    const tag = name.toLowerCase();
    if (closing === "/") {
      const at = open.findLastIndex((one) => one.tag === tag);
      if (at >= 0) open.length = at;
      continue;
    }
    const classes = (/class\s*=\s*["']?([^"'>]*)/i.exec(attributes)?.[1] ?? "").toLowerCase().split(/\s+/);
    if (classes.some((one) => BLOCK.test(one)) && open.every(({ part }) => part === null)) {
      block = {};
      blocks.push(block);
    }
    const part = PARTS.find(([, pattern]) => classes.some((one) => pattern.test(one)))?.[0] ?? null;
    const inside = open.findLast((one) => one.part !== null)?.part;
    if (block !== null && inside === undefined && classes.some((one) => MINE.test(one))) block["isself"] = "1";
    if (block !== null && inside === "text" && LINE.test(tag) && block["text"]) block["text"] += "\n";
    if (!VOID.test(tag) && !attributes.endsWith("/")) open.push({ tag, part });
  }
  return blocks.map(trimmed);
}

function trimmed(block: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(block).map(([key, value]) => [key, value.replace(/\n{2,}/g, "\n").trim()]));
}
