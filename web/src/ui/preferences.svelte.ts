/** How this person wants the app to look on this device; kept in the browser, never sent anywhere. */

export type Appearance = "system" | "light" | "dark";
export const TEXT_SIZES = ["small", "normal", "large", "larger", "largest"] as const;
export type TextSize = (typeof TEXT_SIZES)[number];

const PREFIX = "hongyan.";

export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null; // storage refused by the browser: the choice lasts as long as the page
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // see `remembered`
  }
}

function oneOf<T extends string>(value: string | null, allowed: readonly T[], otherwise: T): T {
  return allowed.find((known) => known === value) ?? otherwise;
}

class Preferences {
  #appearance = $state<Appearance>(oneOf(remembered("appearance"), ["system", "light", "dark"], "system"));
  #care = $state(remembered("care") === "on");
  #dark = $state(false);
  #slowSpeech = $state(remembered("speech") === "slow");
  #textSize = $state<TextSize>(oneOf(remembered("text"), TEXT_SIZES, "normal"));

  get appearance(): Appearance {
    return this.#appearance;
  }
  set appearance(value: Appearance) {
    this.#appearance = value;
    remember("appearance", value);
    this.show();
  }

  get care(): boolean {
    return this.#care;
  }
  set care(value: boolean) {
    this.#care = value;
    remember("care", value ? "on" : "off");
    this.show();
  }

  get textSize(): TextSize {
    return this.#textSize;
  }
  set textSize(value: TextSize) {
    this.#textSize = value;
    remember("text", value);
    this.show();
  }

  /** What is read aloud is read slowly. */
  get slowSpeech(): boolean {
    return this.#slowSpeech;
  }
  set slowSpeech(value: boolean) {
    this.#slowSpeech = value;
    remember("speech", value ? "slow" : "normal");
  }

  /** What is on the screen now, whether chosen or the system's. */
  get isDark(): boolean {
    return this.#dark;
  }

  /** The next size up or down; null at the end of the scale. */
  stepText(by: 1 | -1): TextSize | null {
    const next = TEXT_SIZES[TEXT_SIZES.indexOf(this.#textSize) + by];
    if (next === undefined) return null;
    this.textSize = next;
    return next;
  }

  /** An invitation may ask for care mode; a choice the person has made herself stays. */
  suggestCare(): void {
    if (remembered("care") === null) this.care = true;
  }

  /** The document shows the choices. WeUI's tokens hang on the body, ours on the root. */
  show(): void {
    const systemDark = typeof matchMedia === "function" && matchMedia("(prefers-color-scheme: dark)").matches;
    const dark = this.#appearance === "dark" || (this.#appearance === "system" && systemDark);
    const { documentElement: root, body } = document;
    this.#dark = dark;
    root.dataset["theme"] = dark ? "dark" : "light";
    root.dataset["text"] = this.#textSize;
    root.dataset["care"] = this.#care ? "on" : "off";
    body.dataset["weuiTheme"] = dark ? "dark" : "light";
    if (this.#care) body.dataset["weuiMode"] = "care";
    else delete body.dataset["weuiMode"];
  }

  /** Keeps up with the system's own switch between light and dark. */
  follow(): void {
    this.show();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.show());
  }
}

export const preferences = new Preferences();
