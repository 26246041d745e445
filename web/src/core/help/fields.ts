/**
 * All that a helper can see of a device, and all she can propose to change: this list and nothing else [HP2].
 * The first value of a field is what is taken for one that was not understood.
 */
export const HELP_FIELDS = {
  page: [
    "other",
    "home",
    "chats",
    "chat",
    "chat_info",
    "people",
    "person",
    "requests",
    "code",
    "scan",
    "discover",
    "me",
    "settings",
    "text_size",
    "appearance",
    "language",
    "search",
  ],
  care: ["off", "on"],
  text: ["normal", "small", "large", "larger", "largest"],
  appearance: ["system", "light", "dark"],
  language: ["zh-Hans", "zh-Hant", "en"],
  speech: ["normal", "slow"],
  dark: ["no", "yes"],
  voice: ["no", "yes"],
  notifications: ["off", "on", "refused"],
  width: ["narrow", "wide"],
} as const;

export const HELP_SETTINGS = ["care", "text", "appearance", "language", "speech"] as const;
