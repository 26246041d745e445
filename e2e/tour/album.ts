/** The pictures of the tour and what is said under each, written into docs/tour.zh.md and docs/tour.md. */

import { mkdir, rm, writeFile } from "node:fs/promises";
import type { Person } from "../person.ts";

const DOCS = new URL("../../docs/", import.meta.url).pathname;
const FOLDER = `${DOCS}tour/`;
const IN_A_ROW = 3;
const ENTRANCE_MS = 700;
/** What the app says in passing lies over the page for some seconds. */
const TOAST = "[role=status].place > p";

interface Words {
  zh: string;
  en: string;
}

interface Stop extends Words {
  file: string;
}

interface Chapter {
  title: Words;
  stops: Stop[];
}

export class Album {
  private readonly chapters: Chapter[] = [];

  private constructor(private readonly only: string | undefined) {}

  /** An empty one; with `only` the other pictures and the documents stay as they are. */
  static async open(only?: string): Promise<Album> {
    if (only === undefined) await rm(FOLDER, { recursive: true, force: true });
    await mkdir(FOLDER, { recursive: true });
    return new Album(only);
  }

  begin(zh: string, en: string): void {
    this.chapters.push({ title: { zh, en }, stops: [] });
  }

  /** What is on her screen now. */
  async keep(person: Person, name: string, zh: string, en: string): Promise<void> {
    await person.page.waitForTimeout(ENTRANCE_MS);
    await person.page.locator(TOAST).waitFor({ state: "hidden" });
    const file = `${name}.jpg`;
    await person.page.screenshot({ path: FOLDER + file, type: "jpeg", quality: 72 });
    this.chapters.at(-1)?.stops.push({ file, zh, en });
    process.stdout.write(`docs/tour/${file}\n`);
  }

  async write(): Promise<void> {
    if (this.only !== undefined) return;
    await writeFile(`${DOCS}tour.zh.md`, this.page("zh", "# 逛一逛鸿雁", FOREWORD.zh));
    await writeFile(`${DOCS}tour.md`, this.page("en", "# A tour of Hongyan", FOREWORD.en));
  }

  private page(language: keyof Words, title: string, foreword: string): string {
    const parts = this.chapters.map((chapter) => {
      const rows: string[] = [];
      for (let at = 0; at < chapter.stops.length; at += IN_A_ROW) {
        rows.push(rowOf(chapter.stops.slice(at, at + IN_A_ROW), language));
      }
      return `## ${chapter.title[language]}\n\n<table>\n${rows.join("\n")}\n</table>`;
    });
    return `${[title, foreword, ...parts].join("\n\n")}\n`;
  }
}

const FOREWORD: Words = {
  zh: "下面每一张图都是由 `./dev tour` 在真实的服务器上、由真实的几个人互相发消息走出来的，手机大小（390×844）。English: [tour.md](tour.md)",
  en: "Every picture here is made by `./dev tour`: real people with real messages on a real server, at the size of a telephone (390×844), in Simplified Chinese. 中文：[tour.zh.md](tour.zh.md)",
};

function rowOf(stops: readonly Stop[], language: keyof Words): string {
  const cells = stops.map(
    (stop) => `<td valign="top" width="33%"><img src="tour/${stop.file}" alt=""><br>${stop[language]}</td>`,
  );
  return `<tr>${cells.join("")}</tr>`;
}
