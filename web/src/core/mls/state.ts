import type { ClientConfig, ClientState, EpochReceiverData, SecretTree, SecretTreeNode } from "ts-mls";
import { mapDecoders } from "ts-mls/codec/tlsDecoder.js";
import { contramapBufferEncoders, encode } from "ts-mls/codec/tlsEncoder.js";
import { decodeVarLenData, varLenDataEncoder } from "ts-mls/codec/variableLength.js";
import { decodeGroupContext, groupContextEncoder } from "ts-mls/groupContext.js";
import { decodeKeySchedule, keyScheduleEncoder } from "ts-mls/keySchedule.js";
import { decodePrivateKeyPath, privateKeyPathEncoder } from "ts-mls/privateKeyPath.js";
import { decodeRatchetTree, ratchetTreeEncoder } from "ts-mls/ratchetTree.js";
import { decodeSecretTreeNode, secretTreeNodeEncoder } from "ts-mls/secretTree.js";
import { leafWidth } from "ts-mls/treemath.js";
import { blob, integer, type Reader, type Tx } from "../store/store.ts";

/**
 * A group's MLS state on disk, in parts: the head and tree are written once an epoch, a message rewrites the one
 * ratchet it used. Earlier epochs stay as long as retention says, so that mail that crossed a commit is readable.
 */

export const EPOCHS_KEPT = 50;

const headEncoder = contramapBufferEncoders(
  [keyScheduleEncoder, privateKeyPathEncoder, varLenDataEncoder],
  (state: ClientState) => [state.keySchedule, state.privatePath, state.confirmationTag] as const,
);

const decodeHead = mapDecoders(
  [decodeKeySchedule, decodePrivateKeyPath, decodeVarLenData],
  (keySchedule, privatePath, confirmationTag) => ({ keySchedule, privatePath, confirmationTag }),
);

type Decoder<T> = (bytes: Uint8Array, offset: number) => [T, number] | undefined;

function decoded<T>(decoder: Decoder<T>, bytes: Uint8Array): T {
  const result = decoder(bytes, 0);
  if (result === undefined) throw new TypeError("a stored MLS state is damaged");
  return result[0];
}

const EMPTY: SecretTreeNode = {
  handshake: { secret: new Uint8Array(), generation: 0, unusedGenerations: {} },
  application: { secret: new Uint8Array(), generation: 0, unusedGenerations: {} },
};

function saveRatchet(tx: Tx, groupId: Uint8Array, epoch: number, leaf: number, node: SecretTreeNode): void {
  tx.run("INSERT OR REPLACE INTO mls_ratchet (group_id, epoch, leaf, secrets) VALUES (?, ?, ?, ?)", [
    groupId,
    epoch,
    leaf,
    encode(secretTreeNodeEncoder)(node),
  ]);
}

function saveEpoch(tx: Tx, epoch: number, data: EpochReceiverData): void {
  const groupId = data.groupContext.groupId;
  tx.run(
    `INSERT OR REPLACE INTO mls_epoch (group_id, epoch, context, sender_data_secret, resumption_psk, tree)
     VALUES (?, ?, ?, ?, ?, ?)`,
    [
      groupId,
      epoch,
      encode(groupContextEncoder)(data.groupContext),
      data.senderDataSecret,
      data.resumptionPsk,
      encode(ratchetTreeEncoder)(data.ratchetTree),
    ],
  );
  tx.run("DELETE FROM mls_ratchet WHERE group_id = ? AND epoch = ?", [groupId, epoch]);
  for (let node = 0; node < data.secretTree.length; node += 2) {
    const secrets = data.secretTree[node];
    const used = data.ratchetTree[node] !== undefined;
    if (used && secrets !== undefined) saveRatchet(tx, groupId, epoch, node >> 1, secrets);
  }
}

