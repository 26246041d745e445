import { base64, hex } from "../bytes.ts";
import type { Session } from "../session.ts";
import { blob } from "../store/store.ts";

/** Where this device may be woken while it is away, and for which chats it is not [PU1] [PU3]. */

export interface Subscription {
  endpoint: string;
  deviceKey: Uint8Array;
  authSecret: Uint8Array;
}

const RETRY_MS = 60_000;
const MUTED_MAX = 2_000;

export class Push {
  private subscription: Subscription | null = null;
  /** The muted groups as the server knows them; null: it does not. */
  private told: string | null = null;
  private dueMs = 0;

  constructor(private readonly session: Session) {}

  async state(): Promise<{ publicKey: Uint8Array; registered: boolean; failing: boolean }> {
    const answer = await this.session.http.push();
    return {
      publicKey: answer.publicKey,
      registered: answer.registered,
      failing: answer.failures > 0,
    };
  }

  /** The server wakes this device there from now on. Throws CoreError. */
  async register(subscription: Subscription): Promise<void> {
    const muted = this.muted();
    await this.session.http.registerPush({
      endpoint: subscription.endpoint,
      device_key: base64(subscription.deviceKey),
      auth_secret: base64(subscription.authSecret),
      muted: muted.map(base64),
    });
    this.subscription = subscription;
    this.told = keyOf(muted);
  }

  async unregister(): Promise<void> {
    this.subscription = null;
    this.told = null;
    await this.session.http.unregisterPush();
  }

  /** Whether the push service took a wake-up for this device just now. */
  async tryIt(): Promise<boolean> {
    return (await this.session.http.tryPush()).outcome === "taken";
  }

  /** Tells the server again when she muted a chat or no longer does. */
  async tend(): Promise<void> {
    const { subscription } = this;
    if (subscription === null || this.told === keyOf(this.muted())) return;
    const now = this.session.platform.now();
    if (now < this.dueMs) return;
    this.dueMs = now + RETRY_MS;
    await this.register(subscription);
    this.dueMs = 0;
  }

  private muted(): Uint8Array[] {
    const rows = this.session.store.all("SELECT group_id FROM chat WHERE muted = 1 ORDER BY group_id LIMIT ?", [
      MUTED_MAX,
    ]);
    return rows.map((row) => blob(row, "group_id"));
  }
}

function keyOf(groups: Uint8Array[]): string {
  return groups.map(hex).join(" ");
}
