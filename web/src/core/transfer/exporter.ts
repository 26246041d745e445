import type { ChatId, ExportedChats, ExportWords, Message } from "../api.ts";
import type { Chats } from "../chats/chats.ts";
import { attachmentOf, fileOf, itemOfMessage } from "../media/shelf.ts";
import type { Session } from "../session.ts";
import { text } from "../store/store.ts";
import { Archive } from "./archive.ts";
import { bubbleOf, escapeHtml, fileNameOf, linkTo, minuteOf, pageOf, wordsOf } from "./page.ts";

/**
 * Her chats as a folder that can be read anywhere: pages for each chat, its files, the same as data, and an index. It
 * holds what is on this device and asks the server for nothing. It is not encrypted: that is what it is for.
 */

const MESSAGES_AT_ONCE = 1_000;
const MESSAGES_PER_PAGE = 5_000;
/** What a plain zip can hold, with room for the pages. */
const FILES_BYTES_MAX = 3 * 1024 * 1024 * 1024;
const NOT_SAID = ["event", "recalled", "unknown"];

const ENDINGS: Record<string, string> = {
  "image/jpeg": ".jpg",
  "image/png": ".png",
  "image/webp": ".webp",
  "image/gif": ".gif",
  "image/avif": ".avif",
  "audio/webm": ".webm",
  "audio/ogg": ".ogg",
  "audio/mp4": ".m4a",
  "video/mp4": ".mp4",
  "video/webm": ".webm",
};

export class Exporter {
  private readonly archive: Archive;
  private readonly taken = new Set(["index", "files", "data"]);
  private messages = 0;
  private filesLeftOut = 0;

  constructor(
    private readonly session: Session,
    private readonly chats: Chats,
    private readonly words: ExportWords,
  ) {
    this.archive = new Archive(Math.round(session.clock.now()));
  }

  /** `told`: how much of it is done, 0 to 1. */
  async export(told: (done: number) => void): Promise<ExportedChats> {
    const rows = this.session.store.all("SELECT id FROM chat WHERE messages > 0 ORDER BY at_ms DESC");
    const index: string[] = [];
    for (const [i, row] of rows.entries()) {
      const chat = text(row, "id");
      const { title } = this.chats.head(chat);
      const name = fileNameOf(title || this.words.title, this.taken);
      const count = await this.write(chat, title, name);
      if (count > 0) {
        const counted = escapeHtml(this.words.count.replace("{count}", String(count)));
        index.push(`<p>${linkTo(`${name}.html`, title)} <span class="n">${counted}</span></p>`);
      }
      this.messages += count;
      told((i + 1) / rows.length);
    }
    const made = `<p class="n">${minuteOf(this.session.clock.now())}</p>`;
    this.archive.addText("index.html", pageOf(this.words.title, this.words.language, [made, ...index]));
    return {
      file: this.archive.end(),
      chats: index.length,
      messages: this.messages,
      filesLeftOut: this.filesLeftOut,
    };
  }

  /** Answers how many messages there were. */
  private async write(chat: ChatId, title: string, name: string): Promise<number> {
    const records: string[] = [];
    const taken = new Set<string>();
    let bubbles: string[] = [];
    let page = 1;
    for await (const message of this.saidIn(chat)) {
      if (bubbles.length === MESSAGES_PER_PAGE) {
        this.page(title, name, page, bubbles, true);
        page += 1;
        bubbles = [];
      }
      const file = await this.addFile(message, `files/${name}`, taken);
      bubbles.push(bubbleOf(message, file, this.words));
      records.push(this.record(message, file));
    }
    if (records.length === 0) return 0;
    this.page(title, name, page, bubbles, false);
    const head = `{"title":${JSON.stringify(title)},"messages":[\n`;
    this.archive.addText(`data/${name}.json`, [head, records.join(",\n"), "\n]}\n"]);
    return records.length;
  }

  private page(title: string, name: string, page: number, bubbles: string[], more: boolean): void {
    const pathOf = (number: number) => (number === 1 ? `${name}.html` : `${name}-${number}.html`);
    const links = [
      linkTo("index.html", this.words.title),
      ...(page > 1 ? [linkTo(pathOf(page - 1), "‹")] : []),
      ...(more ? [linkTo(pathOf(page + 1), "›")] : []),
    ];
    const nav = `<nav>${links.join(" · ")}</nav>`;
    this.archive.addText(pathOf(page), pageOf(title, this.words.language, [nav, ...bubbles, nav]));
  }

  /** Everything that people said, oldest first. Between two slices others have their turn. */
  private async *saidIn(chat: ChatId): AsyncGenerator<Message> {
    let from = 0;
    for (;;) {
      await new Promise<void>((resolve) => this.session.platform.later(0, resolve));
      const { messages, moreNewer } = this.chats.messagesAround(chat, from, 0, MESSAGES_AT_ONCE);
      yield* messages.filter(({ kind }) => !NOT_SAID.includes(kind));
      from = (messages.at(-1)?.order ?? from) + 1;
      if (!moreNewer) return;
    }
  }

  private record({ atMs, mine, senderName, kind, text: said, detail }: Message, file: string | null): string {
    const sender = mine ? this.words.me : senderName;
    const words = kind === "text" ? said : wordsOf({ kind, text: said, detail }, this.words);
    return JSON.stringify({ time: new Date(atMs).toISOString(), sender, mine, kind, text: words, file });
  }

  /** Where the message's file is in the folder; null when it has none, or it is not on this device. */
  private async addFile({ id, detail }: Message, folder: string, taken: Set<string>): Promise<string | null> {
    if (detail === null || !("bytes" in detail)) return null;
    const { store, platform } = this.session;
    const item = itemOfMessage(store, id, "");
    const attachment = attachmentOf(store, Number(id), "");
    const content = item === null ? null : await platform.files.read(fileOf(item.id));
    const whole = item?.state === "here" || item?.uploader === true;
    const fits = this.archive.bytes + (attachment?.bytes ?? 0) < FILES_BYTES_MAX;
    if (!whole || !fits || attachment === null || content === null || content.size < attachment.bytes) {
      this.filesLeftOut += 1;
      return null;
    }
    const ending = ENDINGS[attachment.type.split(";")[0] ?? ""] ?? "";
    const named = detail.kind === "file" ? attachment.name : `${id}${ending}`;
    const path = `${folder}/${fileNameOf(named || id, taken)}`;
    await this.archive.addFile(path, content.slice(0, attachment.bytes));
    return path;
  }
}
