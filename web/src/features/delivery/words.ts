/** Sentences for what happens in a chat; the reader is "you" in them, others have their names. */
import type { GroupEvent } from "../../core/api.ts";
import { language, t } from "../../i18n/language.svelte.ts";

export function eventSentence(event: GroupEvent, reader: string): string {
  const actor = event.actor === reader ? t("event.you") : t("event.person", { name: event.actor });
  const named = event.people.map((name) => (name === reader ? t("event.you_too") : t("event.person", { name })));
  const people = new Intl.ListFormat(language.code, { type: "conjunction" }).format(named);
  const about = people === "" ? actor : people;
  switch (event.what) {
    case "created":
      return t("event.created", { actor });
    case "joined_by":
      return t("event.joined_by", { actor, people });
    case "left":
      return t("event.left", { actor });
    case "removed_by":
      return t("event.removed_by", { actor, people });
    case "renamed":
      return t("event.renamed", { actor, name: event.name });
    case "became_friends":
      return t("event.became_friends", { people: about });
    case "safety_changed":
      return t("event.safety_changed", { people: about });
    case "may_be_missing":
      return t("event.may_be_missing");
  }
}
