import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { speak } from "../../i18n/language.svelte.ts";
import Composer from "./Composer.svelte";

let sent: string[];
let saved: string[];
let accepts: boolean;
let composer: Record<string, unknown>;
let box: HTMLTextAreaElement;

beforeAll(async () => {
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => {} }));
  await speak("zh-Hans");
});

beforeEach(() => {
  sent = [];
  saved = [];
  accepts = true;
  composer = mount(Composer, {
    target: document.body,
    props: {
      draft: "",
      eager: false,
      save: (text: string) => saved.push(text),
      send: async ({ text }: { text: string }) => {
        sent.push(text);
        return accepts;
      },
    },
  });
  flushSync();
  const found = document.querySelector("textarea");
  if (found === null) throw new Error("no field");
  box = found;
});

afterEach(async () => {
  await unmount(composer);
});

function type(text: string): void {
  box.value = text;
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
  flushSync();
}

function press(more: KeyboardEventInit = {}): boolean {
  const event = new KeyboardEvent("keydown", { key: "Enter", keyCode: 13, bubbles: true, cancelable: true, ...more });
  box.dispatchEvent(event);
  flushSync();
  return event.defaultPrevented;
}

test("Enter sends and empties the field", () => {
  type("周末来吃饭");
  expect(press()).toBe(true);
  expect(sent).toEqual(["周末来吃饭"]);
  expect(box.value).toBe("");
});

test("Enter that chooses a candidate sends nothing", () => {
  type("zhou");
  box.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true }));
  expect(press({ isComposing: true, keyCode: 229 })).toBe(false);
  box.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true }));
  expect(press({ keyCode: 13 })).toBe(false); // Safari reports the same key once more
  expect(sent).toEqual([]);
  box.dispatchEvent(new KeyboardEvent("keyup", { key: "Enter", bubbles: true }));
  type("周");
  press();
  expect(sent).toEqual(["周"]);
});

test("Shift and Enter begin a new line", () => {
  type("一");
  expect(press({ shiftKey: true })).toBe(false);
  expect(sent).toEqual([]);
});

test("spaces alone are not sent", () => {
  type("  \n ");
  press();
  expect(sent).toEqual([]);
});

test("what was refused stands in the field again", async () => {
  accepts = false;
  type("别丢了");
  press();
  await Promise.resolve();
  await Promise.resolve();
  flushSync();
  expect(box.value).toBe("别丢了");
});

test("leaving saves the draft at once", async () => {
  type("周末一起");
  await unmount(composer);
  expect(saved.at(-1)).toBe("周末一起");
  composer = mount(Composer, {
    target: document.body,
    props: { draft: "", eager: false, save: () => {}, send: async () => true },
  });
});

test.each([
  [true, ["所有人", "王秀英"]],
  [false, ["王秀英"]],
])("everybody at once is offered only to whom the others heed: %s", async (callsAll, offered) => {
  await unmount(composer);
  const person = { remark: "", friend: true, blocked: false, verified: false };
  const members = [{ ...person, id: "7", name: "王秀英", shown: "王秀英", pinyin: "wangxiuying" }];
  const props = { draft: "", eager: false, save: () => {}, send: async () => true, members, callsAll };
  composer = mount(Composer, { target: document.body, props });
  flushSync();
  box = document.querySelector("textarea") as HTMLTextAreaElement;
  Element.prototype.scrollIntoView ??= () => {};
  box.value = "@";
  box.setSelectionRange(1, 1);
  type("@");
  const options = [...document.querySelectorAll("[role=option] .name")];
  expect(options.map(({ textContent }) => textContent)).toEqual(offered);
});
