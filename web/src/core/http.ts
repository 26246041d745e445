import { CoreError, type ErrorCode } from "./api.ts";
import { base64, base64url, fromBase64 } from "./bytes.ts";
import type { Platform } from "./platform.ts";
import { WALLET_ERRORS } from "./wallet/http.ts";

/** The server's HTTP routes (SPEC §2), typed; a refusal becomes a CoreError, no network becomes `offline`. */

const TIMEOUT_MS = 20_000;
/** Of ten requests one may be asked again after `busy`; so many may be saved up [OV3]. */
const RETRIES_SAVED_MAX = 3;
const RETRIES_PER_REQUEST = 0.1;
/** Nobody is kept waiting for longer than this without being told. */
const RETRY_S_MAX = 5;

const CODES: Record<string, ErrorCode> = {
  ...WALLET_ERRORS,
  invitation_unknown: "invitation_unknown",
  invitation_used: "invitation_used",
  invitation_expired: "invitation_expired",
  name_taken: "name_taken",
  name_malformed: "name_malformed",
  person_unknown: "person_unknown",
  too_many_tries: "too_many_tries",
  wrong_password: "wrong_password",
  account_suspended: "account_suspended",
  owner_only: "owner_only",
  device_limit: "device_limit",
  link_expired: "link_expired",
  ticket_expired: "link_expired",
  no_consent: "no_consent",
  not_a_member: "not_a_member",
  group_full: "group_full",
  storage_full: "storage_full",
  passkey_unavailable: "passkey_unavailable",
  push_endpoint_unusable: "push_unusable",
  wrong_pin: "wrong_pin",
  vault_gone: "pin_gone",
  backup_full: "backup_full",
  backup_moved: "backup_moved",
  segment_unknown: "backup_damaged",
  segment_damaged: "offline",
  recovery_unknown: "recovery_ended",
  bad_proof: "not_your_backup",
  too_large: "file_too_large",
  not_in_group: "not_a_member",
  media_account_full: "media_full",
};

/** The token is not valid any more: this device was removed. */
export class SignedOut extends Error {}

/** The server takes nothing on for so long; everybody who is told so waits a different time [OV3]. */
class Busy extends CoreError {
  constructor(readonly afterS: number) {
    super("offline", afterS);
  }
}

/** There is no such thing on the server, or not for this device. */
export class NotThere extends Error {}

/** An upload stands elsewhere than this device believed [ME10]. */
export class OtherOffset extends Error {
  constructor(readonly offset: number) {
    super();
  }
}

export interface ServerInfo {
  domain: string;
  time_ms: number;
  has_owner: boolean;
}

export interface WirePerson {
  account_id: number;
  name: string;
  account_key: string;
  box_key: string;
  box_signature: string;
}

export interface WireDevice {
  signature_key: string;
  certificate: string;
  created_at_ms: number;
  label: string;
}

export interface Contacts {
  contacts: (WirePerson & { since_ms: number; greeting?: string | null })[];
  incoming: (WirePerson & { greeting: string; at_ms: number })[];
  outgoing: (WirePerson & { at_ms: number })[];
  blocked: WirePerson[];
}

export interface Certified {
  signature_key: string;
  device_id: number;
  account_id: number;
  name: string;
  account_key: string;
  certificate: string;
  created_at_ms: number;
  removed: boolean;
}

export interface SignIn {
  ticket: string;
  account_id: number;
  name: string;
  account_key: string;
  wrapped_account_key: string | null;
}

export interface Admission {
  account_id: number;
  device_id: number;
  token: string;
}

export interface InvitationLook {
  kind: "owner" | "member" | "friend";
  inviter_id?: number | null;
  inviter_name?: string | null;
  inviter_account_key?: string | null;
  inviter_box_key?: string | null;
  inviter_box_signature?: string | null;
  care_mode: boolean;
  language?: string | null;
}

export interface OwnDevice extends WireDevice {
  device_id: number;
  this: boolean;
  last_seen_day: string | null;
}

export interface ServerTable {
  table: string;
  purpose: string;
  lifetime: string;
  columns: { name: string; purpose: string }[];
  rows: unknown[][];
}

export interface JoinBody {
  invitation: string;
  name: string;
  account_key: string;
  box_key: string;
  box_signature: string;
  device: WireDevice;
  greeting?: string;
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

export class Http {
  token = "";
  language = "zh-Hans";
  /** Told once when the server no longer knows this device. */
  onSignedOut: () => void = () => {};
  /** Whoever runs the server has stopped the account for now. */
  onSuspended: () => void = () => {};

  private retries = RETRIES_SAVED_MAX;

  constructor(private readonly platform: Platform) {}

  server = () => this.ask<ServerInfo>("GET", "/server");
  look = (token: string) => this.ask<InvitationLook>("POST", "/invitations/look", { token });
  join = (body: JoinBody) => this.ask<Admission & { friend?: WirePerson | null }>("POST", "/join", body);
  loginWithPassword = (name: string, secret: Uint8Array) =>
    this.ask<SignIn>("POST", "/login/password", { name, secret: base64(secret) });
  loginWithPasskeyStart = () => this.ask<{ options: unknown }>("POST", "/login/passkey/start", {});
  loginWithPasskeyFinish = (credential: unknown) => this.ask<SignIn>("POST", "/login/passkey/finish", { credential });
  addDevice = (ticket: string, device: WireDevice) =>
    this.ask<Admission & { name: string }>("POST", "/devices", { ticket, device });

