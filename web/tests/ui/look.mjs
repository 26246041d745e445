/**
 * Opens the scripted app in Chromium, takes a picture of each screen and lets axe look at it.
 *
 * `npx vite build --config tests/ui/preview.config.ts && node tests/ui/look.mjs [folder] [only…]`. Pages are served with the
 * product's Content-Security-Policy; a violation, a script error or an axe finding makes the run fail.
 */

import { mkdir, readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { chromium } from "playwright-core";

const built = process.env.PREVIEW_OUT ?? "/tmp/hongyan-preview";
const out = process.argv[2] ?? "/tmp/hongyan-looks";
const only = process.argv.slice(3);
const TYPES = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
};
const CSP =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types default svelte-trusted-html";

const server = createServer(async (request, response) => {
  const path = new URL(request.url, "http://x").pathname;
  const name = extname(path) === "" ? "/index.html" : path;
  if (path === "/service-worker.js") {
    response.writeHead(200, { "content-type": "text/javascript" }).end();
    return;
  }
  try {
    const bytes = await readFile(join(built, name));
    response.writeHead(200, {
      "content-type": TYPES[extname(name)] ?? "application/octet-stream",
      "content-security-policy": CSP,
    });
    response.end(bytes);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const origin = `http://127.0.0.1:${server.address().port}`;
await mkdir(out, { recursive: true });

const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
  ],
});

const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 800 };
const axe = await readFile(new URL("../../node_modules/axe-core/axe.min.js", import.meta.url), "utf8");

/** name, path, scene, and what to do before looking */
const SCREENS = [
  ["welcome", "/", "new"],
  ["welcome-paste", "/", "new", async (page) => page.locator("button.button").first().click()],
  ["join", "/i#abc.def.ghi", "new"],
  ["join-owner", "/i#abc", "owner"],
  ["sign-in", "/sign-in", "new"],
  ["link-this", "/link-this-device", "new"],
  ["elsewhere", "/", "elsewhere"],
  ["no-storage", "/", "no_storage"],
  ["chats", "/", "village"],
  ["chats-empty", "/", "empty"],
  ["chats-offline", "/", "offline"],
  ["chats-plus", "/", "village", async (page) => page.locator("header .act").first().click()],
  ["chat", "/chat/d:2", "village"],
  ["chat-group", "/chat/g:aa", "village"],
  ["chat-emoji", "/chat/d:2", "village", async (page) => page.locator("button.tool").click()],
  ["chat-menu", "/chat/d:2", "village", async (page) => page.locator(".bubble").nth(2).click({ button: "right" })],
  ["chat-more", "/chat/d:2", "village", async (page) => page.locator("button.tool").nth(1).click()],
  [
    "chat-menu-group",
    "/chat/g:aa",
    "village",
    async (page) => page.locator(".bubble").nth(5).click({ button: "right" }),
  ],
  [
    "chat-select",
    "/chat/g:aa",
    "village",
    async (page) => {
      await page.locator(".bubble").nth(5).click({ button: "right" });
      await page.locator("[data-action=select]").click();
    },
  ],
  [
    "chat-quote",
    "/chat/g:aa",
    "village",
    async (page) => {
      await page.locator(".bubble").nth(5).click({ button: "right" });
      await page.locator("[data-action=quote]").click();
    },
  ],
  ["chat-mention", "/chat/g:aa", "village", async (page) => page.locator("textarea").pressSequentially("@")],
  ["forward", "/forward#m14", "village"],
  ["favourites", "/me/favourites", "village"],
  ["favourite", "/me/favourite/f5", "village"],
  ["record", "/chat/g:aa", "village", async (page) => page.locator("a[href$=record]").click()],
  ["place", "/chat/g:aa", "village", async (page) => page.locator(".frame a[href$=place]").click()],
  ["send-place", "/chat/d:2/place", "village", async (page) => page.locator("#place-at").fill("25.033, 121.565")],
  ["send-card", "/chat/d:2/card", "village"],
  ["chat-info", "/chat/d:2/info", "village"],
  ["group-info", "/chat/g:aa/info", "village"],
  ["group-leave", "/chat/g:aa/info", "village", async (page) => page.locator("main button.cell").last().click()],
  ["group-name", "/chat/g:aa/info", "village", async (page) => page.locator("main button.cell").first().click()],
  ["group-members", "/chat/g:aa/members", "village"],
  ["group-new", "/group/new", "village", async (page) => page.locator(".detail label.line").nth(2).click()],
  ["contacts", "/contacts", "village"],
  ["contacts-empty", "/contacts", "empty"],
  ["requests", "/contacts/requests", "village"],
  ["groups", "/contacts/groups", "village"],
  [
    "add",
    "/contacts/add",
    "village",
    async (page) => {
      await page.locator("#wanted").fill("黄阿姨");
      await page.locator("#wanted").press("Enter");
    },
  ],
  ["person", "/person/2", "village"],
  ["safety", "/person/2/safety", "village"],
  ["friend-link", "/i#abc.def.ghi", "village"],
  ["discover", "/discover", "village"],
  ["scan", "/scan", "village"],
  ["me", "/me", "village"],
  ["profile", "/me/profile", "village"],
  ["my-code", "/me/code", "village"],
  ["devices", "/me/devices", "village"],
  ["approve", "/l#abc.def", "village"],
  ["security", "/me/security", "village"],
  ["password", "/me/security/password", "village"],
  ["delete-account", "/me/security/delete", "village"],
  ["data", "/me/data", "village"],
  ["invite", "/me/invite", "village"],
  ["invited", "/me/invite", "village", async (page) => page.locator("form button.primary").click()],
  ["settings", "/me/settings", "village"],
  ["language", "/me/settings/language", "village"],
  ["appearance", "/me/settings/appearance", "village"],
  ["text-size", "/me/settings/text", "village"],
  ["storage", "/me/settings/storage", "village"],
  ["about", "/me/settings/about", "village"],
];

