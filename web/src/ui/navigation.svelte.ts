/**
 * Where the reader is, on top of the History API.
 *
 * The back button closes what lies on top first: a menu, a dialog or a panel is a history entry of its own
 * (`layer`). Closing one without the back button takes its entry away again; a page or layer opened meanwhile
 * waits for that, so that history never holds a layer that is gone, and a page opened just after one that closed itself
 * is not left with it.
 */

interface Entry {
  readonly depth: number;
  readonly layer: boolean;
}

function entry(): Entry {
  const state: unknown = history.state;
  if (typeof state === "object" && state !== null && "depth" in state && typeof state.depth === "number") {
    return { depth: state.depth, layer: "layer" in state && state.layer === true };
  }
  return { depth: 0, layer: false };
}

class Navigation {
  path = $state(location.pathname);
  hash = $state(location.hash);
  /** Rises with each page shown; pages use it to take the focus. */
  visits = $state(0);

  #layers: (() => void)[] = [];
  #returning = 0;
  #afterReturn: (() => void)[] = [];
  /** Pages that were left backwards, and the browser has not led there yet. */
  #leaving = 0;

  start(): void {
    history.replaceState({ ...entry() }, "");
    addEventListener("popstate", () => this.#popped());
    document.addEventListener("click", (event) => this.#clicked(event));
  }

  go(target: string, how: { replace?: boolean } = {}): void {
    if (this.#returning > 0 || this.#leaving > 0) {
      this.#afterReturn.push(() => this.go(target, how));
      return;
    }
    const { depth } = entry();
    const onLayer = this.#layers.length > 0;
    for (const close of this.#layers.splice(0).reverse()) close();
    const replace = how.replace === true || onLayer;
    history[replace ? "replaceState" : "pushState"]({ depth: replace ? depth : depth + 1, layer: false }, "", target);
    this.#arrive();
  }

  /** One page back; `parent` when this page was the first one opened. */
  back(parent: string): void {
    if (entry().depth === 0) {
      this.go(parent, { replace: true });
      return;
    }
    this.#leaving += 1;
    history.back();
  }

  /**
   * Leads on from the page that is shown now, and nowhere once the reader has opened another: for the end of what
   * takes a while.
   */
  fromHere(): Pick<Navigation, "go" | "back"> {
    const visit = this.visits;
    return {
      go: (target, how) => {
        if (this.visits === visit) this.go(target, how);
      },
      back: (parent) => {
        if (this.visits === visit) this.back(parent);
      },
    };
  }

  /** Puts a layer on the history; the answer takes it off again, once. */
  layer(close: () => void): () => void {
    this.#layers.push(close);
    let pushed = false;
    const push = (): void => {
      if (!this.#layers.includes(close)) return;
      history.pushState({ depth: entry().depth + 1, layer: true }, "");
      pushed = true;
    };
    if (this.#returning > 0 || this.#leaving > 0) this.#afterReturn.push(push);
    else push();
    return () => {
      const place = this.#layers.indexOf(close);
      if (place < 0) return;
      this.#layers.splice(place, 1);
      if (!pushed) return;
      this.#returning += 1;
      history.back();
    };
  }

  #popped(): void {
    if (this.#returning > 0) {
      this.#returning -= 1;
      this.#goOn();
      return;
    }
    const isLeft = this.#leaving > 0;
    if (isLeft) this.#leaving -= 1;
    this.#wentBack(isLeft);
    this.#goOn();
  }

  /** A page that closed itself goes, whatever was opened over it just then; else what lies on top does. */
  #wentBack(isLeft: boolean): void {
    const isHere = location.pathname === this.path && location.hash === this.hash;
    const top = isLeft && !isHere ? undefined : this.#layers.pop();
    if (top !== undefined) top();
    else if (!isHere) this.#arrive();
  }

  /** What was asked for while the browser was on its way back. */
  #goOn(): void {
    if (this.#returning > 0 || this.#leaving > 0) return;
    for (const waiting of this.#afterReturn.splice(0)) waiting();
  }

  #arrive(): void {
    this.path = location.pathname;
    this.hash = location.hash;
    this.visits += 1;
  }

  #clicked(event: MouseEvent): void {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const anchor = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!(anchor instanceof HTMLAnchorElement) || anchor.target !== "" || anchor.hasAttribute("download")) return;
    if (anchor.origin !== location.origin || anchor.getAttribute("href")?.startsWith("#")) return;
    event.preventDefault();
    this.go(anchor.pathname + anchor.hash, { replace: anchor.dataset["replace"] !== undefined });
  }
}

export const navigation = new Navigation();
