/** What keeps people out, looked for by axe on every screen; the test files beside this one choose the looks. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import type { Look } from "../browser.ts";
import { picture } from "../made.ts";
import type { Person } from "../person.ts";
import { scan } from "../qr.ts";
import { issues, opensCurrency, setsPin } from "../wallet.ts";
import { useTown } from "./use-town.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Addresses that need nobody else; the others follow from people and chats. */
const PLAIN = [
  "/",
  "/chats",
  "/care/write",
  "/care/photo",
  "/care/help",
  "/contacts",
  "/contacts/requests",
  "/contacts/groups",
  "/contacts/add",
  "/discover",
  "/scan",
  "/group/new",
  "/search",
  "/chats/folded",
  "/me",
  "/me/code",
  "/me/profile",
  "/me/profile/picture",
  "/me/devices",
  "/me/security",
  "/me/security/password",
  "/me/security/delete",
  "/me/data",
  "/me/invite",
  "/me/settings",
  "/me/settings/notifications",
  "/me/settings/blocked",
  "/me/settings/privacy",
  "/me/settings/language",
  "/me/settings/appearance",
  "/me/settings/text",
  "/me/settings/storage",
  "/me/settings/transfer",
  "/me/settings/backup",
  "/me/settings/backup/pin",
  "/me/settings/backup/friends",
  "/me/settings/backup/file",
  "/me/settings/backup/from-file",
  "/me/favourites",
  "/me/settings/about",
  "/me/settings/community",
  "/me/settings/community/members",
  "/me/settings/community/invitations",
  "/me/settings/community/storage",
  "/me/settings/community/health",
  "/me/settings/community/record",
];

/** Addresses that a stranger opens. */
const BEFORE = ["/", "/sign-in", "/link-this-device", "/restore", "/restore/file", "/restore/friends", "/i#nothing"];

/** Addresses of the wallet, once it is open. */
export const OF_WALLET = [
  "/wallet",
  "/wallet/pin",
  "/wallet/receive",
  "/wallet/top-up",
  "/wallet/passkeys",
  "/wallet/limits",
  "/wallet/family",
  "/wallet/shops",
  "/wallet/pay",
  "/wallet/treasury",
  "/wallet/treasury/rules",
  "/wallet/treasury/issue",
  "/wallet/bill",
];

/** Pages of a shop, after its address. */
const OF_SHOP = ["", "/webhook", "/certificates"];

/** Pages of a group, after its address. */
const OF_GROUP = [
  "/members",
  "/add",
  "/remove",
  "/code",
  "/announcement",
  "/manage",
  "/requests",
  "/admins",
  "/admins/add",
  "/hand-over",
  "/place",
  "/card",
  "/favourites",
];

