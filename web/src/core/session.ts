import { ed25519 } from "@noble/curves/ed25519.js";
import { compare } from "./bytes.ts";
import type { ServerClock } from "./clock.ts";
import type { Http } from "./http.ts";
import type { AccountKeys, DeviceKeys } from "./identity/account.ts";
import { accountKeys } from "./identity/account.ts";
import { fingerprint } from "./identity/fingerprint.ts";
import { digest } from "./mls/suite.ts";
import type { Platform } from "./platform.ts";
import * as meta from "./store/meta.ts";
import type { Store } from "./store/store.ts";
import { Turn } from "./turn.ts";

/** Who this device is, and what every part of the core works with. Exists once somebody has joined. */
export class Session {
  readonly turn = new Turn();

  constructor(
    readonly platform: Platform,
    readonly store: Store,
    readonly http: Http,
    readonly clock: ServerClock,
    readonly accountId: number,
    readonly deviceId: number,
    readonly account: AccountKeys,
    readonly device: DeviceKeys,
  ) {}

  get fingerprint(): string {
    return fingerprint(this.account.accountKey);
  }

  /** This account's own group of devices [CO3]. */
  get selfGroupId(): Uint8Array {
    return digest("hongyan self v1\0", this.account.accountKey).slice(0, 16);
  }

  /** The group of the chat with one friend, the same for both [CO3]. */
  directGroupId(accountKey: Uint8Array): Uint8Array {
    const own = this.account.accountKey;
    const [lower, higher] = compare(own, accountKey) < 0 ? [own, accountKey] : [accountKey, own];
    return digest("hongyan direct v1\0", lower, higher).slice(0, 16);
  }
}

/** The session of the account in the store, or null when nobody has joined on this device. */
export function restoreSession(platform: Platform, store: Store, http: Http, clock: ServerClock): Session | null {
  const seed = meta.bytes(store, "seed");
  const signKey = meta.bytes(store, "sign_key");
  const token = meta.words(store, "token");
  if (seed === null || signKey === null || token === "") return null;
  http.token = token;
  clock.offsetMs = meta.number(store, "clock_offset_ms");
  return new Session(
    platform,
    store,
    http,
    clock,
    meta.number(store, "account_id"),
    meta.number(store, "device_id"),
    accountKeys(seed),
    { signKey, signatureKey: ed25519.getPublicKey(signKey) },
  );
}
