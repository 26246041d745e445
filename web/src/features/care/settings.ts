/** Settings a helper can propose: what they are called, and what it is to make one so. */
import type { HelpSetting } from "../../core/api.ts";
import { isLanguageCode, LANGUAGES, speak, t } from "../../i18n/language.svelte.ts";
import { type Appearance, preferences, remember, TEXT_SIZES } from "../../ui/preferences.svelte.ts";

const APPEARANCES: readonly Appearance[] = ["system", "light", "dark"];

export function settingName(setting: HelpSetting): string {
  switch (setting) {
    case "care":
      return t("care.name");
    case "text":
      return t("settings.text_size");
    case "appearance":
      return t("settings.appearance");
    case "language":
      return t("settings.language");
    case "speech":
      return t("aid.speech");
  }
}

/** The values of a setting in the order they are offered. */
export function choicesOf(setting: HelpSetting): { value: string; label: string }[] {
  switch (setting) {
    case "care":
      return [
        { value: "on", label: t("aid.on") },
        { value: "off", label: t("aid.off") },
      ];
    case "text":
      return TEXT_SIZES.map((value) => ({ value, label: t(`text_size.${value}`) }));
    case "appearance":
      return APPEARANCES.map((value) => ({ value, label: t(`appearance.${value}`) }));
    case "language":
      return LANGUAGES.map(({ code, name }) => ({ value: code, label: name }));
    case "speech":
      return [
        { value: "normal", label: t("aid.speech_normal") },
        { value: "slow", label: t("aid.speech_slow") },
      ];
  }
}

export function valueName(setting: HelpSetting, value: string): string {
  return choicesOf(setting).find((choice) => choice.value === value)?.label ?? "";
}

export async function makeSo(setting: HelpSetting, value: string): Promise<void> {
  switch (setting) {
    case "care":
      preferences.care = value === "on";
      break;
    case "text":
      preferences.textSize = TEXT_SIZES.find((size) => size === value) ?? preferences.textSize;
      break;
    case "appearance":
      preferences.appearance = APPEARANCES.find((one) => one === value) ?? preferences.appearance;
      break;
    case "language":
      if (!isLanguageCode(value)) return;
      remember("language", value);
      await speak(value);
      break;
    case "speech":
      preferences.slowSpeech = value === "slow";
      break;
  }
}
