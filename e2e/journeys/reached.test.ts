/** Being reached: notifications when the app is closed, and while it is open behind something else. */

import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { Person } from "../person.ts";
import { PushService } from "../push-service.ts";
import { freePort } from "../server.ts";
import { useTown } from "./use-town.ts";

interface Shown {
  title: string;
  body: string;
  tag: string;
  silent: boolean | null;
}

let service: PushService;
const metrics = await freePort();
const town = useTown({
  installs: true,
  settings: { HONGYAN_PUSH__INNER_HOSTS: "localhost", HONGYAN_METRICS_PORT: String(metrics) },
});
let lan: Person;
let mei: Person;

beforeAll(async () => {
  service = await PushService.start();
});
afterAll(() => service.stop());

beforeEach(async () => {
  if (lan !== undefined) return;
  lan = await town().owner("阿兰");
  mei = await town().arrives("小梅");
  await service.serves(mei.context, mei.url);
  await mei.joins(await lan.showsCode());
  await mei.page.waitForFunction(async () => (await navigator.serviceWorker.ready).active?.state === "activated");
});

/** What the system shows of this person's notifications. */
async function shown(person: Person): Promise<Shown[]> {
  const worker = person.context.serviceWorkers()[0] ?? (await person.context.waitForEvent("serviceworker"));
  return worker.evaluate(async () => {
    const { registration } = self as unknown as { registration: ServiceWorkerRegistration };
    const all = await registration.getNotifications();
    return all.map(({ title, body, tag, silent }) => ({ title, body, tag, silent }));
  });
}

/** Devices that the server is connected to. */
async function connections(): Promise<number> {
  const shown = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
  return Number(/^hongyan_realtime_connections (\S+)$/m.exec(shown)?.[1]);
}

async function until(true_: () => Promise<boolean> | boolean): Promise<void> {
  const late = Date.now() + 30_000;
  while (!(await true_())) {
    if (Date.now() > late) throw new Error("waited in vain");
    await new Promise((done) => setTimeout(done, 100));
  }
}

it("offers notifications once, after somebody has written, and asks the browser only then", async () => {
  await mei.goes("/");
  expect(await mei.page.getByText(mei.t("push.offer")).count()).toBe(0);
  await lan.talksWith("小梅");
  await lan.says("到家了吗？");
  await mei.seesWords("push.offer");
  await mei.context.grantPermissions(["notifications"], { origin: mei.url });
  await mei.button("push.switch_on").click();
  await mei.seesWords("push.switched_on");
  await mei.page.getByText(mei.t("push.offer")).waitFor({ state: "hidden" });
  await mei.goes("/me/settings/notifications");
  await mei.seesWords("push.on_note");
  await mei.seesWords("push.never");
  await mei.button("push.try").click();
  await until(async () => (await shown(mei)).some(({ body }) => body === mei.t("push.trial_arrived")));
  await mei.page.getByText(mei.t("push.never")).waitFor({ state: "hidden" });
  expect(service.woken.map(({ content }) => content)).toEqual(["trial"]);
});

it("says who wrote and what, when the app is open behind something else", async () => {
  await mei.goes("/");
  const other = await mei.context.newPage();
  await other.goto("about:blank");
  await mei.page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await lan.says("给你留了饭");
  await until(async () =>
    (await shown(mei)).some(({ title, body }) => title === "阿兰" && body.includes("给你留了饭")),
  );
  await mei.page.evaluate(() => {
    Reflect.deleteProperty(document, "visibilityState");
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await other.close();
  await mei.talksWith("阿兰");
  await until(async () => (await shown(mei)).every(({ title }) => title !== "阿兰"));
});

it("wakes a closed app, with nothing of the message in it", async () => {
  const before = service.woken.length;
  const blank = await mei.context.newPage();
  await mei.page.close();
  // A page that is closing may still take a message, and nobody is woken for what was taken.
  await until(async () => (await connections()) === 1);
  await lan.says("银行卡密码是 246810");
  await until(() => service.woken.length > before);
  expect(service.woken.at(-1)?.content).toBe("mail");
  await until(async () => (await shown(mei)).some(({ tag }) => tag === "hongyan"));
  const all = await shown(mei);
  const general = all.find(({ tag }) => tag === "hongyan");
  expect(general).toMatchObject({ title: mei.t("app.name"), body: mei.t("push.new_message") });
  expect(JSON.stringify(all)).not.toContain("246810");
  await blank.goto(mei.url);
  await blank.getByRole("main").waitFor();
  await until(async () => (await shown(mei)).every(({ tag }) => tag !== "hongyan"));
  await until(async () => (await blank.title()).includes("1"));
  await blank.close();
});
