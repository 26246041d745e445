/**
 * Lets Trusted Types accept what this app itself starts: a worker and the service worker, both from our own
 * address. HTML is never made from strings; Svelte's templates go through its own policy.
 */
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): unknown;
}

function isPolicyFactory(value: unknown): value is PolicyFactory {
  return typeof value === "object" && value !== null && "createPolicy" in value;
}

export function trustOwnScripts(): void {
  const factory: unknown = Reflect.get(globalThis, "trustedTypes");
  if (!isPolicyFactory(factory)) return; // the browser does not enforce it
  factory.createPolicy("default", {
    createScriptURL(address) {
      if (new URL(address, location.href).origin !== location.origin) throw new TypeError("a script from elsewhere");
      return address;
    },
  });
}
