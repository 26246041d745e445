/** A person with a browser: what she does and what she sees, in her own language. */

import type { BrowserContext, Locator, Page } from "playwright-core";
import type { Key } from "../web/src/i18n/message.ts";
import type { Look, Trouble } from "./browser.ts";
import type { Made } from "./made.ts";
import type { Network } from "./network.ts";
import { scan } from "./qr.ts";
import { say } from "./words.ts";

const SOON_MS = 30_000;
const PICKED_WITHIN_MS = 250;

const CHANGES: ReadonlySet<Key> = new Set<Key>(["action.edit", "action.recall"]);

export class Person {
  constructor(
    readonly name: string,
    readonly page: Page,
    readonly context: BrowserContext,
    readonly network: Network,
    readonly look: Look,
    readonly trouble: Trouble,
    readonly url: string,
  ) {
    page.setDefaultTimeout(SOON_MS);
  }

  t(key: Key, values: Record<string, string | number> = {}): string {
    return say(this.look.language, key, values);
  }

  button(key: Key, values: Record<string, string | number> = {}): Locator {
    return this.page.getByRole("button", { name: this.t(key, values), exact: true });
  }

  field(key: Key): Locator {
    return this.page.getByLabel(this.t(key), { exact: true });
  }

  /** Waits until these words are on the screen. */
  async sees(text: string): Promise<void> {
    await this.page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  async seesWords(key: Key, values: Record<string, string | number> = {}): Promise<void> {
    await this.sees(this.t(key, values));
  }

  /** Goes to a page of the app without loading it anew, as a tap on a link does. */
  async goes(path: string): Promise<void> {
    await this.page.evaluate((target) => {
      const link = document.createElement("a");
      link.href = target;
      document.body.append(link);
      link.click();
      link.remove();
    }, path);
  }

  async opens(link: string): Promise<void> {
    await this.page.goto(link);
  }

  // --- joining -----------------------------------------------------------------------------------------------

  /** Opens an invitation, says her name, is in. */
  async joins(link: string): Promise<void> {
    await this.opens(link);
    await this.field("join.name").fill(this.name);
    await this.button("join.join").click();
    await this.arrivesAtChats();
  }

  async isIn(): Promise<void> {
    await this.page.locator("main#content").waitFor();
  }

  /** After joining or signing in the app leads to the chats by itself. */
  async arrivesAtChats(): Promise<void> {
    await this.page.waitForURL((url) => url.pathname === "/" && url.hash === "");
    await this.isIn();
  }

  /** The owner makes an invitation; returns the link that its QR code holds. */
  async invites(uses = 1, care = false): Promise<string> {
    await this.goes("/me"); // a code made before is put away
    await this.goes("/me/invite");
    await this.field("invite.uses").fill(String(uses));
    if (care) await this.page.getByRole("switch").click();
    await this.button("invite.create").click();
    return scan(this.page.getByRole("img", { name: this.t("invite.code_label") }));
  }

  /** The link in her own QR code: whoever opens it becomes her friend. */
  async showsCode(): Promise<string> {
    await this.goes("/me/code");
    return scan(this.page.getByRole("img", { name: this.t("code.label", { name: this.name }) }));
  }

  // --- friends -----------------------------------------------------------------------------------------------

  async asksFriend(name: string, greeting: string): Promise<void> {
    await this.goes("/contacts/add");
    await this.field("add.label").fill(name);
    await this.button("add.find").click();
    await this.field("add.greeting_label").fill(greeting);
    await this.button("add.ask").click();
    await this.seesWords("requests.sent");
  }

  async accepts(name: string, greeting: string): Promise<void> {
    await this.goes("/contacts/requests");
    await this.sees(greeting);
    const line = this.page.getByRole("listitem").filter({ hasText: name });
    await line.getByRole("button", { name: this.t("requests.accept") }).click();
    await this.writing().waitFor();
  }

  /** Opens a scanned friend's code while being in already. */
  async befriendsBy(link: string): Promise<void> {
    await this.goes(new URL(link).pathname + new URL(link).hash);
    await this.button("add.ask").click();
  }

  /** Waits until `name` is among her contacts. */
  async isFriendOf(name: string): Promise<void> {
    await this.goes("/contacts");
    await this.page.getByRole("link", { name }).filter({ visible: true }).first().waitFor();
  }

  async setsPassword(password: string): Promise<void> {
    await this.goes("/me/security/password");
    await this.field("password.new").fill(password);
    await this.field("password.again").fill(password);
    await this.button("common.done").click();
    await this.seesWords("password.done");
  }

  // --- talking -----------------------------------------------------------------------------------------------

  writing(): Locator {
    return this.page.getByRole("textbox", { name: this.t("chat.write") });
  }

  /** Opens a chat from the list by its title. */
  async talksWith(title: string): Promise<void> {
    await this.opensChats();
    await this.row(title).click();
    await this.writing().waitFor();
  }

  /** The chat list: in care mode it is a page behind the first one. */
  async opensChats(): Promise<void> {
    const care = await this.page.evaluate(() => document.documentElement.dataset["care"] === "on");
    await this.goes(care ? "/chats" : "/");
  }

  /** The lines of the chat list. */
  rows(): Locator {
    return this.page.getByRole("list", { name: this.t("chats.title"), exact: true }).getByRole("link");
  }

  row(title: string): Locator {
    return this.rows().filter({ has: this.page.getByText(title, { exact: true }) });
  }

  async says(text: string): Promise<void> {
    await this.writing().fill(text);
    await this.button("chat.send").click();
  }

  /** Says all of these as fast as the app takes them: for a chat that has to be long. */
  async saysAll(texts: readonly string[]): Promise<void> {
    await this.writing().evaluate(
      async (box, [all, label]) => {
        const pause = () => new Promise((resolve) => setTimeout(resolve));
        if (!(box instanceof HTMLTextAreaElement)) throw new Error("nothing to write in");
        for (const text of all) {
          box.value = text;
          box.dispatchEvent(new Event("input", { bubbles: true }));
          await pause();
          [...document.querySelectorAll("button")].find((one) => one.textContent?.trim() === label)?.click();
          while (box.value !== "") await pause();
        }
      },
      [texts, this.t("chat.send")] as const,
    );
  }

  /** All that is said in the open chat, oldest first. */
  bubbles(): Locator {
    return this.page.getByRole("article");
  }

  bubble(text: string): Locator {
    return this.bubbles().filter({ hasText: text });
  }

  async reads(text: string): Promise<void> {
    await this.bubble(text).first().waitFor();
  }

  /** Waits until nothing in the open chat is on its way any more. */
  async allSent(): Promise<void> {
    await this.page
      .getByRole("img", { name: this.t("message.sending") })
      .first()
      .waitFor({ state: "hidden" });
  }

  // --- photos and files --------------------------------------------------------------------------------------

  /** Opens the + panel and chooses these from the album. */
  async picksPhotos(photos: readonly Made[]): Promise<void> {
    await this.chooses("more.album", photos);
  }

  /** Opens the + panel and chooses these as files. */
  async picksFiles(files: readonly Made[]): Promise<void> {
    await this.chooses("more.file", files);
  }

  private async chooses(entry: Key, files: readonly Made[]): Promise<void> {
    const [chooser] = await Promise.all([this.page.waitForEvent("filechooser"), this.opensMore(entry)]);
    await chooser.setFiles([...files]);
  }

  /** Holds the button as long as it takes, and lets go there or above it. */
  async holdsToTalk(ms: number, { slidesUp = false } = {}): Promise<void> {
    const hold = this.button("voice.hold");
    const box = await hold.boundingBox();
    if (box === null) throw new Error("no button to hold");
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    await this.page.mouse.move(x, y);
    await this.page.mouse.down();
    await this.page.waitForTimeout(ms);
    if (slidesUp) await this.page.mouse.move(x, y - 200, { steps: 4 });
    await this.page.mouse.up();
  }

  /** The pictures in the open chat, oldest first. */
  pictures(): Locator {
    return this.button("media.open_picture");
  }

  // --- with messages -----------------------------------------------------------------------------------------

  /** Opens the menu of what was said, and takes one of its actions. */
  async doesWith(text: string, action: Key): Promise<void> {
    if (CHANGES.has(action)) {
      // The menu is of the message as it was when it was held, and what is still on its way cannot be changed.
      await this.bubble(text).first().waitFor();
      await this.allSent();
    }
    await this.opensMenuOf(text);
    await this.page.getByRole("menuitem", { name: this.t(action), exact: true }).click();
  }

  async reactsTo(text: string, emoji: string): Promise<void> {
    await this.opensMenuOf(text);
    await this.page.getByRole("menuitemcheckbox", { name: emoji, exact: true }).click();
  }

  private async opensMenuOf(text: string): Promise<void> {
    await this.bubble(text).first().click({ button: "right" });
    await this.page.getByRole("menu").waitFor();
  }

  /** Opens the + panel and takes one of its entries. */
  async opensMore(entry: Key): Promise<void> {
    const panel = this.page.getByRole("list", { name: this.t("chat.more") });
    if (!(await panel.isVisible())) await this.button("chat.more").click();
    await panel.getByText(this.t(entry), { exact: true }).click();
  }

  // --- groups ------------------------------------------------------------------------------------------------

  async makesGroup(name: string, people: readonly string[]): Promise<void> {
    await this.goes("/group/new");
    for (const person of people) await this.picks(person);
    await this.button("group.create").click();
    await this.answersLine(name);
    await this.writing().waitFor();
  }

  /** Ticks somebody; a list that is still coming may take back the first tap. */
  async picks(person: string): Promise<void> {
    const box = this.page.getByRole("checkbox", { name: person });
    const until = Date.now() + SOON_MS;
    await box.waitFor({ state: "attached" });
    while (!(await box.isChecked())) {
      if (Date.now() > until) throw new Error(`${person} cannot be ticked`);
      await box.click({ force: true });
      await this.page.waitForTimeout(PICKED_WITHIN_MS);
    }
  }

  /** Types into the dialog that asks for one line. */
  async answersLine(text: string): Promise<void> {
    const dialog = this.page.getByRole("dialog");
    await dialog.getByRole("textbox").fill(text);
    await dialog.getByRole("button", { name: this.t("common.done"), exact: true }).click();
  }

  /** Confirms the question on the screen. */
  async confirms(key: Key): Promise<void> {
    await this.page
      .getByRole("dialog")
      .getByRole("button", { name: this.t(key), exact: true })
      .click();
  }

  /** From the open chat to its page of details. */
  async opensDetails(): Promise<void> {
    await this.page.getByRole("link", { name: this.t("chat.info"), exact: true }).click();
  }

  async removesFromGroup(person: string): Promise<void> {
    await this.opensDetails();
    await this.page.getByRole("link", { name: this.t("group.remove"), exact: true }).click();
    await this.picks(person);
    await this.button("group.remove").click();
    await this.confirms("group.remove");
    await this.seesWords("group.info", { count: 2 });
  }

  // --- searching ---------------------------------------------------------------------------------------------

  /** Types into the field of the search page that is open. */
  async searches(text: string): Promise<void> {
    await this.page.getByRole("searchbox").filter({ visible: true }).fill(text);
  }

  /** The lines under one heading of what was found. */
  found(heading: string): Locator {
    const title = /^(search|favourites)\./.test(heading) ? this.t(heading as Key) : heading;
    return this.page.getByRole("region", { name: title, exact: true }).getByRole("listitem");
  }

  // --- bad days ----------------------------------------------------------------------------------------------

  async losesNetwork(): Promise<void> {
    this.network.sever();
    await this.context.setOffline(true);
    const waiting = this.t("banner.offline_waiting", { count: 2 }).replace("2", "\\d+");
    await this.page
      .getByText(new RegExp(`${this.t("banner.offline")}|${waiting}`))
      .filter({ visible: true })
      .first()
      .waitFor();
  }

  async findsNetwork(): Promise<void> {
    this.network.mend();
    await this.context.setOffline(false);
  }

  async reloads(): Promise<void> {
    await this.page.reload();
    await this.isIn();
  }
}
