/** The first thing that runs: looks, language, core, then the first screen. */
import "weui/dist/style/base/base.min.css";
import "../ui/theme.css";
import { mount } from "svelte";
import { isLanguageCode, preferredLanguage, speak } from "../i18n/language.svelte.ts";
import { serveStreams } from "../ui/media/streaming.ts";
import { navigation } from "../ui/navigation.svelte.ts";
import { preferences, remembered } from "../ui/preferences.svelte.ts";
import App from "./App.svelte";
import { openCore } from "./early.ts";
import { trustOwnScripts } from "./trusted.ts";

/** Not at the top level of the module: a language imports what stands here, and the two would wait for each other. */
async function start(): Promise<void> {
  trustOwnScripts();
  preferences.follow();
  navigation.start();

  const { core, guess } = openCore();
  serveStreams(core);
  // What will be shown is fetched beside the language, not after it.
  const next = { new: () => import("./Doorstep.svelte"), starting: () => import("./Shell.svelte") };
  void next[guess]();
  const chosen = remembered("language");
  await speak(isLanguageCode(chosen) ? chosen : preferredLanguage(navigator.languages));

  const target = document.getElementById("app");
  if (target === null) throw new Error("index.html has no #app");
  target.replaceChildren();
  mount(App, { target, props: { core, guess } });
}

void start();