/** What messages of the state's own epoch are read with. */
export function receiverData(state: ClientState): EpochReceiverData {
  return {
    resumptionPsk: state.keySchedule.resumptionPsk,
    secretTree: state.secretTree,
    ratchetTree: state.ratchetTree,
    senderDataSecret: state.keySchedule.senderDataSecret,
    groupContext: state.groupContext,
  };
}

/** After a commit or a join: the new epoch is stored whole, epochs beyond retention go. */
export function saveNewEpoch(tx: Tx, state: ClientState): void {
  const { groupId } = state.groupContext;
  const epoch = Number(state.groupContext.epoch);
  tx.run("INSERT OR REPLACE INTO mls_group (group_id, epoch, head) VALUES (?, ?, ?)", [
    groupId,
    epoch,
    encode(headEncoder)(state),
  ]);
  saveEpoch(tx, epoch, receiverData(state));
  tx.run("DELETE FROM mls_epoch WHERE group_id = ? AND epoch <= ?", [groupId, epoch - EPOCHS_KEPT]);
  tx.run("DELETE FROM mls_ratchet WHERE group_id = ? AND epoch <= ?", [groupId, epoch - EPOCHS_KEPT]);
}

/** After a message of `epoch`: only the ratchet of its sender has moved. */
export function saveMovedRatchet(
  tx: Tx,
  groupId: Uint8Array,
  epoch: number,
  leaf: number,
  secretTree: SecretTree,
): void {
  const node = secretTree[2 * leaf];
  if (node !== undefined) saveRatchet(tx, groupId, epoch, leaf, node);
}

export function forgetState(tx: Tx, groupId: Uint8Array): void {
  tx.run("DELETE FROM mls_group WHERE group_id = ?", [groupId]);
  tx.run("DELETE FROM mls_epoch WHERE group_id = ?", [groupId]);
  tx.run("DELETE FROM mls_ratchet WHERE group_id = ?", [groupId]);
}

/** What is needed to read messages of one epoch; null when it is not kept. */
export function loadEpoch(reader: Reader, groupId: Uint8Array, epoch: number): EpochReceiverData | null {
  const row = reader.one("SELECT * FROM mls_epoch WHERE group_id = ? AND epoch = ?", [groupId, epoch]);
  if (row === undefined) return null;
  const ratchetTree = decoded(decodeRatchetTree, blob(row, "tree"));
  const secretTree: SecretTree = new Array<SecretTreeNode>(2 * leafWidth(ratchetTree.length) - 1).fill(EMPTY);
  const ratchets = reader.all("SELECT leaf, secrets FROM mls_ratchet WHERE group_id = ? AND epoch = ?", [
    groupId,
    epoch,
  ]);
  for (const ratchet of ratchets) {
    secretTree[2 * integer(ratchet, "leaf")] = decoded(decodeSecretTreeNode, blob(ratchet, "secrets"));
  }
  return {
    groupContext: decoded(decodeGroupContext, blob(row, "context")),
    senderDataSecret: blob(row, "sender_data_secret"),
    resumptionPsk: blob(row, "resumption_psk"),
    ratchetTree,
    secretTree,
  };
}

/** The newest state of a group, or null when this device has none. */
export function loadState(
  reader: Reader,
  groupId: Uint8Array,
  signaturePrivateKey: Uint8Array,
  clientConfig: ClientConfig,
): ClientState | null {
  const row = reader.one("SELECT epoch, head FROM mls_group WHERE group_id = ?", [groupId]);
  if (row === undefined) return null;
  const epoch = loadEpoch(reader, groupId, integer(row, "epoch"));
  if (epoch === null) return null;
  const { groupContext, ratchetTree, secretTree } = epoch;
  return {
    ...decoded(decodeHead, blob(row, "head")),
    groupContext,
    ratchetTree,
    secretTree,
    signaturePrivateKey,
    unappliedProposals: {},
    historicalReceiverData: new Map(),
    groupActiveState: { kind: "active" },
    clientConfig,
  };
}
