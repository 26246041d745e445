import { base64, fromBase64, hex } from "../bytes.ts";
import type { Http } from "../http.ts";

/** The server's routes for backups (SPEC §2, [BK1] to [BK8]), typed. */

export interface Head {
  version: number;
  format: number;
  deviceId: number;
  madeAtMs: number;
  manifest: Uint8Array;
  keyForDevices: Uint8Array;
}

export interface Held {
  head: Head | null;
  vault: { box: Uint8Array; destroyed: boolean; setAtMs: number } | null;
  circle: { id: Uint8Array; box: Uint8Array; madeAtMs: number } | null;
  usedBytes: number;
  bytesMax: number;
}

export interface NewVersion {
  after: number;
  version: number;
  format: number;
  manifest: Uint8Array;
  keyForDevices: Uint8Array;
  segments: Uint8Array[];
}

export interface Opened {
  ticket: string;
  name: string;
  accountKey: Uint8Array;
  share: Uint8Array;
  box: Uint8Array;
  format: number | null;
}

export interface Polled {
  state: "waiting" | "approved" | "expired";
  approvals: number;
  opensAtMs: number | null;
  approved: {
    ticket: string;
    name: string;
    accountKey: Uint8Array;
    circle: Uint8Array | null;
    box: Uint8Array | null;
    sealed: Uint8Array[];
    format: number | null;
  } | null;
}

interface WireHeld {
  backup: {
    version: number;
    format: number;
    device_id: number;
    made_at_ms: number;
    manifest: string;
    key_for_devices: string;
  } | null;
  vault: { box: string; destroyed: boolean; set_at_ms: number } | null;
  circle: { circle_id: string; box: string; made_at_ms: number } | null;
  used_bytes: number;
  bytes_max: number;
}

interface WireOpened {
  ticket: string;
  name: string;
  account_key: string;
  share: string;
  box: string;
  format: number | null;
}

interface WirePolled {
  state: Polled["state"];
  approvals: number;
  opens_at_ms: number | null;
  account_key: string | null;
  name: string | null;
  circle_id: string | null;
  box: string | null;
  sealed: string[];
  ticket: string | null;
  format: number | null;
}

export class BackupServer {
  constructor(private readonly http: Http) {}

  async held(): Promise<Held> {
    const { backup, vault, circle, used_bytes, bytes_max } = await this.http.ask<WireHeld>("GET", "/backup");
    return {
      head: backup && {
        version: backup.version,
        format: backup.format,
        deviceId: backup.device_id,
        madeAtMs: backup.made_at_ms,
        manifest: fromBase64(backup.manifest),
        keyForDevices: fromBase64(backup.key_for_devices),
      },
      vault: vault && { box: fromBase64(vault.box), destroyed: vault.destroyed, setAtMs: vault.set_at_ms },
      circle: circle && { id: fromBase64(circle.circle_id), box: fromBase64(circle.box), madeAtMs: circle.made_at_ms },
      usedBytes: used_bytes,
      bytesMax: bytes_max,
    };
  }

  putSegment(id: Uint8Array, content: Uint8Array): Promise<null> {
    return this.http.ask("PUT", "/backup/segments", { segment_id: base64(id), content: base64(content) });
  }

  async segment(id: Uint8Array): Promise<Uint8Array> {
    const { content } = await this.http.ask<{ content: string }>("GET", `/backup/segments/${hex(id)}`);
    return fromBase64(content);
  }

  putVersion(made: NewVersion): Promise<null> {
    return this.http.ask("PUT", "/backup", {
      after: made.after,
      version: made.version,
      format: made.format,
      manifest: base64(made.manifest),
      key_for_devices: base64(made.keyForDevices),
      segments: made.segments.map(base64),
    });
  }

  erase(): Promise<null> {
    return this.http.ask("DELETE", "/backup");
  }

  putVault(share: Uint8Array, verifier: Uint8Array, box: Uint8Array): Promise<null> {
    const body = { share: base64(share), verifier: base64(verifier), box: base64(box) };
    return this.http.ask("PUT", "/backup/vault", body);
  }

  async open(name: string, proof: Uint8Array): Promise<Opened> {
    const answer = await this.http.ask<WireOpened>("POST", "/backup/open", { name, proof: base64(proof) });
    return {
      ticket: answer.ticket,
      name: answer.name,
      accountKey: fromBase64(answer.account_key),
      share: fromBase64(answer.share),
      box: fromBase64(answer.box),
      format: answer.format,
    };
  }

  putCircle(id: Uint8Array, box: Uint8Array): Promise<null> {
    return this.http.ask("PUT", "/backup/circle", { circle_id: base64(id), box: base64(box) });
  }

  startRecovery(name: string): Promise<{ recovery_id: string; poll_secret: string; expires_at_ms: number }> {
    return this.http.ask("POST", "/recoveries", { name });
  }

  lookAtRecovery(id: string): Promise<{ account_id: number; name: string; started_at_ms: number; approved: boolean }> {
    return this.http.ask("GET", `/recoveries/${encodeURIComponent(id)}`);
  }

  approveRecovery(id: string, sealed: Uint8Array): Promise<null> {
    return this.http.ask("POST", `/recoveries/${encodeURIComponent(id)}/approve`, { sealed: base64(sealed) });
  }

  proveRecovery(id: string, secret: string, signature: Uint8Array): Promise<null> {
    const body = { poll_secret: secret, signature: base64(signature) };
    return this.http.ask("POST", `/recoveries/${encodeURIComponent(id)}/prove`, body);
  }

  async pollRecovery(id: string, secret: string): Promise<Polled> {
    const path = `/recoveries/${encodeURIComponent(id)}/poll`;
    const answer = await this.http.ask<WirePolled>("POST", path, { poll_secret: secret });
    const { state, approvals, opens_at_ms: opensAtMs, ticket, account_key, name, circle_id, box, format } = answer;
    if (ticket === null || account_key === null) return { state, approvals, opensAtMs, approved: null };
    return {
      state,
      approvals,
      opensAtMs,
      approved: {
        ticket,
        name: name ?? "",
        accountKey: fromBase64(account_key),
        circle: circle_id === null ? null : fromBase64(circle_id),
        box: box === null ? null : fromBase64(box),
        sealed: answer.sealed.map(fromBase64),
        format,
      },
    };
  }

  async askedFor(): Promise<{ id: string; startedAtMs: number; opensAtMs: number | null }[]> {
    const { recoveries } = await this.http.ask<{
      recoveries: { recovery_id: string; started_at_ms: number; opens_at_ms: number | null }[];
    }>("GET", "/me/recoveries");
    return recoveries.map((one) => ({
      id: one.recovery_id,
      startedAtMs: one.started_at_ms,
      opensAtMs: one.opens_at_ms,
    }));
  }

  refuseRecovery(id: string): Promise<null> {
    return this.http.ask("DELETE", `/me/recoveries/${encodeURIComponent(id)}`);
  }
}
