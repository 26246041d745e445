import { CoreError, type MessageId, type StreamPart } from "../api.ts";
import { hex, random } from "../bytes.ts";
import type { Session } from "../session.ts";
import { StoreFull } from "../store/store.ts";
import { CHUNK_BYTES } from "./blob.ts";
import type { Downloads } from "./downloads.ts";
import * as shelf from "./shelf.ts";
import type { Wishes } from "./wishes.ts";

/**
 * Videos that play while they are fetched: parts of their content, of chunks that opened [ME6]. What is fetched stays,
 * so a part is never fetched twice; a part that is missing is fetched next.
 */

const NAME_BYTES = 16;
const STREAMS_MAX = 4;
const PART_BYTES_MAX = 1024 * 1024;
/** A service worker that waits longer for an answer is ended by its browser. */
const PATIENCE_MS = 60_000;
const PLAYED_TYPES = /^video\//;

export class Streams {
  private readonly open = new Map<string, { id: number; wishes: Wishes }>();

  constructor(
    private readonly session: Session,
    private readonly downloads: Downloads,
    private readonly stored: (one: shelf.Item) => Promise<Blob | null>,
  ) {}

  /** Null: it is to be taken whole. Throws CoreError: offline, media_gone, media_cleared. */
  begin(id: MessageId, path: string): string | null {
    const { store } = this.session;
    const found = shelf.itemOfMessage(store, id, path);
    if (found === null) throw new CoreError("media_gone");
    if (found.state === "cleared") throw new CoreError("media_cleared");
    if (found.problem === "media_left_behind") throw new CoreError("media_left_behind");
    if (found.state === "here" || found.uploader || !this.isPlayed(found)) return null;
    if (!this.downloads.isConnected() && found.moved === 0) throw new CoreError("offline");
    try {
      store.write((tx) =>
        shelf.change(tx, found.id, { state: "wanted", asked: 1, problem: null, retry_at_ms: 0, tries: 0 }),
      );
    } catch (error) {
      if (!(error instanceof StoreFull)) throw error; // it plays, and is not kept
    }
    const name = hex(random(NAME_BYTES));
    this.open.set(name, { id: found.id, wishes: this.downloads.watch(found.id) });
    const [oldest] = this.open.keys();
    if (this.open.size > STREAMS_MAX && oldest !== undefined) this.end(oldest);
    return name;
  }

  end(name: string): void {
    const ended = this.open.get(name);
    this.open.delete(name);
    if (ended === undefined) return;
    const isWatched = [...this.open.values()].some(({ id }) => id === ended.id);
    if (isWatched) ended.wishes.ring();
    else this.downloads.unwatch(ended.id);
  }

  endAll(): void {
    for (const name of [...this.open.keys()]) this.end(name);
  }

  /**
   * Bytes from `from` on: at least one where there are any, at most `most`; waits until the first is here.
   * Throws CoreError: offline, media_gone, media_broken.
   */
  async part(name: string, from: number, most: number): Promise<StreamPart> {
    const { one } = this.find(name);
    const attachment = one.message === null ? null : shelf.attachmentOf(this.session.store, one.message, one.path);
    if (attachment === null) throw new CoreError("media_gone");
    const { bytes: total, type } = attachment;
    const wanted = Math.min(most, PART_BYTES_MAX, total - from);
    return { bytes: wanted > 0 ? await this.bytes(name, from, wanted) : new Uint8Array(), total, type };
  }

  private async bytes(name: string, from: number, most: number): Promise<Uint8Array> {
    const chunk = Math.floor(from / CHUNK_BYTES);
    const { wishes } = this.find(name);
    wishes.after = chunk;
    let late = false;
    const granted = wishes.add(chunk);
    const calm = this.session.platform.later(PATIENCE_MS, () => {
      late = true;
      wishes.ring();
    });
    try {
      for (let first = true; ; first = false) {
        const { one } = this.find(name);
        const rung = wishes.rung();
        const bytes =
          one.state === "here" ? await this.whole(one, from, most) : await this.downloads.read(one, from, most);
        if (bytes !== null) return bytes;
        if (one.problem !== null && one.problem !== "storage_full") throw new CoreError(one.problem);
        if (late) throw new CoreError("offline");
        if (first) this.downloads.turn(one.id);
        await rung;
      }
    } finally {
      calm();
      granted();
    }
  }

  private async whole(one: shelf.Item, from: number, most: number): Promise<Uint8Array> {
    const content = await this.stored(one);
    if (content === null) throw new CoreError("media_gone");
    return new Uint8Array(await content.slice(from, from + most).arrayBuffer());
  }

  private find(name: string): { one: shelf.Item; wishes: Wishes } {
    const found = this.open.get(name);
    const one = found === undefined ? null : shelf.item(this.session.store, found.id);
    if (found === undefined || one === null || one.message === null) throw new CoreError("media_gone");
    return { one, wishes: found.wishes };
  }

  private isPlayed({ message, path }: shelf.Item): boolean {
    const attachment = message === null ? null : shelf.attachmentOf(this.session.store, message, path);
    return attachment !== null && PLAYED_TYPES.test(attachment.type);
  }
}
