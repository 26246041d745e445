/** The place of a journey: one server, one browser, and the people who arrive during the story. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { contextOptions, type Look, launch, launchWithProfile, Trouble } from "./browser.ts";
import { Network } from "./network.ts";
import { Person } from "./person.ts";
import { Server } from "./server.ts";

export const CHINESE_PHONE: Look = { language: "zh-Hans", theme: "light", care: false, size: "phone" };

export class Town {
  private constructor(
    readonly server: Server,
    readonly browser: Browser,
    private readonly profiles: string | null,
    private readonly installs: boolean,
  ) {}

  readonly people: Person[] = [];
  private readonly networks: Network[] = [];

  /**
   * With `profiles` everybody has a browser of her own with files on disk: as fast as in life, and heavier. With
   * `installs` browsers keep the app on the device, which costs each a second: for what is done offline or by push.
   */
  static async found({
    profiles = false,
    installs = false,
    settings = {},
  }: {
    profiles?: boolean;
    installs?: boolean;
    settings?: Record<string, string>;
  } = {}): Promise<Town> {
    const [server, browser] = await Promise.all([Server.start(settings), launch()]);
    return new Town(
      server,
      browser,
      profiles ? await mkdtemp(join(tmpdir(), "hongyan-profiles-")) : null,
      installs || profiles,
    );
  }

  /** Somebody with a new browser, who has not joined yet. */
  async arrives(name: string, look: Partial<Look> = {}): Promise<Person> {
    const whole = { ...CHINESE_PHONE, ...look };
    const network = await Network.start();
    this.networks.push(network);
    const options: BrowserContextOptions = {
      ...contextOptions(whole, network),
      serviceWorkers: this.installs ? "allow" : "block",
    };
    const context =
      this.profiles === null
        ? await this.browser.newContext(options)
        : await launchWithProfile(join(this.profiles, String(this.people.length)), options);
    const trouble = new Trouble();
    await trouble.watch(context, this.server.url);
    if (whole.care) {
      await context.addInitScript(() => {
        if (origin !== "null") localStorage.setItem("hongyan.care", "on"); // an empty first page has no storage
      });
    }
    const person = new Person(name, await context.newPage(), context, network, whole, trouble, this.server.url);
    this.people.push(person);
    return person;
  }

  /** The first person: she joins by the link that the server printed. */
  async owner(name: string, look: Partial<Look> = {}): Promise<Person> {
    const person = await this.arrives(name, look);
    await person.joins(this.server.ownerLink);
    return person;
  }

  /** Somebody who joins by the QR code of `host` and is her friend from then on. */
  async friendOf(host: Person, name: string, look: Partial<Look> = {}): Promise<Person> {
    const person = await this.arrives(name, look);
    await person.joins(await host.showsCode());
    return person;
  }

  async ends(): Promise<void> {
    await this.browser.close();
    if (this.profiles !== null) {
      await Promise.all(this.people.map((person) => person.context.close()));
      await rm(this.profiles, { recursive: true, force: true });
    }
    for (const network of this.networks) network.stop();
    await this.server.remove();
  }
}
