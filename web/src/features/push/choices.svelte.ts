/** How she wants to be told of new messages on this device. */
import { remember, remembered } from "../../ui/preferences.svelte.ts";

type Name = "notify" | "sound" | "vibration" | "preview" | "offered";

/** Everything but notifications themselves, for which she is asked, is on until she says otherwise. */
const AT_FIRST: Record<Name, boolean> = {
  notify: false,
  sound: true,
  vibration: true,
  preview: true,
  offered: false, // the card in the chat list was answered
};

function kept(name: Name): boolean {
  const value = remembered(`push.${name}`);
  return value === null ? AT_FIRST[name] : value === "on";
}

class Choices {
  #values = $state<Record<Name, boolean>>({
    notify: kept("notify"),
    sound: kept("sound"),
    vibration: kept("vibration"),
    preview: kept("preview"),
    offered: kept("offered"),
  });

  get(name: Name): boolean {
    return this.#values[name];
  }

  set(name: Name, on: boolean): void {
    this.#values[name] = on;
    remember(`push.${name}`, on ? "on" : "off");
  }
}

export const choices = new Choices();
