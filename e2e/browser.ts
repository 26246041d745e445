/** A real Chromium, and one context per person, in which everything that must never happen is written down. */

import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import type { Network } from "./network.ts";

/** The last such list counts, so what Playwright switches off is named again. */
const WITHOUT = [
  "AvoidCorsURLLoaderRestartOnRedirect",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsFirstBalancedModeAutoEnable",
  "HttpsUpgrades",
  "LensOverlay",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "AimEnabled",
  "PaintHolding",
  "PreconnectToSearch",
  "ThirdPartyStoragePartitioning",
  // The proposals below the address bar are two pages more for each person: 1.5 s of a core before she begins.
  "WebUIOmniboxAimPopup",
  "WebUIOmniboxFullPopup",
  "WebUIOmniboxPopup",
];

const ARGUMENTS = [
  `--disable-features=${WITHOUT.join(",")}`,
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-device-for-media-stream",
];

const LAUNCH = {
  executablePath: process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium",
  chromiumSandbox: false,
  args: ARGUMENTS,
};

export async function launch(): Promise<Browser> {
  return chromium.launch(LAUNCH);
}

/** A browser of one's own that keeps its files in `folder`, as people have; other contexts keep them encrypted. */
export async function launchWithProfile(folder: string, options: BrowserContextOptions): Promise<BrowserContext> {
  return chromium.launchPersistentContext(folder, { ...LAUNCH, ...options });
}

/** What a person's browser did that it never should: asked another host, broke the policy, threw. */
export class Trouble {
  readonly seen: string[] = [];

  /** Watches all pages of `context`, present and future. */
  async watch(context: BrowserContext, ownOrigin: string): Promise<void> {
    context.on("request", (request) => {
      const url = new URL(request.url());
      const own = url.origin === ownOrigin || url.protocol === "blob:" || url.protocol === "data:";
      if (!own) this.seen.push(`request to ${request.url()}`);
    });
    context.on("weberror", (error) => this.seen.push(`error: ${error.error().stack ?? error.error().message}`));
    context.on("console", (message) => {
      if (/Content Security Policy|TrustedScript|TrustedHTML/i.test(message.text())) this.seen.push(message.text());
    });
    await context.exposeBinding("policyViolated", (_source, what: string) => {
      this.seen.push(`policy: ${what}`);
    });
    await context.addInitScript(() => {
      addEventListener("securitypolicyviolation", (event) => {
        const tell: unknown = Reflect.get(globalThis, "policyViolated");
        if (typeof tell === "function") tell(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
      });
    });
  }
}

export interface Look {
  language: "zh-Hans" | "zh-Hant" | "en";
  theme: "light" | "dark";
  care: boolean;
  size: "phone" | "desktop";
}

export const PHONE = { width: 390, height: 844 };
export const DESKTOP = { width: 1280, height: 800 };
const LOCALES = { "zh-Hans": "zh-CN", "zh-Hant": "zh-TW", en: "en-US" } as const;

/** With a network of her own, a person can lose it. */
export function contextOptions(look: Look, network?: Network): BrowserContextOptions {
  const proxy = network && { server: `socks5://127.0.0.1:${network.port}`, bypass: "<-loopback>" };
  return {
    ...(proxy && { proxy }),
    locale: LOCALES[look.language],
    viewport: look.size === "phone" ? PHONE : DESKTOP,
    hasTouch: look.size === "phone",
    colorScheme: look.theme,
    reducedMotion: "reduce",
    timezoneId: "Asia/Shanghai",
  };
}

/** How many requests each page of a context has made, by path; for "opens offline" and "first load". */
export function requestsOf(page: Page): string[] {
  const paths: string[] = [];
  page.on("request", (request) => paths.push(new URL(request.url()).pathname));
  return paths;
}
