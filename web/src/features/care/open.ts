/** Leads to somebody's chat, there to begin at once with what was chosen. */
import type { Core, PersonId } from "../../core/api.ts";
import { attempt } from "../../ui/attempt.ts";
import { navigation } from "../../ui/navigation.svelte.ts";
import { PATHS } from "../../ui/paths.ts";

export async function openWith(core: Core, person: PersonId, what: "write" | "photo"): Promise<void> {
  const chat = await attempt(core.call("openDirect", { id: person }));
  if (chat !== undefined) navigation.go(`${PATHS.chat(chat.done)}#${what}`, { replace: true });
}
