/** A record is read in a message and among what is kept: the same lines, asked for and opened in two ways. */
import type { Core, Detail, FavouriteId, MessageId, RecordedMessage } from "../../core/api.ts";
import { PATHS } from "../../ui/paths.ts";

export type MergedRecord = Extract<Detail, { kind: "record" }>;

export interface RecordHome {
  readonly id: string;
  /** The small picture of the line at `path`. */
  thumb(path: string): Promise<Uint8Array | null>;
  /** The file of the line at `path`; fetched first when it is not here. */
  content(path: string): Promise<Blob>;
  /** The page of the record that is the line at `path`. */
  page(path: string): string;
}

export function inMessage(core: Core, id: MessageId): RecordHome {
  return {
    id,
    thumb: (path) => core.call("thumbnail", { id, path }),
    content: (path) => core.call("media", { id, path }),
    page: (path) => PATHS.record(id, path),
  };
}

export function inFavourite(core: Core, id: FavouriteId): RecordHome {
  return {
    id,
    thumb: (path) => core.call("favouriteThumbnail", { id, path }),
    content: (path) => core.call("favouriteContent", { id, path }),
    page: (path) => PATHS.favourite(id, path),
  };
}

/** The record that the lines of `steps` ("2.0") lead to, one in the other; null when there is none. */
export function recordAt(detail: Detail | null | undefined, steps: string): MergedRecord | null {
  let found: Detail | null | undefined = detail;
  for (const step of steps === "" ? [] : steps.split(".")) {
    const items: RecordedMessage[] = found?.kind === "record" ? found.items : [];
    found = items[Number(step)]?.detail;
  }
  return found?.kind === "record" ? found : null;
}
