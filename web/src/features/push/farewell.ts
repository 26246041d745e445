/** What is left in the browser of somebody who signed out: her subscription, her words, the number on the icon. */
import { choices } from "./choices.svelte.ts";
import { forgetNotes } from "./notes.ts";
import { unsubscribe } from "./subscription.ts";

export async function sayFarewell(): Promise<void> {
  choices.set("notify", false);
  choices.set("offered", false);
  await Promise.allSettled([unsubscribe(), forgetNotes(), navigator.clearAppBadge?.()]);
}
