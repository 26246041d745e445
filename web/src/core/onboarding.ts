import { decode } from "cborg";
import { CoreError } from "./api.ts";
import { base64, base64url, equal, fromBase64 } from "./bytes.ts";
import type { ServerClock } from "./clock.ts";
import { hasSignedBoxKey } from "./contacts/contacts.ts";
import { parseLink } from "./contacts/links.ts";
import type { Http, InvitationLook, SignIn, WireDevice } from "./http.ts";
import {
  accountKeys,
  certifyDevice,
  type DeviceKeys,
  invitationProof,
  newAccountKeys,
  newDeviceKeys,
  signBoxKey,
} from "./identity/account.ts";
import { fingerprint } from "./identity/fingerprint.ts";
import { sealGreeting } from "./identity/greeting.ts";
import { passkeyWrappingKey, passwordKeys, sealLabel, unwrapSeed } from "./identity/secrets.ts";
import { generateKeyPair, openBox } from "./mls/hpke.ts";
import type { Platform } from "./platform.ts";
import * as meta from "./store/meta.ts";
import type { Store, Tx } from "./store/store.ts";

/** How a device comes to an account: an invitation, a password, a passkey, or a device that has it already. */

const LINK_INFO = "hongyan link v1";
const POLL_MS = 1_500;

export interface Joined {
  friend: { account: number; verified: boolean } | null;
}

export class Onboarding {
  private cancelPoll: () => void = () => {};

  constructor(
    private readonly platform: Platform,
    private readonly store: Store,
    private readonly http: Http,
    private readonly clock: ServerClock,
  ) {}

  private async domain(): Promise<string> {
    const server = await this.http.server();
    this.clock.learn(server.time_ms);
    return server.domain;
  }

  /**
   * Makes the account and its first device. Keys are stored before they are sent, so a repeat after a crash or a
   * lost answer is the same person and not a second one [HT3].
   */
  async join(linkText: string, name: string, language: string): Promise<Joined> {
    const link = parseLink(linkText);
    if (link.kind !== "invitation") throw new CoreError("invitation_unknown");
    this.http.language = language;
    const domain = await this.domain();
    const look = await this.http.look(link.token).catch((error: unknown) => {
      // The answer to a join that succeeded may have been lost: then the invitation is spent by ourselves.
      const repeat = meta.words(this.store, "joining") === `${link.token} ${name}`;
      if (repeat && error instanceof CoreError && error.code === "invitation_used") return null;
      throw error;
    });
    const inviterKey = look?.inviter_account_key ? fromBase64(look.inviter_account_key) : null;
    const verified = inviterKey !== null && link.fingerprint === fingerprint(inviterKey);
    // Somebody between us and the link's maker shows another key: not this invitation.
    if (inviterKey !== null && link.fingerprint !== null && !verified) throw new CoreError("invitation_unknown");
    const { seed, device, label, createdAtMs } = this.prepare(`${link.token} ${name}`);
    const keys = accountKeys(seed);
    const greeting = look === null ? null : await this.greeting(look, name, link.secret, keys.accountKey);
    const answer = await this.http.join({
      invitation: link.token,
      name,
      account_key: base64(keys.accountKey),
      box_key: base64(keys.boxKey),
      box_signature: base64(signBoxKey(keys)),
      device: wireDevice(seed, device, label, createdAtMs),
      ...(greeting === null ? {} : { greeting: base64(greeting) }),
    });
    const friend = answer.friend ?? null;
    this.store.write((tx) => {
      this.settle(tx, { ...answer, name, domain, seed, device });
      meta.put(tx, "care_mode", look?.care_mode ?? false);
      meta.put(tx, "is_owner", look?.kind === "owner");
      if (friend === null || !verified || inviterKey === null) return;
      tx.run("INSERT INTO person (account, name, account_key, verified) VALUES (?, ?, ?, 1)", [
        friend.account_id,
        friend.name,
        inviterKey,
      ]);
    });
    return { friend: friend === null ? null : { account: friend.account_id, verified } };
  }

  private prepare(joining: string) {
    const known = meta.words(this.store, "joining") === joining;
    const stored = known ? meta.bytes(this.store, "join_seed") : null;
    const storedSignKey = known ? meta.bytes(this.store, "join_sign_key") : null;
    const storedLabel = known ? meta.bytes(this.store, "join_label") : null;
    if (stored !== null && storedSignKey !== null && storedLabel !== null) {
      const device = deviceKeysOf(storedSignKey);
      return { seed: stored, device, label: storedLabel, createdAtMs: meta.number(this.store, "joined_at_ms") };
    }
    const { seed } = newAccountKeys();
    const device = newDeviceKeys();
    const label = sealLabel(seed, this.platform.deviceLabel);
    const createdAtMs = Math.round(this.clock.now());
    this.store.write((tx) => {
      meta.put(tx, "joining", joining);
      meta.put(tx, "join_seed", seed);
      meta.put(tx, "join_sign_key", device.signKey);
      meta.put(tx, "join_label", label);
      meta.put(tx, "joined_at_ms", createdAtMs);
    });
    return { seed, device, label, createdAtMs };
  }

