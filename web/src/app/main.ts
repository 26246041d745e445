/** The first thing that runs: looks, language, core, then the first screen. */
import "weui/dist/style/base/base.min.css";
import "../ui/theme.css";
import { mount } from "svelte";
import { isLanguageCode, preferredLanguage, speak } from "../i18n/language.svelte.ts";
import { navigation } from "../ui/navigation.svelte.ts";
import { preferences, remembered } from "../ui/preferences.svelte.ts";
import App from "./App.svelte";
import { openCore } from "./early.ts";
import { trustOwnScripts } from "./trusted.ts";
import { keepOnDevice } from "./update.svelte.ts";

trustOwnScripts();
preferences.follow();
navigation.start();

const chosen = remembered("language");
const { core, guess } = openCore();
// What will be shown is fetched beside the language, not after it.
const NEXT = { new: () => import("./Doorstep.svelte"), starting: () => import("./Shell.svelte") };
void NEXT[guess]();
await speak(isLanguageCode(chosen) ? chosen : preferredLanguage(navigator.languages));

const target = document.getElementById("app");
if (target === null) throw new Error("index.html has no #app");
target.replaceChildren();
mount(App, { target, props: { core, guess } });
void keepOnDevice();
