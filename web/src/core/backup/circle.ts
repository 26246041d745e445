import { encode } from "cborg";
import { CoreError, type RecoveryAsked } from "../api.ts";
import { equal, random } from "../bytes.ts";
import { parseLink } from "../contacts/links.ts";
import { findPerson } from "../contacts/people.ts";
import { shareBody } from "../content/kinds.ts";
import { sealBox } from "../mls/hpke.ts";
import { digest } from "../mls/suite.ts";
import type { Session } from "../session.ts";
import { blob, blobOrNull, integer, type Tx } from "../store/store.ts";
import type { Outbox } from "../sync/outbox.ts";
import { KEY_BYTES, type Keys, packKeys, unpackKeys, unwrap, wrap } from "./sealing.ts";
import type { BackupServer } from "./server.ts";
import { split } from "./shamir.ts";

/**
 * Friends who can bring each other back [BK7]. Three keep a share each, any two of them open the box; alone, or with
 * the server, a share is worth nothing. A new choice makes the shares of the one before worthless.
 */

export const FRIENDS = 3;
const CIRCLE_ID_BYTES = 16;
const INFO = "hongyan circle v1";
export const RECOVERY_INFO = "hongyan recovery v1";
const NO_SHARE = new Uint8Array();

export function closeCircle(secret: Uint8Array, circle: Uint8Array, keys: Keys): Promise<Uint8Array> {
  return wrap(secret, INFO, circle, packKeys(keys));
}

export async function openCircle(secret: Uint8Array, circle: Uint8Array, box: Uint8Array): Promise<Keys> {
  return unpackKeys(await unwrap(secret, INFO, circle, box));
}

/** Six digits that both sides see: who is on the telephone reads them out. */
export function recoveryCode(recoveryId: string, publicKey: Uint8Array): string {
  const hash = digest("hongyan recovery code v1\0", recoveryId, publicKey);
  return String(new DataView(hash.buffer, hash.byteOffset).getUint32(0) % 1_000_000).padStart(6, "0");
}

export class Circle {
  constructor(
    private readonly session: Session,
    private readonly server: BackupServer,
    private readonly outbox: Outbox,
  ) {}

  /** Whom she chose, as far as this device knows. */
  friends(): number[] {
    return this.session.store.all("SELECT account FROM circle ORDER BY account").map((row) => integer(row, "account"));
  }

  /** For whom this person keeps a share. */
  helping(): number[] {
    const rows = this.session.store.all("SELECT account FROM held_share ORDER BY at_ms");
    return rows.map((row) => integer(row, "account"));
  }

  /** These three friends can bring her back from now on, and nobody else. `ready` makes sure of their chats. */
  async choose(accounts: number[], backupKey: Uint8Array, ready: (account: number) => Uint8Array): Promise<void> {
    const { store, account, turn, clock } = this.session;
    const chosen = [...new Set(accounts)];
    if (chosen.length !== FRIENDS) throw new CoreError("friends_needed");
    for (const friend of chosen) {
      if (findPerson(store, friend)?.friend !== true) throw new CoreError("no_consent");
    }
    const secret = random(KEY_BYTES);
    const circle = random(CIRCLE_ID_BYTES);
    const shares = split(secret, FRIENDS);
    const groups = new Map([...chosen, ...this.friends()].map((friend) => [friend, ready(friend)] as const));
    await this.server.putCircle(circle, await closeCircle(secret, circle, { backupKey, seed: account.seed }));
    await turn.run(async () => {
      store.write((tx) => {
        for (const friend of this.friends()) {
          const groupId = groups.get(friend);
          if (!chosen.includes(friend) && groupId !== undefined) {
            this.outbox.say(tx, groupId, shareBody(circle, NO_SHARE));
          }
        }
        tx.run("DELETE FROM circle");
        chosen.forEach((friend, i) => {
          const share = shares[i] ?? NO_SHARE;
          this.note(tx, friend, circle, share, Math.round(clock.now()));
          const groupId = groups.get(friend);
          if (groupId !== undefined) this.outbox.say(tx, groupId, shareBody(circle, share));
        });
        tx.touch("backup");
      });
    });
    void this.outbox.flush();
  }

  private note(tx: Tx, friend: number, circle: Uint8Array, share: Uint8Array, atMs: number): void {
    tx.run("INSERT OR REPLACE INTO circle (account, circle, share, at_ms) VALUES (?, ?, ?, ?)", [
      friend,
      circle,
      share,
      atMs,
    ]);
  }

  /** A share that came in the chat with `friend`, from her or from another own device. True: she asks for help. */
  takeIn(
    tx: Tx,
    {
      friend,
      mine,
      circle,
      share,
      atMs,
    }: {
      friend: number;
      mine: boolean;
      circle: Uint8Array;
      share: Uint8Array;
      atMs: number;
    },
  ): boolean {
    tx.touch("backup");
    if (mine) {
      tx.run("DELETE FROM circle WHERE circle <> ?", [circle]);
      if (share.length > 0) this.note(tx, friend, circle, share, atMs);
      return false;
    }
    const known = tx.one("SELECT circle, at_ms FROM held_share WHERE account = ?", [friend]);
    if (known !== undefined && integer(known, "at_ms") > atMs) return false;
    if (share.length === 0) {
      tx.run("DELETE FROM held_share WHERE account = ?", [friend]);
      return false;
    }
    tx.run("INSERT OR REPLACE INTO held_share (account, circle, share, at_ms) VALUES (?, ?, ?, ?)", [
      friend,
      circle,
      share,
      atMs,
    ]);
    return known === undefined || !equal(blob(known, "circle"), circle);
  }

  /** Who shows this link, as far as a friend can know. Throws CoreError recovery_ended. */
  async look(linkText: string): Promise<RecoveryAsked> {
    const link = parseLink(linkText);
    if (link.kind !== "recovery") throw new CoreError("recovery_ended");
    const asking = await this.server.lookAtRecovery(link.recoveryId);
    return {
      person: String(asking.account_id),
      startedAtMs: asking.started_at_ms,
      code: recoveryCode(link.recoveryId, link.publicKey),
      approved: asking.approved,
      canHelp: this.shareFor(asking.account_id) !== null,
    };
  }

  /** Gives the share that this person keeps, so that only the new device can open it. */
  async approve(linkText: string): Promise<void> {
    const link = parseLink(linkText);
    if (link.kind !== "recovery") throw new CoreError("recovery_ended");
    const { account_id } = await this.server.lookAtRecovery(link.recoveryId);
    const held = this.shareFor(account_id);
    if (held === null) throw new CoreError("recovery_ended");
    await this.server.approveRecovery(link.recoveryId, sealBox(link.publicKey, encode(held), RECOVERY_INFO));
  }

  private shareFor(account: number): { circle: Uint8Array; share: Uint8Array } | null {
    const row = this.session.store.one("SELECT circle, share FROM held_share WHERE account = ?", [account]);
    const share = row === undefined ? null : blobOrNull(row, "share");
    return row === undefined || share === null ? null : { circle: blob(row, "circle"), share };
  }
}
