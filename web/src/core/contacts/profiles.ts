import { CoreError, type PersonId, type Profile } from "../api.ts";
import { jpegSize } from "../content/jpeg.ts";
import { profileBody, type StatedProfile } from "../content/kinds.ts";
import type { Session } from "../session.ts";
import { blob, blobOrNull, integer, type Row, type Tx, text } from "../store/store.ts";
import type { Outbox } from "../sync/outbox.ts";

/**
 * Picture and status: told to each friend inside the chat of two, and to the own devices in the self group [PR1].
 * The server sees messages like all others.
 */

export const PICTURE_BYTES_MAX = 64 * 1024;
const PICTURE_PIXELS_MAX = 1_024; // each way
const STATUS_CHARACTERS_MAX = 60;
const CLOCKS_DIFFER_MS = 5 * 60_000;
const TOLD_AT_ONCE_MAX = 4;

interface OwnRow {
  picture: Uint8Array | null;
  status: string;
  atMs: number;
}

export class Profiles {
  constructor(
    private readonly session: Session,
    private readonly outbox: Outbox,
    /** Whether there is another device in the self group. */
    private readonly hasOtherDevices: () => boolean,
  ) {}

  all(): Profile[] {
    const rows = this.session.store.all(
      "SELECT account, status, at_ms, picture IS NOT NULL AS pictured FROM profile ORDER BY account",
    );
    return rows.map((row) => ({
      id: String(integer(row, "account")),
      status: text(row, "status"),
      hasPicture: integer(row, "pictured") === 1,
      version: integer(row, "at_ms"),
    }));
  }

  picture(id: PersonId): Uint8Array | null {
    const row = this.session.store.one("SELECT picture FROM profile WHERE account = ?", [Number(id)]);
    return row === undefined ? null : blobOrNull(row, "picture");
  }

  /** What is left out stays as it is. Throws CoreError: too_large, too_long, storage_full. */
  set({ picture, status }: { picture?: Uint8Array | null; status?: string }): void {
    if (picture && !isUsable(picture)) throw new CoreError("picture_unusable");
    const words = status?.trim();
    if (words !== undefined && [...words].length > STATUS_CHARACTERS_MAX) throw new CoreError("too_long");
    this.session.store.write((tx) => {
      const before = ownRow(tx.one("SELECT * FROM profile WHERE account = ?", [this.session.accountId]));
      const atMs = Math.max(Math.round(this.session.clock.now()), before.atMs + 1);
      this.put(tx, this.session.accountId, {
        picture: picture === undefined ? before.picture : picture,
        status: words ?? before.status,
        atMs,
      });
    });
  }

  /** Somebody says what she looks like; an own other device, what we look like. */
  takeIn(tx: Tx, account: number, stated: StatedProfile, receivedAtMs: number): void {
    const atMs = Math.min(stated.atMs, receivedAtMs + CLOCKS_DIFFER_MS);
    const before = tx.one("SELECT at_ms FROM profile WHERE account = ?", [account]);
    if (before !== undefined && integer(before, "at_ms") >= atMs) return;
    const picture = stated.picture !== null && isUsable(stated.picture) ? stated.picture : null;
    const status = [...stated.status].slice(0, STATUS_CHARACTERS_MAX).join("");
    this.put(tx, account, { picture, status, atMs });
    if (account !== this.session.accountId) return;
    // The device on which it was changed tells everybody.
    tx.run(
      `INSERT OR REPLACE INTO profile_told (account, at_ms)
       SELECT account, ? FROM person WHERE friend = 1 UNION SELECT ?, ?`,
      [atMs, account, atMs],
    );
  }

  /** A device of hers is new in the chat: it is told again. */
  tellAgain(tx: Tx, account: number): void {
    tx.run("DELETE FROM profile_told WHERE account = ?", [account]);
  }

  /** Queues the own profile for a few of those who do not know it. Call in a turn. */
  tend(): boolean {
    const { store, accountId, selfGroupId } = this.session;
    const own = ownRow(store.one("SELECT * FROM profile WHERE account = ?", [accountId]));
    if (own.atMs === 0) return false;
    const rows = store.all(
      `SELECT p.account, c.group_id FROM person p JOIN conversation c ON c.person = p.account
       LEFT JOIN profile_told t ON t.account = p.account
       WHERE p.friend = 1 AND p.blocked = 0 AND c.kind = 'direct' AND c.status = 'active'
       AND (t.at_ms IS NULL OR t.at_ms < ?) LIMIT ?`,
      [own.atMs, TOLD_AT_ONCE_MAX],
    );
    const untold = rows.map((row) => ({ account: integer(row, "account"), groupId: blob(row, "group_id") }));
    const told = store.one("SELECT 1 FROM profile_told WHERE account = ? AND at_ms >= ?", [accountId, own.atMs]);
    if (told === undefined && this.hasOtherDevices()) untold.push({ account: accountId, groupId: selfGroupId });
    if (untold.length === 0) return false;
    store.write((tx) => {
      for (const { account, groupId } of untold) {
        this.outbox.say(tx, groupId, profileBody(own));
        tx.run("INSERT OR REPLACE INTO profile_told (account, at_ms) VALUES (?, ?)", [account, own.atMs]);
      }
    });
    return true;
  }

  private put(tx: Tx, account: number, { picture, status, atMs }: OwnRow): void {
    tx.run("INSERT OR REPLACE INTO profile (account, picture, status, at_ms) VALUES (?, ?, ?, ?)", [
      account,
      picture,
      status,
      atMs,
    ]);
    tx.touch("profiles");
  }
}

function ownRow(row: Row | undefined): OwnRow {
  if (row === undefined) return { picture: null, status: "", atMs: 0 };
  return { picture: blobOrNull(row, "picture"), status: text(row, "status"), atMs: integer(row, "at_ms") };
}

/** A JPEG of harmless size: nothing else is ever given to a browser to draw. */
function isUsable(picture: Uint8Array): boolean {
  const size = picture.length <= PICTURE_BYTES_MAX ? jpegSize(picture) : null;
  return (
    size !== null && Math.min(size.width, size.height) > 0 && Math.max(size.width, size.height) <= PICTURE_PIXELS_MAX
  );
}
