import { CoreError, type HistoryShare } from "../api.ts";
import { base64url, random } from "../bytes.ts";
import { type Chats, groupChatId } from "../chats/chats.ts";
import { sayingOf } from "../chats/sending.ts";
import { BLOB_ID_BYTES, handedBody, sealKeys } from "../content/handed.ts";
import { NotThere, OtherOffset } from "../http.ts";
import { blobBytes, freshSecrets } from "../media/blob.ts";
import { Transport } from "../media/transport.ts";
import { sealWhole } from "../media/whole.ts";
import { sealBox } from "../mls/hpke.ts";
import type { Session } from "../session.ts";
import { blob, integer, type Reader, type Row, type Tx, text } from "../store/store.ts";
import { Errand, pauseMs } from "../sync/errand.ts";
import type { Outbox } from "../sync/outbox.ts";
import { BUNDLE_BYTES_MAX, bytesOf, MESSAGES_MAX, type OldMessage, packBundle } from "./bundle.ts";
import type { Newcomer } from "./newcomers.ts";

/**
 * What was said before somebody came, given to her by the one who brings her in [GH1] to [GH3]: a secret goes with the
 * welcome, the messages as a blob to the server, and what opens the blob, under that secret, is said in the group.
 */

export const PROMISE_INFO = "hongyan handed history v1";
const SECRET_BYTES = 32;
const LAST = 100;
const PAGE = 200;
const PIECE_BYTES = 1024 * 1024;
const GIVEN_UP_MS = 7 * 86_400_000;

const AMOUNTS: Record<HistoryShare, number> = { none: 0, last: LAST, all: MESSAGES_MAX };

/** For the devices of newcomers who are promised history: `[device's signature key, sealed secret]` each [GH1]. */
export function promises(reader: Reader, groupId: Uint8Array, adding: readonly Newcomer[]): [Uint8Array, Uint8Array][] {
  return adding.flatMap(({ accountId, signatureKey, keyPackage }) => {
    const row = reader.one("SELECT secret FROM handing WHERE group_id = ? AND account = ? AND came_ms IS NULL", [
      groupId,
      accountId,
    ]);
    return row === undefined ? [] : [[signatureKey, sealBox(keyPackage.initKey, blob(row, "secret"), PROMISE_INFO)]];
  });
}

export class HandingOver {
  private readonly transport: Transport;
  private readonly errand = new Errand(() => this.once());

  constructor(
    private readonly session: Session,
    private readonly chats: Chats,
    private readonly outbox: Outbox,
  ) {
    this.transport = new Transport(session.http);
  }

  /** In the transaction that wishes for these accounts. */
  choose(tx: Tx, groupId: Uint8Array, accounts: readonly number[], share: HistoryShare): void {
    const secret = random(SECRET_BYTES);
    for (const account of accounts) {
      tx.run("DELETE FROM handing WHERE group_id = ? AND account = ?", [groupId, account]);
      if (share === "none") continue;
      tx.run("INSERT INTO handing (group_id, account, secret, amount) VALUES (?, ?, ?, ?)", [
        groupId,
        account,
        secret,
        AMOUNTS[share],
      ]);
    }
  }

  /** They are in the group by a commit of this device: they have the secret. */
  came(tx: Tx, groupId: Uint8Array, accounts: readonly number[]): void {
    for (const account of accounts) {
      tx.run("UPDATE handing SET came_ms = ? WHERE group_id = ? AND account = ? AND came_ms IS NULL", [
        Math.round(this.session.clock.now()),
        groupId,
        account,
      ]);
    }
  }

  end(): void {
    this.errand.end();
  }

  /** Does what is due; call it when there is a connection. */
  tend(): void {
    this.errand.tend();
  }

  private async once(): Promise<void> {
    const { store, platform } = this.session;
    if (store.one("SELECT 1 FROM handing") !== undefined) {
      store.write((tx) => this.forgetUnwished(tx));
      await this.pack();
    }
    for (const row of store.all("SELECT * FROM handing_out WHERE retry_at_ms <= ? ORDER BY id", [platform.now()])) {
      try {
        await this.upload(row);
        await this.tell(row);
      } catch (error) {
        if (this.errand.signal.aborted) return;
        store.write((tx) => this.postpone(tx, row, error));
      }
    }
  }

  /** Somebody else was quicker to bring them in, or they cannot be: nobody waits for it. */
  private forgetUnwished(tx: Tx): void {
    tx.run(
      `DELETE FROM handing WHERE came_ms IS NULL AND NOT EXISTS
       (SELECT 1 FROM wish w WHERE w.group_id = handing.group_id AND w.what = 'add' AND w.account = handing.account)`,
    );
  }