  private async greeting(
    look: InvitationLook,
    name: string,
    secret: Uint8Array | null,
    accountKey: Uint8Array,
  ): Promise<Uint8Array | null> {
    const { inviter_account_key, inviter_box_key, inviter_box_signature } = look;
    if (look.kind !== "friend" || !inviter_account_key || !inviter_box_key || !inviter_box_signature) return null;
    const inviter = {
      account_id: 0,
      name: "",
      account_key: inviter_account_key,
      box_key: inviter_box_key,
      box_signature: inviter_box_signature,
    };
    if (!(await hasSignedBoxKey(inviter))) return null;
    const proof = secret === null ? null : invitationProof(secret, accountKey, fromBase64(inviter_account_key));
    return sealGreeting(fromBase64(inviter_box_key), { text: "", name, accountKey, proof });
  }

  async withPassword(name: string, password: string): Promise<void> {
    const domain = await this.domain();
    const { secret, wrappingKey } = await passwordKeys(name, domain, password);
    const signIn = await this.http.loginWithPassword(name, secret);
    await this.admit(signIn, wrappingKey, domain, "wrong_password");
  }

  async withPasskey(credential: unknown, prf: Uint8Array | null): Promise<void> {
    const domain = await this.domain();
    const signIn = await this.http.loginWithPasskeyFinish(credential);
    if (prf === null) throw new CoreError("passkey_unavailable");
    await this.admit(signIn, passkeyWrappingKey(prf), domain, "passkey_unavailable");
  }

  private async admit(
    signIn: SignIn,
    wrappingKey: Uint8Array,
    domain: string,
    otherwise: "wrong_password" | "passkey_unavailable",
  ): Promise<void> {
    if (signIn.wrapped_account_key === null) throw new CoreError(otherwise);
    let seed: Uint8Array;
    try {
      seed = unwrapSeed(wrappingKey, fromBase64(signIn.wrapped_account_key));
    } catch {
      throw new CoreError(otherwise);
    }
    if (!equal(accountKeys(seed).accountKey, fromBase64(signIn.account_key))) throw new CoreError(otherwise);
    await this.addDevice(signIn.ticket, seed, domain);
  }

  private async addDevice(ticket: string, seed: Uint8Array, domain: string): Promise<void> {
    const device = newDeviceKeys();
    const createdAtMs = Math.round(this.clock.now());
    const label = sealLabel(seed, this.platform.deviceLabel);
    const answer = await this.http.addDevice(ticket, wireDevice(seed, device, label, createdAtMs));
    this.store.write((tx) => {
      meta.put(tx, "joined_at_ms", createdAtMs);
      this.settle(tx, { ...answer, domain, seed, device });
    });
  }

  private settle(
    tx: Tx,
    who: {
      account_id: number;
      device_id: number;
      token: string;
      name: string;
      domain: string;
      seed: Uint8Array;
      device: DeviceKeys;
    },
  ): void {
    meta.put(tx, "account_id", who.account_id);
    meta.put(tx, "device_id", who.device_id);
    meta.put(tx, "token", who.token);
    meta.put(tx, "name", who.name);
    meta.put(tx, "domain", who.domain);
    meta.put(tx, "seed", who.seed);
    meta.put(tx, "sign_key", who.device.signKey);
    for (const key of ["join_seed", "join_sign_key", "join_label"] as const) meta.drop(tx, key);
    meta.drop(tx, "joining");
    tx.run("INSERT OR REPLACE INTO person (account, name, account_key) VALUES (?, ?, ?)", [
      who.account_id,
      who.name,
      accountKeys(who.seed).accountKey,
    ]);
  }

  /** Shows a link for a device that has the account; `linked` is called once it has approved [DL1]. */
  async startLink(linked: () => void): Promise<{ text: string; expiresAtMs: number }> {
    this.stopLink();
    const domain = await this.domain();
    const pair = generateKeyPair();
    const { link_id, poll_secret, expires_at_ms } = await this.http.startLink();
    const poll = () => {
      this.cancelPoll = this.platform.later(POLL_MS, () => {
        void this.poll(link_id, poll_secret, pair.privateKey, domain).then(
          (state) => {
            if (state === "approved") linked();
            else if (state === "waiting") poll();
          },
          () => poll(),
        );
      });
    };
    poll();
    const text = `${this.platform.origin}/l#${link_id}.${base64url(pair.publicKey)}`;
    return { text, expiresAtMs: expires_at_ms };
  }

  stopLink(): void {
    this.cancelPoll();
  }

  private async poll(
    linkId: string,
    secret: string,
    privateKey: Uint8Array,
    domain: string,
  ): Promise<"waiting" | "approved" | "expired"> {
    const answer = await this.http.pollLink(linkId, secret);
    if (answer.state !== "approved" || !answer.sealed || !answer.ticket) return answer.state;
    const map: unknown = decode(openBox(privateKey, fromBase64(answer.sealed), LINK_INFO), { useMaps: true });
    const seed: unknown = map instanceof Map ? map.get("seed") : null;
    if (!(seed instanceof Uint8Array) || seed.length !== 32) return "expired";
    await this.addDevice(answer.ticket, seed, domain);
    return "approved";
  }
}

function deviceKeysOf(signKey: Uint8Array): DeviceKeys {
  return { signKey, signatureKey: accountKeys(signKey).accountKey };
}

function wireDevice(seed: Uint8Array, device: DeviceKeys, label: Uint8Array, createdAtMs: number): WireDevice {
  return {
    signature_key: base64(device.signatureKey),
    certificate: base64(certifyDevice(seed, device.signatureKey, createdAtMs)),
    created_at_ms: createdAtMs,
    label: base64(label),
  };
}
