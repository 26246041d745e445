import type { HealthCheck, Member, OpenInvitation, OwnersAct, PageOf, ServerHealth, ServerStorage } from "../api.ts";
import type { Http } from "../http.ts";

/** What the owner of the server asks of it (SPEC §10); everybody else is refused. */

interface WireMember {
  account_id: number;
  name: string;
  is_owner: boolean;
  joined_at_ms: number;
  suspended_at_ms: number | null;
  devices: number;
  last_seen_day: string | null;
  can_sign_in: boolean;
  media_bytes: number;
  backup_bytes: number;
}

interface WireMembers {
  members: WireMember[];
  more: boolean;
  members_in_all: number;
  suspended_in_all: number;
  devices_in_all: number;
}

interface WireInvitation {
  id: number;
  kind: OpenInvitation["kind"];
  inviter_name: string | null;
  uses: number;
  uses_max: number;
  created_at_ms: number;
  expires_at_ms: number;
}

interface WireStorage {
  media_count: number;
  media_bytes: number;
  media_bytes_max: number | null;
  media_ending_count: number;
  media_ending_bytes: number;
  media_days: number;
  backup_bytes: number;
  database_bytes: number;
  mail_waiting: number;
  mail_counted_max: number;
  mail_days: number;
  disk_free_bytes: number;
  disk_total_bytes: number;
  disk_reserve_bytes: number;
  media_account_bytes_max: number;
  backup_account_bytes_max: number;
}

interface WireHealth {
  version: string;
  uptime_s: number;
  database_engine: string;
  database_bytes: number;
  checks: HealthCheck[];
}

interface WireAct {
  id: number;
  at_ms: number;
  act: OwnersAct["act"];
  actor: string | null;
  subject: string | null;
}

export class Ownership {
  constructor(private readonly http: Http) {}

  async members(named: string, suspendedOnly: boolean, before: Member | null) {
    const asked = after(before === null ? null : { atMs: before.joinedAtMs, id: before.id });
    if (named !== "") asked.set("named", named);
    if (suspendedOnly) asked.set("suspended", "true");
    const answer = await this.http.ask<WireMembers>("GET", `/admin/members?${asked}`);
    return {
      items: answer.members.map(memberOf),
      more: answer.more,
      inAll: answer.members_in_all,
      suspendedInAll: answer.suspended_in_all,
      devicesInAll: answer.devices_in_all,
    };
  }

  async member(id: string): Promise<Member> {
    return memberOf(await this.http.ask<WireMember>("GET", `/admin/members/${Number(id)}`));
  }

  async suspend(id: string, suspended: boolean): Promise<void> {
    await this.http.ask<null>("POST", `/admin/members/${Number(id)}/${suspended ? "suspend" : "restore"}`);
  }

  async signOut(id: string): Promise<void> {
    await this.http.ask<null>("POST", `/admin/members/${Number(id)}/sign-out`);
  }

  async remove(id: string, name: string): Promise<void> {
    await this.http.ask<null>("DELETE", `/admin/members/${Number(id)}`, { name });
  }

  async invitations(before: OpenInvitation | null): Promise<PageOf<OpenInvitation>> {
    const asked = after(before === null ? null : { atMs: before.createdAtMs, id: before.id });
    const path = `/admin/invitations?${asked}`;
    const answer = await this.http.ask<{ invitations: WireInvitation[]; more: boolean }>("GET", path);
    const items = answer.invitations.map((one) => ({
      id: String(one.id),
      kind: one.kind,
      inviter: one.inviter_name ?? "",
      uses: one.uses,
      usesMax: one.uses_max,
      createdAtMs: one.created_at_ms,
      expiresAtMs: one.expires_at_ms,
    }));
    return { items, more: answer.more };
  }

  async withdraw(id: string): Promise<void> {
    await this.http.ask<null>("DELETE", `/admin/invitations/${Number(id)}`);
  }

  async storage(): Promise<ServerStorage> {
    const held = await this.http.ask<WireStorage>("GET", "/admin/storage");
    return {
      media: {
        count: held.media_count,
        bytes: held.media_bytes,
        bytesMax: held.media_bytes_max,
        endingCount: held.media_ending_count,
        endingBytes: held.media_ending_bytes,
        days: held.media_days,
      },
      backupBytes: held.backup_bytes,
      databaseBytes: held.database_bytes,
      mail: {
        waiting: held.mail_waiting,
        countedAll: held.mail_waiting < held.mail_counted_max,
        days: held.mail_days,
      },
      disk: {
        freeBytes: held.disk_free_bytes,
        totalBytes: held.disk_total_bytes,
        reserveBytes: held.disk_reserve_bytes,
      },
      mediaAccountBytesMax: held.media_account_bytes_max,
      backupAccountBytesMax: held.backup_account_bytes_max,
    };
  }

  async health(): Promise<ServerHealth> {
    const found = await this.http.ask<WireHealth>("GET", "/admin/health");
    return {
      version: found.version,
      uptimeS: found.uptime_s,
      databaseEngine: found.database_engine,
      databaseBytes: found.database_bytes,
      checks: found.checks,
    };
  }

  async acts(before: OwnersAct | null): Promise<PageOf<OwnersAct>> {
    const path = `/admin/acts?${after(before)}`;
    const answer = await this.http.ask<{ acts: WireAct[]; more: boolean }>("GET", path);
    const items = answer.acts.map((one) => ({
      id: String(one.id),
      atMs: one.at_ms,
      act: one.act,
      actor: one.actor ?? "",
      subject: one.subject ?? "",
    }));
    return { items, more: answer.more };
  }
}

function after(last: { atMs: number; id: string } | null): URLSearchParams {
  return new URLSearchParams(last === null ? {} : { before_ms: String(last.atMs), before_id: last.id });
}

function memberOf(one: WireMember): Member {
  return {
    id: String(one.account_id),
    name: one.name,
    isOwner: one.is_owner,
    joinedAtMs: one.joined_at_ms,
    suspendedAtMs: one.suspended_at_ms,
    devices: one.devices,
    lastSeenDay: one.last_seen_day ?? "",
    canSignIn: one.can_sign_in,
    mediaBytes: one.media_bytes,
    backupBytes: one.backup_bytes,
  };
}
