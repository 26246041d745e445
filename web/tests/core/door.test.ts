import { expect, test } from "vitest";
import type { Message } from "../../src/core/api.ts";
import { Lengthening, Shortening } from "../../src/core/door.ts";

function message(id: number, text = "你好"): Message {
  return { id: String(id), text } as Message;
}

/** Both sides; what passes between them is cloned, as it is between worker and page. */
function door() {
  const worker = new Shortening();
  const page = new Lengthening();
  const see = (watch: number, messages: Message[]): Message[] => page.of(structuredClone(worker.of(watch, messages)));
  return { worker, see };
}

test("a message is the same object until something in it changes", () => {
  const { see } = door();
  const [one, two] = see(1, [message(1), message(2)]);
  const [again, changed] = see(1, [message(1), message(2, "改了")]);
  expect(again).toBe(one);
  expect(changed).not.toBe(two);
  expect(changed).toEqual(message(2, "改了"));
});

test("what the page has goes as its id, also to the watch of a longer list that follows", () => {
  const { worker } = door();
  worker.of(1, [message(3), message(4)]);
  worker.end(1);
  expect(worker.of(2, [message(2), message(3), message(4)])).toEqual({ messages: [message(2), "3", "4"], gone: [] });
});

test("what no watch shows any more is kept on neither side", () => {
  const { worker, see } = door();
  const [one] = see(1, [message(1)]);
  see(2, [message(1), message(2)]);
  worker.end(1);
  expect(worker.of(2, [message(2)]).gone).toEqual(["1"]);
  const [again] = see(2, [message(1), message(2)]);
  expect(again).toEqual(message(1));
  expect(again).not.toBe(one);
});

test("two watches of one chat see each other's newest", () => {
  const { see } = door();
  see(1, [message(1)]);
  const [newer] = see(2, [message(1, "改了")]);
  expect(see(1, [message(1, "改了")])[0]).toBe(newer);
});
