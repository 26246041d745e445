import type { MessageId } from "../../../core/api.ts";

/** The file of a message, or of a line of a record, as the core is asked for it. */
export function once(id: MessageId, path: string | undefined): { id: MessageId; path?: string } {
  return path === undefined ? { id } : { id, path };
}
