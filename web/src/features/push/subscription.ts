/** The browser's side of being reached: its permission, and its push service's subscription for this server. */
import { type Core, CoreError } from "../../core/api.ts";
import { choices } from "./choices.svelte.ts";

/**
 * - `none`: this browser has no notifications; `install`: it has them once the app is on the home screen;
 * - `denied`: refused in the browser's settings; `off`: not switched on;
 * - `open`: only while the app is open, its push service cannot be used; `on`: also when the app is closed.
 */
export type Reach = "none" | "install" | "denied" | "off" | "open" | "on";

const APPLE_MOBILE = /iPhone|iPad|iPod/;

/** What can be known without asking anybody. */
export function reachNow(): Reach {
  if (!("Notification" in globalThis)) return APPLE_MOBILE.test(navigator.userAgent) ? "install" : "none";
  if (Notification.permission === "denied") return "denied";
  return choices.get("notify") && Notification.permission === "granted" ? "open" : "off";
}

/** Whether the permission is still hers to give, so that a card may offer it. */
export function canOffer(): boolean {
  return "Notification" in globalThis && Notification.permission === "default";
}

/** Asks for the permission; call it from a tap. */
export async function switchOn(core: Core): Promise<Reach> {
  if (!("Notification" in globalThis)) return reachNow();
  const permission = await Notification.requestPermission();
  choices.set("notify", permission === "granted");
  return permission === "granted" ? keepReachable(core) : reachNow();
}

export async function switchOff(core: Core): Promise<void> {
  choices.set("notify", false);
  await unsubscribe();
  // Offline: the push service says by itself that the subscription is gone.
  await core.call("pushUnregister", undefined).catch(() => undefined);
}

/** Ends the subscription in this browser, whoever it was for. */
export async function unsubscribe(): Promise<void> {
  const subscription = await (await pushManager())?.getSubscription();
  await subscription?.unsubscribe();
}

/** Makes sure that the server can wake this device, if she wants it. Throws CoreError when there is no server. */
export async function keepReachable(core: Core): Promise<Reach> {
  const reach = reachNow();
  if (reach !== "open") return reach;
  const manager = await pushManager();
  if (manager === null) return reach;
  const { publicKey } = await core.call("pushState", undefined);
  try {
    const subscription = await subscribe(manager, publicKey);
    if (subscription === null) return reach;
    await core.call("pushRegister", subscription);
    return "on";
  } catch (error) {
    // The browser's own push service is not to be reached, or the server cannot use it.
    if (!(error instanceof CoreError) || error.code === "push_unusable") return reach;
    throw error;
  }
}

async function pushManager(): Promise<PushManager | null> {
  const registration = await navigator.serviceWorker?.getRegistration();
  return registration?.pushManager ?? null;
}

async function subscribe(manager: PushManager, publicKey: Uint8Array) {
  let subscription = await manager.getSubscription();
  if (subscription !== null && !isFor(subscription, publicKey)) {
    await subscription.unsubscribe();
    subscription = null;
  }
  subscription ??= await manager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: publicKey as Uint8Array<ArrayBuffer>,
  });
  const deviceKey = subscription.getKey("p256dh");
  const authSecret = subscription.getKey("auth");
  if (deviceKey === null || authSecret === null) return null;
  return {
    endpoint: subscription.endpoint,
    deviceKey: new Uint8Array(deviceKey),
    authSecret: new Uint8Array(authSecret),
  };
}

/** Whether the subscription is bound to this server's key; a server set up anew has another. */
function isFor(subscription: PushSubscription, publicKey: Uint8Array): boolean {
  const { applicationServerKey } = subscription.options;
  if (applicationServerKey === null) return true;
  const known = new Uint8Array(applicationServerKey);
  return known.length === publicKey.length && known.every((byte, place) => byte === publicKey[place]);
}