  /** Makes the bundles for those who have come, one for all who came together. */
  private async pack(): Promise<void> {
    const { store } = this.session;
    const due = store.all(
      `SELECT group_id, secret, amount, came_ms, json_group_array(account) AS people FROM handing
       WHERE came_ms IS NOT NULL GROUP BY group_id, secret, amount, came_ms`,
    );
    for (const row of due) {
      const groupId = blob(row, "group_id");
      const messages = this.before(groupId, integer(row, "came_ms"), integer(row, "amount"));
      const content = await packBundle(groupId, messages);
      const { key, prefix } = freshSecrets();
      store.write((tx) => {
        tx.run("DELETE FROM handing WHERE group_id = ? AND secret = ? AND came_ms = ?", [
          groupId,
          blob(row, "secret"),
          integer(row, "came_ms"),
        ]);
        if (messages.length === 0) return;
        tx.run(
          `INSERT INTO handing_out (group_id, people, count, secret, blob, key, prefix, content, made_ms)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          [
            groupId,
            text(row, "people"),
            messages.length,
            blob(row, "secret"),
            random(BLOB_ID_BYTES),
            key,
            prefix,
            content,
            Math.round(this.session.clock.now()),
          ],
        );
      });
    }
  }

  /** The newest messages of people up to a time, oldest first; what disappears by itself is not among them. */
  private before(groupId: Uint8Array, atMs: number, amount: number): OldMessage[] {
    const messages: OldMessage[] = [];
    let bytes = 0;
    let below = Number.MAX_SAFE_INTEGER;
    for (;;) {
      const rows = this.session.store.all(
        `SELECT m.*, coalesce(p.name, m.named, '') AS called FROM message m LEFT JOIN person p ON p.account = m.sender
         WHERE m.chat = ? AND m.position < ? AND m.at_ms <= ? AND m.sender IS NOT NULL AND m.content_id IS NOT NULL
         AND m.kind NOT IN ('event', 'recalled', 'unknown', 'help') AND m.expires_at_ms IS NULL
         AND (m.state IS NULL OR m.state = 'sent') ORDER BY m.position DESC LIMIT ?`,
        [groupChatId(groupId), below, atMs, PAGE],
      );
      for (const row of rows) {
        const message = oldMessageOf(row);
        bytes += bytesOf(message);
        if (bytes > BUNDLE_BYTES_MAX || messages.length === amount) return messages.reverse();
        messages.push(message);
        below = integer(row, "position");
      }
      if (rows.length < PAGE) return messages.reverse();
    }
  }

  private async upload(row: Row): Promise<void> {
    const { signal } = this.errand;
    const content = blob(row, "content");
    const id = blob(row, "blob");
    const { blob: sealed } = await sealWhole({ key: blob(row, "key"), prefix: blob(row, "prefix") }, content);
    const upload = { id, bytes: blobBytes(content.length), groupId: blob(row, "group_id") };
    let offset = await this.transport.create(upload, null, signal);
    while (offset < sealed.length) {
      const piece = sealed.slice(offset, offset + PIECE_BYTES);
      try {
        offset = await this.transport.append(base64url(id), offset, piece, signal);
      } catch (error) {
        if (!(error instanceof OtherOffset)) throw error;
        offset = error.offset;
      }
    }
  }

  private async tell(row: Row): Promise<void> {
    const groupId = blob(row, "group_id");
    const content = blob(row, "content");
    const secrets = { key: blob(row, "key"), prefix: blob(row, "prefix") };
    const { hash } = await sealWhole(secrets, content);
    const sealed = sealKeys(blob(row, "secret"), groupId, { ...secrets, hash, bytes: content.length });
    const to = JSON.parse(text(row, "people")) as number[];
    const count = integer(row, "count");
    await this.session.turn.run(async () => {
      this.session.store.write((tx) => {
        const { contentId, sentAtMs } = this.outbox.say(
          tx,
          groupId,
          handedBody({ to, count, blob: blob(row, "blob"), sealed }),
        );
        const event = {
          what: "history_handed" as const,
          actor: this.session.accountId,
          people: to,
          name: String(count),
        };
        this.chats.event(tx, groupChatId(groupId), event, sentAtMs, contentId);
        tx.run("DELETE FROM handing_out WHERE id = ?", [integer(row, "id")]);
      });
    });
    await this.outbox.flush();
  }

  private postpone(tx: Tx, row: Row, error: unknown): void {
    const late = integer(row, "made_ms") < this.session.clock.now() - GIVEN_UP_MS;
    const left = error instanceof CoreError && error.code === "not_a_member";
    if (late || left) {
      tx.run("DELETE FROM handing_out WHERE id = ?", [integer(row, "id")]);
      return;
    }
    // An upload that the server has dropped meanwhile is made again under another id.
    if (error instanceof NotThere) {
      tx.run("UPDATE handing_out SET blob = ? WHERE id = ?", [random(BLOB_ID_BYTES), integer(row, "id")]);
    }
    const tries = integer(row, "tries");
    tx.run("UPDATE handing_out SET tries = ?, retry_at_ms = ? WHERE id = ?", [
      tries + 1,
      Math.ceil(this.session.platform.now() + pauseMs(tries, this.session.platform)),
      integer(row, "id"),
    ]);
  }
}

function oldMessageOf(row: Row): OldMessage {
  const { text: words, carried, quote } = sayingOf(row);
  return {
    contentId: blob(row, "content_id"),
    sender: integer(row, "sender"),
    name: text(row, "called"),
    atMs: integer(row, "at_ms"),
    text: words,
    carried,
    quote,
    edited: integer(row, "edited") === 1,
  };
}
