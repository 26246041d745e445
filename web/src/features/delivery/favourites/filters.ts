/** The ways to look at what is kept, by kind. */
import type { MessageKind } from "../../../core/api.ts";

export const FILTERS = ["all", "seen", "links", "files", "records", "voices", "places", "texts"] as const;
export type Filter = (typeof FILTERS)[number];

export const KINDS: Record<Filter, readonly MessageKind[]> = {
  all: [],
  seen: ["picture", "video", "sticker"],
  links: ["link"],
  files: ["file"],
  records: ["record"],
  voices: ["voice"],
  places: ["location", "card"],
  texts: ["text"],
};
