import { decode, encode } from "cborg";
import { CoreError, type HistoryShare } from "../api.ts";
import { random } from "../bytes.ts";
import { type Chats, groupChatId } from "../chats/chats.ts";
import { type Box, type BundleKeys, handedBody, sealKeys } from "../content/handed.ts";
import { NotThere } from "../http.ts";
import { freshBlobId, freshSecrets } from "../media/blob.ts";
import { Transport } from "../media/transport.ts";
import { sealWhole } from "../media/whole.ts";
import { sealBox } from "../mls/hpke.ts";
import type { Session } from "../session.ts";
import { blob, blobOrNull, integer, type Reader, type Row, type Tx, text } from "../store/store.ts";
import { Errand, pauseMs } from "../sync/errand.ts";
import type { Outbox } from "../sync/outbox.ts";
import { MESSAGES_MAX, type OldMessage, packBundle } from "./bundle.ts";
import { messagesBefore } from "./earlier.ts";
import { enclose } from "./enclosed.ts";
import type { Newcomer } from "./newcomers.ts";

/**
 * What was said before somebody came, given to her by the one who brings her in [GH1] to [GH3]: a secret goes with the
 * welcome, the messages as a blob to the server, and what opens the blob, under that secret, is said in the group.
 * Where another's commit brings her in first, who chose to give it hands it over all the same [GH5].
 */

