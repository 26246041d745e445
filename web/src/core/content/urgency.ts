import { Urgency } from "../protocol/frames.ts";
import { decodeContent } from "./content.ts";
import { type Kind, parseKind } from "./kinds.ts";

/** Which kinds are worth waking a telephone for [PU3]; all that the server is told of what a message is. */
const WAKES: Record<Kind["kind"], boolean> = {
  text: true,
  detail: true,
  nudge: true,
  nothing: false,
  timer: false,
  typing: false,
  read: false,
  help: false,
  group: false,
  handed: false,
  share: true,
  resend: false,
  again: false,
  profile: false,
  sync: false,
  history: false,
  favourites: false,
  following: false,
  unknown: false,
};

/** Of content bytes as they were composed: an edit, a recall or a reaction wakes nobody. */
export function urgencyOf(bytes: Uint8Array): Urgency {
  const content = decodeContent(bytes);
  if (content === null || content.replaces !== null || content.isReaction) return Urgency.quiet;
  return WAKES[parseKind(content.type, content.body).kind] ? Urgency.normal : Urgency.quiet;
}
