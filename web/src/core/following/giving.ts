import { CoreError } from "../api.ts";
import { equal, hex } from "../bytes.ts";
import { NotThere } from "../http.ts";
import { BlobCipher, blobBytes, CHUNK_BYTES, ContentHash, freshBlobId } from "../media/blob.ts";
import { Transport } from "../media/transport.ts";
import { sealedPart } from "../media/uploads.ts";
import { leafKeys } from "../mls/group.ts";
import type { States } from "../mls/states.ts";
import type { Session } from "../session.ts";
import { blob, integer, type Row, type Tx, text } from "../store/store.ts";
import { Errand, pauseMs } from "../sync/errand.ts";
import type { Outbox } from "../sync/outbox.ts";
import type { Keepsakes } from "./keepsakes.ts";
import { isAwaited, offer } from "./lists.ts";
import { followingBody, type GivenFile } from "./wire.ts";

/**
 * Files of what she keeps, given to her other devices [FA3]: as a blob for the self group, small ones when she keeps
 * them, others when a device asks. Of several devices that have one the first gives it, and the others hold back.
 */

const TURN_MS = 15_000;
const GIVEN_UP_MS = 7 * 86_400_000;

export class Giving {
  private readonly transport: Transport;
  private readonly errand = new Errand(() => this.once());

  constructor(
    private readonly session: Session,
    private readonly states: States,
    private readonly outbox: Outbox,
    private readonly keepsakes: Keepsakes,
  ) {
    this.transport = new Transport(session.http);
  }

  tend(): void {
    this.errand.tend();
  }

  end(): void {
    this.errand.end();
  }

  /** Another own device asks. */
  asked(tx: Tx, asker: Uint8Array, names: readonly string[]): void {
    const fromMs = this.session.platform.now() + this.turnOf(asker) * TURN_MS;
    for (const name of names) {
      if (isAwaited(tx, name) || !this.keepsakes.isKept(tx, name)) continue;
      offer(tx, name, this.session.clock.now(), fromMs);
    }
  }

  /** Another own device gave it: this one need not, unless it has begun. */
  given(tx: Tx, name: string): void {
    tx.run("DELETE FROM following_out WHERE name = ? AND retry_at_ms > ?", [name, this.session.platform.now()]);
  }

  /** Which of the devices that may answer this one is, from 0. */
  private turnOf(asker: Uint8Array): number {
    const state = this.states.get(this.session.selfGroupId);
    const others = (state === null ? [] : leafKeys(state.ratchetTree)).filter((key) => !equal(key, asker));
    const mine = hex(this.session.device.signatureKey);
    return others.map((key) => hex(key)).filter((key) => key < mine).length;
  }

  private async once(): Promise<void> {
    const { store, platform, selfGroupId } = this.session;
    if (!this.outbox.canSendNow(selfGroupId)) return;
    // A sticker that the others do not know of yet would be let go by them.
    const due = store.all(
      `SELECT * FROM following_out WHERE retry_at_ms <= ?
       AND name NOT IN (SELECT 's' || lower(hex(id)) FROM sticker WHERE told = 0) ORDER BY made_ms`,
      [platform.now()],
    );
    for (const row of due) {
      try {
        await this.give(row);
      } catch (error) {
        if (this.errand.signal.aborted) return;
        store.write((tx) => this.postpone(tx, row, error));
      }
    }
  }

  private async give(row: Row): Promise<void> {
    const { store, turn, selfGroupId } = this.session;
    const name = text(row, "name");
    const content = await this.keepsakes.read(name);
    const isDue = store.one("SELECT 1 FROM following_out WHERE name = ?", [name]) !== undefined;
    if (content === null || !isDue) {
      store.write((tx) => tx.run("DELETE FROM following_out WHERE name = ?", [name]));
      return;
    }
    const secrets = { key: blob(row, "key"), prefix: blob(row, "prefix") };
    const cipher = await BlobCipher.of(secrets, content.size);
    const hash = await hashOf(cipher, content);
    const upload = { id: blob(row, "blob"), bytes: blobBytes(content.size), groupId: selfGroupId };
    await this.transport.put(upload, (from, to) => sealedPart(cipher, content, from, to), this.errand.signal);
    await turn.run(async () => {
      const gives: GivenFile[] = [{ name, blob: blob(row, "blob"), secrets, hash, bytes: content.size }];
      store.write((tx) => {
        if (this.keepsakes.isKept(tx, name)) this.outbox.say(tx, selfGroupId, followingBody({ gives }));
        tx.run("DELETE FROM following_out WHERE name = ?", [name]);
      });
    });
    await this.outbox.flush();
  }

  private postpone(tx: Tx, row: Row, error: unknown): void {
    const name = text(row, "name");
    if (integer(row, "made_ms") < this.session.clock.now() - GIVEN_UP_MS) {
      tx.run("DELETE FROM following_out WHERE name = ?", [name]); // who still wants it asks again
      return;
    }
    // An upload that the server has dropped meanwhile is made again under another id.
    if (error instanceof NotThere) {
      tx.run("UPDATE following_out SET blob = ? WHERE name = ?", [freshBlobId(), name]);
    }
    const tries = integer(row, "tries");
    const retryAfterS = error instanceof CoreError ? (error.retryAfterS ?? 0) : 0;
    const waitMs = Math.max(pauseMs(tries, this.session.platform), retryAfterS * 1000);
    tx.run("UPDATE following_out SET tries = ?, retry_at_ms = ? WHERE name = ?", [
      tries + 1,
      Math.ceil(this.session.platform.now() + waitMs),
      name,
    ]);
  }
}

async function hashOf(cipher: BlobCipher, content: Blob): Promise<Uint8Array> {
  const hash = new ContentHash();
  for (let index = 0; index < cipher.chunks; index++) {
    const part = await content.slice(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES).arrayBuffer();
    await hash.add(await cipher.seal(index, new Uint8Array(part)));
  }
  return hash.digest();
}