const LOOKS = [
  ["light", { appearance: "light" }, PHONE, "zh-Hans"],
  ["dark", { appearance: "dark" }, PHONE, "zh-Hans"],
  ["care", { appearance: "light", care: "on" }, PHONE, "zh-Hans"],
  ["caredark", { appearance: "dark", care: "on" }, PHONE, "zh-Hans"],
  ["en", { appearance: "light" }, PHONE, "en"],
  ["wide", { appearance: "light" }, DESKTOP, "zh-Hans"],
  ["widedark", { appearance: "dark" }, DESKTOP, "zh-Hant"],
  ["carewide", { appearance: "light", care: "on" }, DESKTOP, "zh-Hans"],
  ["huge", { appearance: "light", text: "largest" }, PHONE, "en"],
];

let faults = 0;
const wantedLooks = only.filter((name) => LOOKS.some(([look]) => look === name));
const wantedScreens = only.filter((name) => !wantedLooks.includes(name));
for (const [look, choices, viewport, language] of LOOKS) {
  if (wantedLooks.length > 0 && !wantedLooks.includes(look)) continue;
  const touch = viewport === PHONE;
  const context = await browser.newContext({
    viewport,
    deviceScaleFactor: 1,
    hasTouch: touch,
    isMobile: touch,
    locale: language,
    bypassCSP: false,
  });
  await context.addInitScript(
    ({ kept, spoken }) => {
      for (const [name, value] of Object.entries(kept)) localStorage.setItem(`hongyan.${name}`, value);
      localStorage.setItem("hongyan.language", spoken);
      const stranger = /scene=(new|owner|grandma)/.test(location.search);
      localStorage.setItem("hongyan.here", stranger ? "no" : "yes");
    },
    { kept: choices, spoken: language },
  );
  for (const [name, path, scene, prepare] of SCREENS) {
    if (wantedScreens.length > 0 && !wantedScreens.includes(name)) continue;
    const page = await context.newPage();
    const problem = (text) => {
      faults += 1;
      process.stdout.write(`${look}/${name}: ${text}\n`);
    };
    page.on("pageerror", (error) => problem(error.message));
    page.on("console", (message) => message.type() === "error" && problem(message.text()));
    const [bare, hash] = path.split("#");
    await page.goto(`${origin}${bare}?scene=${scene}${hash === undefined ? "" : `#${hash}`}`);
    await page.locator("h1:visible").first().waitFor();
    await page.waitForTimeout(250);
    try {
      if (prepare) {
        await prepare(page);
        await page.waitForTimeout(350);
      }
    } catch (error) {
      problem(String(error).split("\n")[0]);
    }
    await page.screenshot({ path: join(out, `${look}-${name}.png`) });
    const sideways = await page.evaluate(
      () =>
        document.documentElement.scrollWidth > innerWidth ||
        [...document.querySelectorAll(".body, .scroller, .page")].some((box) => box.scrollWidth > box.clientWidth + 1),
    );
    if (sideways) problem("wider than the window");
    const session = await page.context().newCDPSession(page);
    await session.send("Runtime.evaluate", { expression: axe }); // by the debugger: the page's own policy stays in force
    const found = await page.evaluate(async () =>
      (await globalThis.axe.run(document, { rules: { "target-size": { enabled: true } } })).violations.map(
        (violation) =>
          `${violation.id}: ${violation.nodes
            .map((node) => `${node.target.join(" ")} ${node.any.map((check) => check.message).join("; ")}`)
            .slice(0, 3)
            .join(" | ")}`,
      ),
    );
    for (const violation of found) problem(violation);
    await page.close();
  }
  await context.close();
}
await browser.close();
server.close();
process.stdout.write(`${faults} faults\n`);
process.exitCode = faults === 0 ? 0 : 1;