  me = () =>
    this.ask<{
      account_id: number;
      name: string;
      device_id: number;
      account_key: string;
      has_password: boolean;
      is_owner: boolean;
    }>("GET", "/me");
  setPassword = (secret: Uint8Array, wrapped: Uint8Array) =>
    this.ask<null>("PUT", "/me/password", { secret: base64(secret), wrapped_account_key: base64(wrapped) });
  passkeyStart = () => this.ask<{ options: unknown }>("POST", "/me/passkeys/start", {});
  passkeyFinish = (credential: unknown, label: Uint8Array, wrapped: Uint8Array | null) =>
    this.ask<{ id: string }>("POST", "/me/passkeys/finish", {
      credential,
      label: base64(label),
      ...(wrapped === null ? {} : { wrapped_account_key: base64(wrapped) }),
    });
  passkeys = () =>
    this.ask<{ passkeys: { id: string; label: string; created_at_ms: number }[] }>("GET", "/me/passkeys");
  removePasskey = (id: string) => this.ask<null>("DELETE", `/me/passkeys/${encodeURIComponent(id)}`);
  devices = async (): Promise<OwnDevice[]> => {
    const answer = await this.ask<OwnDevice[] | { devices: OwnDevice[] }>("GET", "/me/devices");
    return Array.isArray(answer) ? answer : answer.devices;
  };
  removeDevice = (id: string | number) => this.ask<null>("DELETE", `/me/devices/${id}`);
  data = () => this.ask<{ tables: ServerTable[] }>("GET", "/me/data");
  deleteAccount = (name: string) => this.ask<null>("DELETE", "/me", { name });

  startLink = () =>
    this.ask<{ link_id: string; poll_secret: string; expires_at_ms: number }>("POST", "/device-links", {});
  approveLink = (linkId: string, sealed: Uint8Array) =>
    this.ask<null>("POST", `/device-links/${encodeURIComponent(linkId)}/approve`, { sealed: base64(sealed) });
  pollLink = (linkId: string, pollSecret: string) =>
    this.ask<{ state: "waiting" | "approved" | "expired"; sealed?: string | null; ticket?: string | null }>(
      "POST",
      `/device-links/${encodeURIComponent(linkId)}/poll`,
      { poll_secret: pollSecret },
    );

  invite = (kind: "member" | "friend", uses: number, lifetimeS: number, careMode: boolean) =>
    this.ask<{ id: number; token: string; expires_at_ms: number }>("POST", "/invitations", {
      kind,
      uses_max: uses,
      lifetime_s: lifetimeS,
      care_mode: careMode,
    });
  person = (name: string) => this.ask<WirePerson>("GET", `/people/${encodeURIComponent(name)}`);
  contacts = () => this.ask<Contacts>("GET", "/contacts");
  requestFriend = (accountId: number, greeting: Uint8Array, invitation: string | null) =>
    this.ask<{ state: "requested" | "friends" }>("POST", "/contacts/requests", {
      account_id: accountId,
      greeting: base64(greeting),
      ...(invitation === null ? {} : { invitation }),
    });
  acceptFriend = (id: number) => this.ask<null>("POST", `/contacts/requests/${id}/accept`);
  declineFriend = (id: number) => this.ask<null>("POST", `/contacts/requests/${id}/decline`);
  removeFriend = (id: number) => this.ask<null>("DELETE", `/contacts/${id}`);
  block = (id: number, blocked: boolean) => this.ask<null>(blocked ? "PUT" : "DELETE", `/blocks/${id}`);

  putKeyPackages = (packages: Uint8Array[], lastResort: Uint8Array | null) =>
    this.ask<{ count: number }>("PUT", "/key-packages", {
      packages: packages.map(base64),
      ...(lastResort === null ? {} : { last_resort: base64(lastResort) }),
    });
  keyPackageCount = () => this.ask<{ count: number; has_last_resort: boolean }>("GET", "/key-packages/count");
  /** `groupId`: who asked to be added to that group may be claimed too [GP9]. */
  claimKeyPackages = (accountIds: number[], groupId: Uint8Array) =>
    this.ask<{ devices: { device_id: number; account_id: number; key_package: string }[]; without: number[] }>(
      "POST",
      "/key-packages/claim",
      { account_ids: accountIds, group_id: base64(groupId) },
    );
  askToJoin = (groupId: Uint8Array, sealed: Uint8Array) =>
    this.ask<void>("POST", `/groups/${base64url(groupId)}/requests`, { sealed: base64(sealed) });
  directory = (keys: Uint8Array[]) =>
    this.ask<{ devices: Certified[] }>("POST", "/directory", { signature_keys: keys.map(base64) });

