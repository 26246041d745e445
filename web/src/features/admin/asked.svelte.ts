/** What the owner asks of the server: one answer, or a list page by page; a refusal is a sentence beside "try again". */
import type { PageOf } from "../../core/api.ts";
import { tError } from "../../i18n/language.svelte.ts";
import { codeOf } from "../../ui/attempt.ts";

export class Asked<T> {
  answer = $state.raw<T | null>(null);
  refusal = $state("");

  constructor(private readonly ask: () => Promise<T>) {
    void this.again();
  }

  async again(): Promise<void> {
    try {
      this.answer = await this.ask();
      this.refusal = "";
    } catch (error) {
      this.refusal = tError(codeOf(error));
    }
  }
}

/** `ask` gets the last one shown, or null for the first page. */
export class Pages<T, P extends PageOf<T> = PageOf<T>> {
  items = $state.raw<readonly T[]>([]);
  /** The newest page, for what else it tells; null until there is one. */
  page = $state.raw<P | null>(null);
  refusal = $state("");
  working = $state(false);
  private asked = 0;

  constructor(private readonly ask: (before: T | null) => Promise<P>) {
    void this.anew();
  }

  /** From the first page; what was asked before and comes late is passed over. */
  async anew(): Promise<void> {
    await this.load(null);
  }

  async more(): Promise<void> {
    const last = this.items.at(-1);
    if (last !== undefined && !this.working) await this.load(last);
  }

  private async load(before: T | null): Promise<void> {
    const mine = ++this.asked;
    this.working = true;
    try {
      const page = await this.ask(before);
      if (mine !== this.asked) return;
      this.items = before === null ? page.items : [...this.items, ...page.items];
      this.page = page;
      this.refusal = "";
    } catch (error) {
      if (mine === this.asked) this.refusal = tError(codeOf(error));
    }
    if (mine === this.asked) this.working = false;
  }
}
