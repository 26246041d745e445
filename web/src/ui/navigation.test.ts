import { expect, test, vi } from "vitest";
import { navigation } from "./navigation.svelte.ts";

navigation.start();

function popped(): Promise<void> {
  return new Promise((resolve) => addEventListener("popstate", () => setTimeout(resolve), { once: true }));
}

test("back closes what lies on top before it leaves the page", async () => {
  navigation.go("/chat/d:2");
  const close = vi.fn();
  navigation.layer(close);
  history.back();
  await popped();
  expect(close).toHaveBeenCalledOnce();
  expect(navigation.path).toBe("/chat/d:2");
  history.back();
  await popped();
  expect(navigation.path).toBe("/");
});

test("a page opened from a menu takes the menu's place in history", async () => {
  navigation.go("/contacts");
  const leave = navigation.layer(() => {});
  leave();
  navigation.go("/contacts/add"); // while the menu's entry is still being taken away
  await popped();
  expect(navigation.path).toBe("/contacts/add");
  history.back();
  await popped();
  expect(navigation.path).toBe("/contacts");
  history.back();
  await popped();
});

test("a question asked from a menu waits until the menu is off the history", async () => {
  navigation.go("/contacts");
  navigation.layer(() => {})();
  const leave = navigation.layer(() => {});
  await popped();
  leave();
  await popped();
  expect(navigation.path).toBe("/contacts");
  expect(location.pathname).toBe("/contacts");
  history.back();
  await popped();
});

test("back on the first page opened leads to its parent", () => {
  history.replaceState({ depth: 0, layer: false }, "", "/me/devices");
  navigation.back("/me");
  expect(navigation.path).toBe("/me");
});

test("a page opened while another closes itself stays, above the one that was before", async () => {
  navigation.go("/contacts");
  navigation.go("/contacts/add");
  navigation.back("/contacts");
  navigation.go("/me"); // before the browser is back
  await popped();
  expect([navigation.path, location.pathname]).toEqual(["/me", "/me"]);
  history.back();
  await popped();
  expect(navigation.path).toBe("/contacts");
});

test("what ends after the reader has gone on leads her nowhere", () => {
  navigation.go("/i");
  const here = navigation.fromHere();
  navigation.go("/contacts");
  here.go("/", { replace: true });
  expect(navigation.path).toBe("/contacts");
  here.back("/");
  expect(location.pathname).toBe("/contacts");
  const there = navigation.fromHere();
  there.go("/me");
  expect(navigation.path).toBe("/me");
});