interface Finding {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

interface Axe {
  run(options: object): Promise<{ violations: Finding[]; passes: unknown[] }>;
}

/** All that depends on colours; everything else is the same in the dark. */
const OF_COLOURS = ["color-contrast", "link-in-text-block"];

/** What axe finds on the screen now, in a few words each; in care mode also what is below 7:1 or 48 pixels. */
export async function barriers(person: Person): Promise<string[]> {
  const { care } = person.look;
  return [...(await seenByAxe(person, care)), ...(care ? await tooSmall(person) : [])];
}

/** The same screen in the other colours. */
async function barriersInTheDark(person: Person): Promise<string[]> {
  await turns(person, "dark");
  const found = await seenByAxe(person, person.look.care, OF_COLOURS);
  await turns(person, "light");
  return found.map((what) => `in the dark: ${what}`);
}

async function turns(person: Person, theme: "light" | "dark"): Promise<void> {
  await person.page.evaluate(() => {
    // Else one element after the other takes its colour over, a frame each.
    if (Reflect.has(globalThis, "atOnce")) return;
    const atOnce = new CSSStyleSheet();
    atOnce.replaceSync("*, ::before, ::after { transition: none !important }");
    document.adoptedStyleSheets.push(atOnce);
    Reflect.set(globalThis, "atOnce", atOnce);
  });
  await person.page.emulateMedia({ colorScheme: theme });
  await person.page.locator(`html[data-theme=${theme}]`).waitFor();
  const changing = await person.page.evaluate(() =>
    document.getAnimations().some((one) => one instanceof CSSTransition),
  );
  if (changing) throw new Error("the colours are still changing");
}

const TARGET_PX = 48;

/** Whatever can be tapped and is smaller; a hidden field counts with its label, a link in a sentence not at all. */
async function tooSmall(person: Person): Promise<string[]> {
  return person.page.evaluate((least) => {
    const all = [...document.querySelectorAll<HTMLElement>("a[href], button, input, textarea, select, [role=switch]")];
    return all.flatMap((element) => {
      const target = element.matches("input.unseen") ? (element.closest("label") ?? element) : element;
      if (
        !target.checkVisibility({ visibilityProperty: true }) ||
        target.closest("[inert], .skip, [aria-hidden=true]") !== null
      )
        return [];
      if (getComputedStyle(target).display === "inline") return [];
      const { width, height } = target.getBoundingClientRect();
      if (width === 0 || (width >= least - 0.5 && height >= least - 0.5)) return [];
      return [`target of ${Math.round(width)} × ${Math.round(height)}: ${target.outerHTML.slice(0, 160)}`];
    });
  }, TARGET_PX);
}

async function seenByAxe(person: Person, enhanced: boolean, only?: readonly string[]): Promise<string[]> {
  if (!(await person.page.evaluate(() => Reflect.has(globalThis, "axe")))) await person.page.evaluate(AXE);
  const found = await person.page.evaluate(
    async ([strict, rules]) => {
      const axe = Reflect.get(globalThis, "axe") as Axe;
      const { violations, passes } = await axe.run({
        resultTypes: ["violations"],
        rules: { "color-contrast-enhanced": { enabled: strict } },
        ...(rules && { runOnly: strict ? [...rules, "color-contrast-enhanced"] : rules }),
      });
      if (rules === null && passes.length === 0) throw new Error("axe saw nothing to look at");
      return violations;
    },
    [enhanced, only ?? null] as const,
  );
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ""}`));
}

const QUIET_MS = 250;
const SETTLED_WITHIN_MS = 5_000;

/** Until a page is there and nothing on it has changed for a moment. */
export async function settled(person: Person): Promise<void> {
  await person.page.locator("h1").first().waitFor({ state: "attached" });
  await person.page.evaluate(
    async ([quietMs, mostMs]) => {
      await document.fonts.ready;
      await new Promise<void>((done) => {
        const end = (): void => {
          changes.disconnect();
          clearTimeout(most);
          clearTimeout(quiet);
          done();
        };
        const changes = new MutationObserver(() => {
          clearTimeout(quiet);
          quiet = setTimeout(end, quietMs);
        });
        const most = setTimeout(end, mostMs);
        let quiet = setTimeout(end, quietMs);
        changes.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
      });
    },
    [QUIET_MS, SETTLED_WITHIN_MS] as const,
  );
}

/** Goes through every screen in this look, and where it is light also in the dark; axe finds nothing on any. */
export function hasNoBarriers(look: Partial<Look>): void {
  describe(JSON.stringify(look), () => {
    const town = useTown({ installs: true });

    it("has no barrier on any screen", async () => {
      const met: string[] = [];
      const looksAt = async (person: Person, where: string): Promise<void> => {
        await settled(person);
        const found = await barriers(person);
        if (person.look.theme === "light") found.push(...(await barriersInTheDark(person)));
        met.push(...found.map((what) => `${where}: ${what}`));
      };

      const lan = await town().arrives("阿兰", look);
      for (const path of BEFORE) {
        await lan.opens(lan.url + path);
        await looksAt(lan, `before joining ${path}`);
      }
      await lan.opens(town().server.ownerLink);
      await lan.field("join.name").waitFor();
      await looksAt(lan, "invitation");
      await lan.joins(town().server.ownerLink);
      await looksAt(lan, "no chat yet");

      const mei = await town().friendOf(lan, "小梅", { language: look.language ?? "zh-Hans" });
      await lan.talksWith("小梅");
      await lan.says("字够大吗？");
      await lan.allSent();
      await looksAt(lan, "chat");
      await lan.button("chat.emoji").click();
      await looksAt(lan, "emoji");
      for (const tab of ["sticker.own_all", "sticker.goose"] as const) {
        await lan.page.getByRole("tab", { name: lan.t(tab) }).click();
        await looksAt(lan, tab);
      }
      await lan.button("chat.more").last().click(); // on a desk the list beside it has one, too
      await looksAt(lan, "more");
      await lan.bubble("字够大吗？").click({ button: "right" });
      await lan.page.getByRole("menu").waitFor();
      await looksAt(lan, "menu of a message");
      await lan.page.keyboard.press("Escape");
      const onTelephone = look.size === "phone"; // the lists are the same on a desk
      if (onTelephone) {
        await lan.picksPhotos([await picture(lan.page, "饺子.jpg", { width: 800, height: 600 })]);
        await lan.button("chat.send").last().click();
        await lan.pictures().first().waitFor();
        await lan.allSent();
        await looksAt(lan, "picture");
      }
      await lan.opensDetails();
      await looksAt(lan, "chat details");
      await lan.page.getByRole("link", { name: lan.t("chat.background") }).click();
      await looksAt(lan, "chat background");
      await lan.page.goBack();
      await lan.page.getByRole("link", { name: lan.t("search.in_chat") }).click();
      await looksAt(lan, "search in a chat");
      await lan.button("search.by_date").click();
      await looksAt(lan, "search by date");
      await lan.goes("/search");
      await lan.searches("字");
      await lan.found("search.messages").first().waitFor();
      await looksAt(lan, "search results");
      await lan.makesGroup("一家人", ["小梅"]);
      await looksAt(lan, "group");
      await lan.opensDetails();
      await looksAt(lan, "group details");
      const group = new URL(lan.page.url()).pathname.replace(/\/info$/, "");
      for (const page of onTelephone ? OF_GROUP : []) {
        await lan.goes(group + page);
        await looksAt(lan, `group ${page}`);
      }
      await mei.goes("/contacts");
      await lan.goes("/contacts");
      await lan.page.getByRole("link", { name: "小梅" }).first().click();
      await looksAt(lan, "person");
      await lan.page.getByRole("link", { name: lan.t("safety.title") }).click();
      await looksAt(lan, "safety number");
      for (const path of PLAIN) {
        await lan.goes(path);
        await looksAt(lan, path);
      }
      await lan.goes("/me/settings/community/members");
      await lan.page.getByRole("main").getByRole("link", { name: "小梅" }).last().click();
      await lan.seesWords("admin.last_seen");
      await looksAt(lan, "a member, as the owner sees her");
      await lan.goes("/wallet");
      await looksAt(lan, "wallet that is not open");
      await lan.goes("/wallet/treasury");
      await looksAt(lan, "opening the wallet");
      await opensCurrency(lan);
      await setsPin(lan);
      await issues(lan, "小梅", "100");
      for (const path of onTelephone ? [...OF_WALLET, `${group}/packet`] : OF_WALLET.slice(0, 1)) {
        await lan.goes(path);
        await looksAt(lan, path);
      }
      if (onTelephone) {
        await lan.goes("/wallet/shops");
        await lan.button("shop.open").click();
        await lan.page.getByRole("dialog").getByRole("textbox").fill("面馆");
        await lan.page.getByRole("dialog").locator("button[type=submit]").click();
        await lan.page.waitForURL("**/wallet/shop/*");
        const shop = new URL(lan.page.url()).pathname;
        for (const page of OF_SHOP) {
          await lan.goes(shop + page);
          await looksAt(lan, `shop ${page}`);
        }
      }
      await lan.goes("/wallet/treasury/issue");
      await lan.field("treasury.to").fill("小梅");
      await lan.page.getByLabel(lan.t("wallet.amount")).fill("1");
      await lan.field("treasury.reason").fill("买菜");
      await lan.button("treasury.next").click();
      await lan.page.getByRole("dialog").waitFor();
      await looksAt(lan, "confirming a payment");
      await lan.page.keyboard.press("Escape");
      await lan.goes("/wallet/pay");
      const code = new URL(await scan(lan.page.getByRole("img", { name: /[0-9]{20}/ })));
      await lan.goes("/me");
      await mei.goes(code.pathname + code.hash);
      await mei.page.getByLabel(mei.t("charge.amount")).fill("1");
      await mei.button("charge.go").click();
      await lan.page.getByRole("dialog").waitFor();
      await looksAt(lan, "asked to pay by code");
      expect(met).toEqual([]);
    }, 300_000);
  });
}
