/**
 * Tells an Enter that chooses a candidate of an input method from an Enter that is meant.
 *
 * Three ways browsers say it: `isComposing`; key code 229 (all of them while the input method has the key);
 * and Safari, which ends the composition before it reports the very key that ended it. The last is why an
 * Enter right after `compositionend`, before any key has come up again, does not count.
 */
const SAME_KEY_MS = 60;
const TAKEN_BY_INPUT_METHOD = 229;

export interface KeyPress {
  readonly isComposing: boolean;
  readonly keyCode: number;
  readonly timeStamp: number;
}

export class Composition {
  #open = false;
  #endedAt: number | null = null;

  started(): void {
    this.#open = true;
    this.#endedAt = null;
  }

  ended(timeStamp: number): void {
    this.#open = false;
    this.#endedAt = timeStamp;
  }

  keyUp(): void {
    this.#endedAt = null;
  }

  /** True if this key press belongs to the input method and must not send anything. */
  owns(press: KeyPress): boolean {
    if (this.#open || press.isComposing || press.keyCode === TAKEN_BY_INPUT_METHOD) return true;
    return this.#endedAt !== null && press.timeStamp - this.#endedAt < SAME_KEY_MS;
  }
}
