/** One short sentence that goes away by itself; also read aloud by screen readers. */

const SHOWN_MS = 3500;

let sentence = $state("");
let timer: ReturnType<typeof setTimeout> | undefined;

export const shownToast = {
  get sentence(): string {
    return sentence;
  },
};

export function toast(text: string): void {
  sentence = text;
  clearTimeout(timer);
  timer = setTimeout(() => {
    sentence = "";
  }, SHOWN_MS);
}
