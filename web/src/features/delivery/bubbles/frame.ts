import type { MessageKind } from "../../../core/api.ts";

/** What stands around a message: a coloured bubble, a white card, or nothing because the picture is all. */
export type Frame = "bubble" | "card" | "bare";

/** Kinds that show over themselves how far they have been sent. */
export function showsItsWay(kind: MessageKind): boolean {
  return kind === "picture" || kind === "video" || kind === "file";
}

export function frameOf(kind: MessageKind): Frame {
  switch (kind) {
    case "picture":
    case "video":
    case "sticker":
    case "packet":
    case "transfer":
    case "collection":
      return "bare";
    case "file":
    case "location":
    case "card":
    case "link":
    case "record":
    case "help":
      return "card";
    default:
      return "bubble";
  }
}
