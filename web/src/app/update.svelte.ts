/** The service worker: keeps the app on the device, and tells when a newer app waits. */

/** What she came for is on the screen by then. */
const AFTER_MS = 2_000;

let waiting = $state.raw<ServiceWorker | null>(null);

export const update = {
  get ready(): boolean {
    return waiting !== null;
  },
  /** The newer app takes over; the page starts again with it. */
  take(): void {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    waiting?.postMessage("activate");
  },
};

/** Installs the service worker; without one (private windows, some browsers) the app works while online. */
export async function keepOnDevice(): Promise<void> {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  await new Promise((go) => setTimeout(go, AFTER_MS));
  try {
    const registration = await navigator.serviceWorker.register("/service-worker.js");
    const look = (): void => {
      if (registration.waiting !== null && navigator.serviceWorker.controller !== null) waiting = registration.waiting;
    };
    look();
    registration.addEventListener("updatefound", () => {
      registration.installing?.addEventListener("statechange", look);
    });
  } catch {
    // refused by the browser: nothing is lost but opening offline
  }
}
