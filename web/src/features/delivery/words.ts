/** Sentences for what happens in a group. */
import type { GroupEvent } from "../../core/api.ts";
import { language, t } from "../../i18n/language.svelte.ts";

function names(people: readonly string[]): string {
  return new Intl.ListFormat(language.code, { type: "conjunction" }).format(people);
}

export function eventSentence(event: GroupEvent): string {
  const people = names(event.people);
  switch (event.what) {
    case "created":
      return t("event.created", { actor: event.actor });
    case "joined_by":
      return t("event.joined_by", { actor: event.actor, people });
    case "left":
      return t("event.left", { actor: event.actor });
    case "removed_by":
      return t("event.removed_by", { actor: event.actor, people });
    case "renamed":
      return t("event.renamed", { actor: event.actor, name: event.name });
    case "became_friends":
      return t("event.became_friends", { people: people === "" ? event.actor : people });
    case "safety_changed":
      return t("event.safety_changed", { people: people === "" ? event.actor : people });
    case "may_be_missing":
      return t("event.may_be_missing");
  }
}
