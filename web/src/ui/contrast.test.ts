import { describe, expect, it } from "vitest";
import backgrounds from "./backgrounds.css?raw";
import { BACKGROUNDS } from "./backgrounds.ts";
import theme from "./theme.css?raw";

/**
 * Every colour of text on every ground it stands on, computed (WCAG 2.2, 1.4.3 and 1.4.6): 4.5:1 everywhere, 7:1 in
 * care mode. A token nobody listed here fails the last test.
 */

type Look = { dark: boolean; care: boolean };
type Tokens = Map<string, string>;
type Colour = readonly [number, number, number, number];

const LOOKS: [string, Look][] = [
  ["light", { dark: false, care: false }],
  ["dark", { dark: true, care: false }],
  ["care, light", { dark: false, care: true }],
  ["care, dark", { dark: true, care: true }],
];

/** The declarations of the rules whose selector is exactly this, later ones winning. */
function declared(selector: string): Tokens {
  const found: Tokens = new Map();
  for (const [, head = "", body = ""] of theme.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
    if (head.replace(/\/\*[\s\S]*?\*\//g, "").trim() !== selector) continue;
    for (const [, name = "", value = ""] of body.matchAll(/(--[\w-]+):\s*([^;]+);/g)) found.set(name, value.trim());
  }
  return found;
}

/** The tokens as the cascade leaves them. */
function tokensIn({ dark, care }: Look): Tokens {
  return new Map([
    ...declared("body"),
    ...(dark ? declared('html[data-theme="dark"] body') : []),
    ...(care ? declared('html[data-care="on"] body') : []),
    ...(dark && care ? declared('html[data-care="on"][data-theme="dark"] body') : []),
  ]);
}

function parse(written: string): Colour {
  const rgba = /^rgba\((\d+), (\d+), (\d+), ([\d.]+)\)$/.exec(written);
  if (rgba !== null) return [Number(rgba[1]), Number(rgba[2]), Number(rgba[3]), Number(rgba[4])];
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(written)?.[1];
  if (hex === undefined) throw new Error(`not a colour: ${written}`);
  const [r = "", g = "", b = ""] = hex.length === 3 ? [...hex].map((one) => one + one) : (hex.match(/../g) ?? []);
  return [Number.parseInt(r, 16), Number.parseInt(g, 16), Number.parseInt(b, 16), 1];
}

function luminance(rgb: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = rgb.map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(text: string, ground: string): number {
  const [, , , alpha] = parse(text);
  const under = parse(ground);
  const over = parse(text).map((value, place) => value * alpha + (under[place] ?? 0) * (1 - alpha));
  const [one, other] = [luminance(over.slice(0, 3)), luminance(under.slice(0, 3))];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

const GROUNDS = ["--page", "--bar", "--surface", "--surface-2", "--pinned", "--unread-bg"];

/** Text, and what it stands on. */
const PAIRS: [string, readonly string[]][] = [
  ["--text", [...GROUNDS, "--pressed", "--bubble"]],
  ["--text-2", [...GROUNDS, "--bubble"]],
  ["--text-3", GROUNDS],
  ["--link", ["--surface", "--bubble", "--page"]],
  ["--brand-text", ["--page", "--surface", "--surface-2"]],
  ["--on-brand", ["--brand-fill"]],
  ["--danger", ["--surface", "--surface-2", "--pinned", "--page"]],
  ["--bubble-mine-text", ["--bubble-mine"]],
  ["--bubble-link", ["--bubble"]],
  ["--bubble-mine-link", ["--bubble-mine"]],
  ["--text-2", ["--quote"]],
  ["--map-text", ["--map-land"]],
  ["--on-menu", ["--menu"]],
  ["--warn-text", ["--warn-bg"]],
  ["--rail-text", ["--rail"]],
  ["#fff", ["--danger-fill", "--badge", "--act-mark", "--act-hide"]],
];

/** Not text: lines, marks and what is only seen beside its word. */
const NO_TEXT = ["--line", "--focus", "--brand", "--lit", "--map-line"];

const SMALL_ON_BACKGROUNDS = ["--text-2", "--text-3"];

describe.each(LOOKS)("%s", (_name, look) => {
  const tokens = tokensIn(look);
  const colour = (name: string): string => (name.startsWith("#") ? name : (tokens.get(name) ?? ""));
  const least = look.care ? 7 : 4.5;

  it.each(PAIRS.flatMap(([text, grounds]) => grounds.map((ground) => [text, ground] as const)))(
    "%s on %s",
    (text, ground) => {
      expect(contrast(colour(text), colour(ground))).toBeGreaterThanOrEqual(least);
    },
  );

  it.each(BACKGROUNDS)("small words on the background %s", (name) => {
    const rule = look.dark ? `[data-theme="dark"] [data-background="${name}"]` : `[data-background="${name}"]`;
    const drawn = backgrounds.split("}").find((one) =>
      one
        .replace(/\/\*[\s\S]*?\*\//g, "")
        .trim()
        .startsWith(`${rule} {`),
    );
    const colours = new Set(drawn?.match(/#[0-9a-f]{6}\b/gi));
    expect(colours.size).toBeGreaterThan(2);
    for (const ground of colours) {
      for (const text of SMALL_ON_BACKGROUNDS) {
        expect(contrast(colour(text), ground), `${text} on ${ground}`).toBeGreaterThanOrEqual(least);
      }
    }
  });
});

it("knows every colour of the theme", () => {
  const listed = new Set([...PAIRS.flatMap(([text, grounds]) => [text, ...grounds]), ...NO_TEXT]);
  const colours = [...tokensIn({ dark: false, care: false })].filter(([, value]) => /^(#|rgba)/.test(value));
  expect(colours.length).toBeGreaterThan(20);
  expect(colours.map(([name]) => name).filter((name) => !listed.has(name))).toEqual([]);
});