export const PROMISE_INFO = "hongyan handed history v1";
export const LATE_INFO = "hongyan handed history late v1";
/** How long after she came it may be handed over by others than who brought her in. */
export const LATE_MS = 7 * 86_400_000;
const SECRET_BYTES = 32;
const LAST = 100;
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

  /**
   * In the transaction that wishes for these accounts. `chosen`: by this person; else by the group's rule, which
   * whoever brings them in obeys [GH6].
   */
  choose(
    tx: Tx,
    groupId: Uint8Array,
    accounts: readonly number[],
    share: HistoryShare,
    { chosen }: { chosen: boolean },
  ): void {
    const secret = random(SECRET_BYTES);
    for (const account of accounts) {
      if (this.hasLongBeenIn(tx, groupId, account)) continue;
      tx.run("DELETE FROM handing WHERE group_id = ? AND account = ?", [groupId, account]);
      if (share === "none") continue;
      tx.run(
        `INSERT INTO handing (group_id, account, secret, amount, chosen, box_key) VALUES (?, ?, ?, ?, ?,
         (SELECT box_key FROM join_request WHERE group_id = ? AND account = ?))`,
        [groupId, account, secret, AMOUNTS[share], Number(chosen), groupId, account],
      );
    }
  }

  private hasLongBeenIn(tx: Tx, groupId: Uint8Array, account: number): boolean {
    const since = Math.round(this.session.clock.now()) - LATE_MS;
    const row = tx.one(
      "SELECT 1 FROM membership WHERE group_id = ? AND account = ? AND to_ms IS NULL AND from_ms < ?",
      [groupId, account, since],
    );
    return row !== undefined;
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
      store.write((tx) => this.othersBrought(tx));
      await this.pack();
    }
    for (const row of store.all("SELECT * FROM handing_out WHERE retry_at_ms <= ? ORDER BY id", [platform.now()])) {
      try {
        const bundle = await parcelOf(row, "");
        await this.upload(row, bundle);
        const files = blobOrNull(row, "files") === null ? null : await parcelOf(row, "files_");
        if (files !== null) await this.upload(row, files);
        await this.tell(row, bundle, files);
      } catch (error) {
        if (this.errand.signal.aborted) return;
        store.write((tx) => this.postpone(tx, row, error));
      }
    }
  }

  /** Who is wished for no more is in by another's commit, or cannot be: then nobody waits for it. */
  private othersBrought(tx: Tx): void {
    const unwished = `came_ms IS NULL AND NOT EXISTS
      (SELECT 1 FROM wish w WHERE w.group_id = handing.group_id AND w.what = 'add' AND w.account = handing.account)`;
    tx.run(
      `UPDATE handing SET late = 1, came_ms = (SELECT max(from_ms) FROM membership m
         WHERE m.group_id = handing.group_id AND m.account = handing.account AND m.to_ms IS NULL)
       WHERE chosen = 1 AND ${unwished}`,
    );
    tx.run(`DELETE FROM handing WHERE ${unwished}`);
  }

  /** The secret for those to whom no welcome told it. Who shows no box key can be handed nothing. */
  private boxes(secret: Uint8Array, people: number[], groupId: Uint8Array): Box[] {
    return people.flatMap((account): Box[] => {
      const row = this.session.store.one(
        `SELECT coalesce(h.box_key, p.box_key) AS box_key FROM handing h LEFT JOIN person p ON p.account = h.account
         WHERE h.group_id = ? AND h.account = ?`,
        [groupId, account],
      );
      const boxKey = row === undefined ? null : blobOrNull(row, "box_key");
      return boxKey === null ? [] : [[account, sealBox(boxKey, secret, LATE_INFO)]];
    });
  }

  /** Makes the bundles for those who have come, one for all who came together. */
  private async pack(): Promise<void> {
    const { store } = this.session;
    const due = store.all(
      `SELECT group_id, secret, amount, came_ms, late, json_group_array(account) AS people FROM handing
       WHERE came_ms IS NOT NULL GROUP BY group_id, secret, amount, came_ms, late`,
    );
    for (const row of due) {
      const groupId = blob(row, "group_id");
      const messages = this.before(groupId, integer(row, "came_ms"), integer(row, "amount"));
      const files = await enclose(this.session, messages);
      const content = await packBundle(groupId, messages);
      const { key, prefix } = freshSecrets();
      const secrets = freshSecrets();
      const isLate = integer(row, "late") === 1;
      const boxes = isLate ? this.boxes(blob(row, "secret"), peopleOf(row), groupId) : [];
      const people = isLate ? boxes.map(([account]) => account) : peopleOf(row);
      store.write((tx) => {
        tx.run("DELETE FROM handing WHERE group_id = ? AND secret = ? AND came_ms = ? AND late = ?", [
          groupId,
          blob(row, "secret"),
          integer(row, "came_ms"),
          integer(row, "late"),
        ]);
        if (messages.length === 0 || people.length === 0) return;
        tx.run(
          `INSERT INTO handing_out (group_id, people, count, secret, boxes, blob, key, prefix, content, made_ms,
           files, files_blob, files_key, files_prefix) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          [
            groupId,
            JSON.stringify(people),
            messages.length,
            blob(row, "secret"),
            isLate ? encode(boxes) : null,
            freshBlobId(),
            key,
            prefix,
            content,
            Math.round(this.session.clock.now()),
            files,
            ...(files === null ? [null, null, null] : [freshBlobId(), secrets.key, secrets.prefix]),
          ],
        );
      });
    }
  }

  private before(groupId: Uint8Array, atMs: number, amount: number): OldMessage[] {
    return messagesBefore(this.session.store, groupId, atMs, amount);
  }

  private async upload(row: Row, { id, sealed }: Parcel): Promise<void> {
    const upload = { id, bytes: sealed.length, groupId: blob(row, "group_id") };
    await this.transport.put(upload, async (from, to) => sealed.slice(from, to), this.errand.signal);
  }

  private async tell(row: Row, bundle: Parcel, beside: Parcel | null): Promise<void> {
    const groupId = blob(row, "group_id");
    const secret = blob(row, "secret");
    const sealed = sealKeys(secret, groupId, bundle.keys);
    const files = beside === null ? null : { blob: beside.id, sealed: sealKeys(secret, groupId, beside.keys) };
    const to = peopleOf(row);
    const late = blobOrNull(row, "boxes");
    const boxes = late === null ? [] : (decode(late) as Box[]);
    const count = integer(row, "count");
    await this.session.turn.run(async () => {
      this.session.store.write((tx) => {
        const { contentId, sentAtMs } = this.outbox.say(
          tx,
          groupId,
          handedBody({ to, count, blob: bundle.id, sealed, boxes, files }),
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
      tx.run("UPDATE handing_out SET blob = ?, files_blob = iif(files IS NULL, NULL, ?) WHERE id = ?", [
        freshBlobId(),
        freshBlobId(),
        integer(row, "id"),
      ]);
    }
    const tries = integer(row, "tries");
    tx.run("UPDATE handing_out SET tries = ?, retry_at_ms = ? WHERE id = ?", [
      tries + 1,
      Math.ceil(this.session.platform.now() + pauseMs(tries, this.session.platform)),
      integer(row, "id"),
    ]);
  }
}

function peopleOf(row: Row): number[] {
  return JSON.parse(text(row, "people")) as number[];
}

/** A blob on its way: the same row gives the same bytes, however often it is sealed. */
interface Parcel {
  id: Uint8Array;
  sealed: Uint8Array;
  keys: BundleKeys;
}

async function parcelOf(row: Row, which: "" | "files_"): Promise<Parcel> {
  const content = blob(row, which === "" ? "content" : "files");
  const secrets = { key: blob(row, `${which}key`), prefix: blob(row, `${which}prefix`) };
  const { blob: sealed, hash } = await sealWhole(secrets, content);
  return { id: blob(row, `${which}blob`), sealed, keys: { ...secrets, hash, bytes: content.length } };
}
