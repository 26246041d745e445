import type { MessageKind } from "../api.ts";
import type { RecordItem, StoredDetail } from "../content/details.ts";
import { type Row, text, textOrNull } from "../store/store.ts";

/** The words by which a message is found: what was said, and the names and titles of what it carries. */
export function wordsOf(row: Row): string {
  const kind = text(row, "kind") as MessageKind;
  if (kind === "event" || kind === "recalled" || kind === "unknown") return "";
  const said = text(row, "text");
  const stored = textOrNull(row, "detail");
  if (stored === null) return said;
  return [said, ...wordsIn(JSON.parse(stored) as StoredDetail)].filter((words) => words !== "").join("\n");
}

function wordsIn(detail: StoredDetail): string[] {
  switch (detail.kind) {
    case "location":
    case "card":
      return [detail.name];
    case "collection":
      return [detail.title];
    case "link":
      return [detail.title, detail.summary, detail.url];
    case "packet":
      return [detail.greeting];
    case "transfer":
      return [detail.words];
    case "record":
      return [detail.title, ...detail.items.flatMap(wordsInItem)];
    case "file":
      return [detail.name];
    default:
      return []; // a picture's name is its camera's
  }
}

function wordsInItem({ text: said, detail }: RecordItem): string[] {
  return detail === null ? [said] : [said, ...wordsIn(detail)];
}
