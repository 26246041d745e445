import { decode } from "cborg";
import { CoreError } from "./api.ts";
import { openFile } from "./backup/file.ts";
import { isPin, openVault, stretchPin, vaultSecret } from "./backup/pin.ts";
import { fetchFront, fetchServersFront, takeAll } from "./backup/restorer.ts";
import { Returning } from "./backup/returning.ts";
import { type Keys, requireFormat, unwrapForDevices } from "./backup/sealing.ts";
import { BackupServer } from "./backup/server.ts";
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
  proofOfKey,
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
  private readonly backups: BackupServer;
  /** Coming back through friends. */
  readonly returning: Returning;

  constructor(
    private readonly platform: Platform,
    private readonly store: Store,
    private readonly http: Http,
    private readonly clock: ServerClock,
  ) {
    this.backups = new BackupServer(http);
    this.returning = new Returning(platform, store, this.backups, async (ticket, keys) => {
      await this.addDevice(ticket, keys.seed, await this.domain(), () => this.backupUnder(keys));
    });
  }

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
    await this.addDevice(signIn.ticket, seed, domain, () => this.newestBackup(seed));
  }

  /** Six digits bring back the account and what was said [BK5]. Throws CoreError, then nothing has changed here. */
  async withPin(typedName: string, pin: string): Promise<void> {
    if (!isPin(pin)) throw new CoreError("pin_malformed");
    const name = nameOnly(typedName);
    const domain = await this.domain();
    const { proof, localKey } = await stretchPin(name, domain, pin);
    const opened = await this.backups.open(name, proof);
    if (opened.format !== null) requireFormat(opened.format);
    const secret = vaultSecret(localKey, opened.share);
    const keys = await openVault(secret, opened.box);
    if (!equal(accountKeys(keys.seed).accountKey, opened.accountKey)) throw new CoreError("not_your_backup");
    await this.addDevice(opened.ticket, keys.seed, domain, async () => {
      const take = await this.backupUnder(keys);
      return (tx) => {
        take(tx);
        meta.put(tx, "pin_key", secret);
        meta.put(tx, "pin_asked_at_ms", Math.round(this.clock.now()));
      };
    });
  }

  /**
   * A backup file brings back the account and all in it [BK8] [BK9]. Returns when it may, if a device of the account
   * is still in use: the same file is then to be opened again.
   */
  async withFile(file: Blob, password: string): Promise<number | null> {
    const opened = await openFile(file, password, (seed) => accountKeys(seed).accountKey);
    const domain = await this.domain();
    if (opened.domain !== domain) throw new CoreError("not_your_backup");
    const { seed } = opened.keys;
    const { id, secret } = await this.recoveryFor(opened.name);
    await this.backups.proveRecovery(id, secret, proofOfKey(seed, id)).catch((error: unknown) => {
      this.returning.forget();
      throw error;
    });
    const polled = await this.backups.pollRecovery(id, secret);
    if (polled.approved === null) return polled.opensAtMs ?? 0;
    const { ticket } = polled.approved;
    const { backupKey } = opened.keys;
    await this.addDevice(ticket, seed, domain, () => fetchFront(opened.source, backupKey, opened.manifest));
    this.returning.forget();
    await takeAll(this.store, opened.source, backupKey, opened.manifest);
    return null;
  }

  /** One that waits for this name already, or a new one. */
  private async recoveryFor(name: string): Promise<{ id: string; secret: string }> {
    const [id, secret] = [meta.words(this.store, "recovery_id"), meta.words(this.store, "recovery_secret")];
    if (id !== "" && meta.words(this.store, "recovery_name") === name) {
      const { state } = await this.backups.pollRecovery(id, secret);
      if (state !== "expired") return { id, secret };
    }
    const started = await this.backups.startRecovery(name);
    this.store.write((tx) => {
      meta.put(tx, "recovery_id", started.recovery_id);
      meta.put(tx, "recovery_secret", started.poll_secret);
      meta.put(tx, "recovery_name", name);
    });
    return { id: started.recovery_id, secret: started.poll_secret };
  }

  /** What a password or passkey brings besides the account. Whatever is wrong with it keeps nobody out. */
  private async newestBackup(seed: Uint8Array): Promise<(tx: Tx) => void> {
    try {
      const { head } = await this.backups.held();
      if (head === null) return () => {};
      const { accountKey } = accountKeys(seed);
      const key = await unwrapForDevices(seed, accountKey, head.keyForDevices);
      return await fetchServersFront(this.backups, key, accountKey, head);
    } catch (error) {
      const isLater = error instanceof CoreError && error.code === "offline";
      return (tx) => isLater && meta.put(tx, "restore_wanted", true);
    }
  }

  /** The newest backup, under keys that a box gave. A backup that was never finished is none. */
  private async backupUnder(keys: Keys): Promise<(tx: Tx) => void> {
    const { head } = await this.backups.held();
    if (head === null) return (tx) => meta.put(tx, "backup_key", keys.backupKey);
    return fetchServersFront(this.backups, keys.backupKey, accountKeys(keys.seed).accountKey, head);
  }

  /**
   * `prepare` runs once the device is admitted; what it returns is written together with who this device is. If it
   * fails, the device is taken back, and nothing has happened.
   */
  private async addDevice(
    ticket: string,
    seed: Uint8Array,
    domain: string,
    prepare: () => Promise<(tx: Tx) => void> = async () => () => {},
  ): Promise<void> {
    const device = newDeviceKeys();
    const createdAtMs = Math.round(this.clock.now());
    const label = sealLabel(seed, this.platform.deviceLabel);
    const answer = await this.http.addDevice(ticket, wireDevice(seed, device, label, createdAtMs));
    this.http.token = answer.token;
    try {
      const write = await prepare();
      this.store.write((tx) => {
        write(tx);
        meta.put(tx, "joined_at_ms", createdAtMs);
        this.settle(tx, { ...answer, domain, seed, device });
      });
    } catch (error) {
      await this.http.removeDevice(answer.device_id).catch(() => undefined);
      this.http.token = "";
      throw error;
    }
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
    tx.run("INSERT OR IGNORE INTO person (account, name, account_key) VALUES (?, ?, ?)", [
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

/** People type the whole address too. */
export function nameOnly(typed: string): string {
  return typed.trim().split("@")[0] ?? "";
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
