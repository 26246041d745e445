import { attempt } from "../../ui/attempt.ts";
import { later } from "../../ui/later.ts";

const AFTER_TYPING_MS = 90;

/** Asks while something is typed; only the answer to the last question counts. */
export class Asking<Q, A> {
  answer = $state.raw<A>();
  #turn = 0;
  readonly #soon;

  constructor(private readonly ask: (question: Q) => Promise<A>) {
    this.#soon = later(AFTER_TYPING_MS, (question: Q) => void this.now(question));
  }

  soon(question: Q): void {
    this.#soon.wish(question);
  }

  async now(question: Q): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    const answer = await attempt(this.ask(question));
    if (turn === this.#turn && answer !== undefined) this.answer = answer.done;
  }

  /** Nothing is asked for any more. */
  none(): void {
    this.#turn += 1;
    this.answer = undefined;
  }
}
