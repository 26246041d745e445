/** What keeps people out, looked for by axe on every screen; the test files beside this one choose the looks. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import type { Look } from "../browser.ts";
import type { Person } from "../person.ts";
import { useTown } from "./use-town.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Addresses that need nobody else; the others follow from people and chats. */
const PLAIN = [
  "/",
  "/contacts",
  "/contacts/requests",
  "/contacts/groups",
  "/contacts/add",
  "/discover",
  "/scan",
  "/group/new",
  "/chats/folded",
  "/me",
  "/me/code",
  "/me/profile",
  "/me/devices",
  "/me/security",
  "/me/security/password",
  "/me/security/delete",
  "/me/data",
  "/me/invite",
  "/me/settings",
  "/me/settings/notifications",
  "/me/settings/language",
  "/me/settings/appearance",
  "/me/settings/text",
  "/me/settings/storage",
  "/me/settings/about",
];

interface Finding {
  id: string;
  nodes: { html: string; failureSummary?: string }[];
}

/** What axe finds on the screen now, in a few words each. */
async function barriers(person: Person): Promise<string[]> {
  await person.page.evaluate(AXE);
  const found = await person.page.evaluate(async () => {
    const axe = Reflect.get(globalThis, "axe") as { run(): Promise<{ violations: Finding[]; passes: unknown[] }> };
    const { violations, passes } = await axe.run();
    if (passes.length === 0) throw new Error("axe saw nothing to look at");
    return violations;
  });
  return found.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary ?? ""}`));
}

async function settled(person: Person): Promise<void> {
  await person.page.waitForLoadState("networkidle");
  await person.page.evaluate(() => document.fonts.ready.then(() => undefined));
  await person.page.waitForTimeout(150);
}

/** Goes through every screen in each of these looks; axe finds nothing on any. */
export function hasNoBarriers(looks: readonly Partial<Look>[]): void {
  describe.each(looks)("%o", (look) => {
    const town = useTown();

    it("has no barrier on any screen", async () => {
      const met: string[] = [];
      const looksAt = async (person: Person, where: string): Promise<void> => {
        await settled(person);
        met.push(...(await barriers(person)).map((what) => `${where}: ${what}`));
      };

      const lan = await town().arrives("阿兰", look);
      for (const path of ["/", "/sign-in", "/link-this-device", "/i#nothing"]) {
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
      await lan.opensDetails();
      await looksAt(lan, "chat details");
      await lan.page.getByRole("link", { name: lan.t("chat.background") }).click();
      await looksAt(lan, "chat background");
      await lan.makesGroup("一家人", ["小梅"]);
      await looksAt(lan, "group");
      await lan.opensDetails();
      await looksAt(lan, "group details");
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
      expect(met).toEqual([]);
    }, 300_000);
  });
}