  contactRules = () => this.ask<{ by_name: boolean; by_code: boolean; by_group: boolean }>("GET", "/contacts/rules");
  putContactRules = (rules: { by_name: boolean; by_code: boolean; by_group: boolean }) =>
    this.ask<null>("PUT", "/contacts/rules", rules);
  push = async () => {
    const answer = await this.ask<{ public_key: string; registered: boolean; failures: number }>("GET", "/push");
    return { publicKey: fromBase64(answer.public_key), registered: answer.registered, failures: answer.failures };
  };
  registerPush = (body: { endpoint: string; device_key: string; auth_secret: string; muted: string[] }) =>
    this.ask<null>("PUT", "/push/subscription", body);
  unregisterPush = () => this.ask<null>("DELETE", "/push/subscription");
  tryPush = () => this.ask<{ outcome: string }>("POST", "/push/trial");

  groups = () => this.ask<{ groups: { group_id: string; epoch: number; joined: boolean }[] }>("GET", "/groups");
  groupInfo = async (groupId: Uint8Array) => {
    const answer = await this.ask<{ epoch: number; group_info: string; roster: number[] }>(
      "GET",
      `/groups/${base64url(groupId)}/info`,
    );
    return { epoch: answer.epoch, groupInfo: fromBase64(answer.group_info), roster: answer.roster };
  };
  /** The group's devices of now may fetch the blob, too [ME12]. */
  mediaDue = (id: string, groupId: Uint8Array) =>
    this.ask<null>("POST", `/media/${id}/due`, { group_id: base64(groupId) });
  leave = (groupId: Uint8Array) => this.ask<null>("DELETE", `/groups/${base64url(groupId)}/membership`);

  /** An answer that is no JSON, or whose head is what counts. Throws as the others do. */
  async raw(
    path: string,
    init: { method: string; headers?: Record<string, string>; body?: Uint8Array; signal: AbortSignal },
  ): Promise<Response> {
    const { method, headers, body, signal } = init;
    let response: Response;
    try {
      response = await this.platform.fetch(`${this.platform.origin}/api${path}`, {
        method,
        headers: { ...headers, "accept-language": this.language, authorization: `Bearer ${this.token}` },
        cache: "no-store",
        credentials: "omit",
        signal,
        ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> }),
      });
      if (response.ok) return response;
      const offset = response.headers.get("upload-offset");
      if (response.status === 409 && offset !== null) throw new OtherOffset(Number(offset));
      throw this.refusal(response.status, await response.text());
    } catch (error) {
      if (error instanceof CoreError || error instanceof NotThere || error instanceof SignedOut) throw error;
      throw error instanceof OtherOffset ? error : new CoreError("offline");
    }
  }

  /** Asks one route, and once again if the server was busy. Throws CoreError, NotThere or SignedOut. */
  async ask<T>(method: Method, path: string, body?: object): Promise<T> {
    this.retries = Math.min(RETRIES_SAVED_MAX, this.retries + RETRIES_PER_REQUEST);
    try {
      return await this.askOnce<T>(method, path, body);
    } catch (error) {
      if (!(error instanceof Busy) || this.retries < 1 || error.afterS > RETRY_S_MAX) throw error;
      this.retries -= 1;
      await new Promise<void>((done) => this.platform.later(error.afterS * 1000, done));
      return this.askOnce<T>(method, path, body);
    }
  }

  private async askOnce<T>(method: Method, path: string, body?: object): Promise<T> {
    const headers: Record<string, string> = { accept: "application/json", "accept-language": this.language };
    if (this.token !== "") headers["authorization"] = `Bearer ${this.token}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    let response: Response;
    let text: string;
    try {
      response = await this.platform.fetch(`${this.platform.origin}/api${path}`, {
        method,
        headers,
        cache: "no-store",
        credentials: "omit",
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await response.text();
    } catch {
      throw new CoreError("offline");
    }
    if (response.ok) return (text === "" ? null : JSON.parse(text)) as T;
    throw this.refusal(response.status, text);
  }

  private refusal(status: number, text: string): Error {
    let problem: { code?: unknown; retry_after_s?: unknown } = {};
    try {
      problem = JSON.parse(text) as typeof problem;
    } catch {
      // A proxy's page: the status says enough.
    }
    const code = typeof problem.code === "string" ? CODES[problem.code] : undefined;
    const retryAfterS = typeof problem.retry_after_s === "number" ? problem.retry_after_s : null;
    if (status === 401 && code === undefined && this.token !== "") {
      this.onSignedOut();
      return new SignedOut();
    }
    if (code === "account_suspended" && this.token !== "") {
      this.onSuspended();
      return new CoreError("offline", retryAfterS); // to whatever was being done: it is done later
    }
    if (code !== undefined) return new CoreError(code, retryAfterS);
    if (status === 404 || status === 403) return new NotThere();
    if (status === 429) return new CoreError("too_many_tries", retryAfterS);
    if (problem.code === "busy") return new Busy((retryAfterS ?? 1) * (1 + this.platform.jitter()));
    if (status >= 500) return new CoreError("offline", retryAfterS);
    return new CoreError("unexpected", retryAfterS);
  }
}
