import {
  type AuthenticationService,
  type ClientConfig,
  type ClientState,
  createCommit,
  createGroupInfoWithExternalPubAndRatchetTree,
  createGroup as createMlsGroup,
  decodeMlsMessage,
  defaultKeyPackageEqualityConfig,
  defaultLifetimeConfig,
  type EpochReceiverData,
  emptyPskIndex,
  encodeMlsMessage,
  generateKeyPackageWithKey,
  joinGroupExternal,
  type KeyPackage,
  type LeafNode,
  type MLSMessage,
  makePskIndex,
  type PrivateKeyPackage,
  type PrivateMessage,
  type Proposal,
  processMessage,
  type RatchetTree,
  type SecretTree,
} from "ts-mls";
import { joinGroupWithExtensions } from "ts-mls/clientState.js";
import { ratchetTreeFromExtension } from "ts-mls/groupInfo.js";
import { makeKeyPackageRef } from "ts-mls/keyPackage.js";
import { mlsExporter } from "ts-mls/keySchedule.js";
import { protectApplicationData, unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import type { ProposalWithSender } from "ts-mls/unappliedProposals.js";
import { equal, hex } from "../bytes.ts";
import { paddedLength } from "../content/content.ts";
import type { DeviceKeys } from "../identity/account.ts";
import { EPOCHS_KEPT } from "./state.ts";
import { suite } from "./suite.ts";

/**
 * All that the core asks of MLS (RFC 9420): a narrow wrap of ts-mls. States are immutable values; nothing here
 * touches the store. Whoever holds a new state decides whether it becomes true.
 */

const NONE = new Uint8Array();
const GENERATIONS_KEPT = 1_000;
const GENERATIONS_FORWARD_MAX = 5_000;
const HANDSHAKE_PADDED_BYTES = 512;
const SIGNATURE_FIELD_BYTES = 66;
const LIFETIME = { notBefore: 0n, notAfter: 253_402_300_799n };
/** Of the range for private use: what the adder hands to those she adds, in the Welcome's own GroupInfo [GP8]. */
const HANDED_EXTENSION = 0xf0f1;
/** A commit may add, remove and renew; one that would end the group or change its context is not followed. */
const PROPOSALS_FOLLOWED = ["add", "remove", "update", "external_init"];
const CAPABILITIES = {
  versions: ["mls10" as const],
  ciphersuites: [suite.name],
  extensions: [],
  proposals: [],
  credentials: ["basic" as const],
};

/** What the server handed us is not a message MLS can use here. The group heals, the person sees nothing. */
export class Unusable extends Error {}

/** Says whether a leaf's key is certified by an account [ID5]; may throw to say "not now". */
export type LeafCheck = (signatureKey: Uint8Array) => Promise<boolean>;

export function configFor(leafIsCertified: LeafCheck): ClientConfig {
  const authService: AuthenticationService = {
    async validateCredential(credential, signaturePublicKey) {
      if (credential.credentialType !== "basic" || !equal(credential.identity, signaturePublicKey)) return false;
      return leafIsCertified(signaturePublicKey);
    },
  };
  return {
    authService,
    keyPackageEqualityConfig: defaultKeyPackageEqualityConfig,
    lifetimeConfig: defaultLifetimeConfig,
    paddingConfig: { kind: "padUntilLength", padUntilLength: HANDSHAKE_PADDED_BYTES },
    keyRetentionConfig: {
      retainKeysForGenerations: GENERATIONS_KEPT,
      retainKeysForEpochs: EPOCHS_KEPT,
      maximumForwardRatchetSteps: GENERATIONS_FORWARD_MAX,
    },
  };
}

export interface OwnKeyPackage {
  ref: Uint8Array;
  encoded: Uint8Array;
  publicPackage: KeyPackage;
  privatePackage: PrivateKeyPackage;
}

export async function newKeyPackage(device: DeviceKeys): Promise<OwnKeyPackage> {
  const { publicPackage, privatePackage } = await generateKeyPackageWithKey(
    { credentialType: "basic", identity: device.signatureKey },
    CAPABILITIES,
    LIFETIME,
    [],
    { signKey: device.signKey, publicKey: device.signatureKey },
    suite,
  );
  const encoded = encodeMlsMessage({ version: "mls10", wireformat: "mls_key_package", keyPackage: publicPackage });
  return { ref: await makeKeyPackageRef(publicPackage, suite.hash), encoded, publicPackage, privatePackage };
}

function decodeMessage(bytes: Uint8Array): MLSMessage {
  let message: [MLSMessage, number] | undefined;
  try {
    message = decodeMlsMessage(bytes, 0);
  } catch (error) {
    throw new Unusable("no MLS message", { cause: error });
  }
  if (message === undefined) throw new Unusable("no MLS message");
  return message[0];
}

export function decodeKeyPackage(bytes: Uint8Array): KeyPackage {
  const message = decodeMessage(bytes);
  if (message.wireformat !== "mls_key_package") throw new Unusable("no key package");
  return message.keyPackage;
}

export function createGroup(groupId: Uint8Array, own: OwnKeyPackage, config: ClientConfig): Promise<ClientState> {
  return createMlsGroup(groupId, own.publicPackage, own.privatePackage, [], suite, config);
}

export interface NewCommit {
  message: Uint8Array;
  welcome: Uint8Array | null;
  groupInfo: Uint8Array;
  next: ClientState;
}

async function encodeGroupInfo(state: ClientState): Promise<Uint8Array> {
  const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(state, [], suite);
  return encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo });
}

function withoutHistory(state: ClientState): ClientState {
  return { ...state, historicalReceiverData: new Map() };
}

/** What goes with a commit: `note` is seen by all of the group and authenticated, `handed` by those added. */
export interface Enclosed {
  note: Uint8Array;
  handed: Uint8Array;
}

const NOTHING: Enclosed = { note: NONE, handed: NONE };

/** A commit that removes `removed` leaves and adds `added`; with neither it renews this device's own leaf. */
export async function commit(
  state: ClientState,
  added: KeyPackage[],
  removed: number[],
  { note, handed }: Enclosed = NOTHING,
): Promise<NewCommit> {
  const proposals: Proposal[] = [
    ...removed.map((leaf): Proposal => ({ proposalType: "remove", remove: { removed: leaf } })),
    ...added.map((keyPackage): Proposal => ({ proposalType: "add", add: { keyPackage } })),
  ];
  const result = await createCommit(
    { state, cipherSuite: suite },
    {
      extraProposals: proposals,
      ratchetTreeExtension: true,
      authenticatedData: note,
      groupInfoExtensions: handed.length === 0 ? [] : [{ extensionType: HANDED_EXTENSION, extensionData: handed }],
    },
  );
  const next = withoutHistory(result.newState);
  return {
    message: encodeMlsMessage(result.commit),
    welcome:
      result.welcome === undefined
        ? null
        : encodeMlsMessage({ version: "mls10", wireformat: "mls_welcome", welcome: result.welcome }),
    groupInfo: await encodeGroupInfo(next),
    next,
  };
}

export interface Rejoin extends NewCommit {
  replacedOwnLeaf: boolean;
}

/** Joins by external commit from the server's GroupInfo; an old leaf of this device is replaced (§12.4.3.2). */
export async function joinExternally(groupInfo: Uint8Array, own: OwnKeyPackage, config: ClientConfig): Promise<Rejoin> {
  const message = decodeMessage(groupInfo);
  if (message.wireformat !== "mls_group_info") throw new Unusable("no GroupInfo");
  const before = message.groupInfo;
  const result = await joinGroupExternal(before, own.publicPackage, own.privatePackage, true, suite, undefined, config);
  const next = withoutHistory(result.newState);
  const commitContent = result.publicMessage.content;
  const replacedOwnLeaf =
    commitContent.contentType === "commit" &&
    commitContent.commit.proposals.some(
      (proposal) => proposal.proposalOrRefType === "proposal" && proposal.proposal.proposalType === "remove",
    );
  return {
    message: encodeMlsMessage({
      version: "mls10",
      wireformat: "mls_public_message",
      publicMessage: result.publicMessage,
    }),
    welcome: null,
    groupInfo: await encodeGroupInfo(next),
    next,
    replacedOwnLeaf,
  };
}

/** The epoch and the devices that a GroupInfo tells of; nothing of it is checked. */
export function peekGroupInfo(bytes: Uint8Array): { epoch: number; leaves: Uint8Array[] } {
  const message = decodeMessage(bytes);
  if (message.wireformat !== "mls_group_info") throw new Unusable("no GroupInfo");
  const tree = ratchetTreeFromExtension(message.groupInfo) ?? [];
  return { epoch: Number(message.groupInfo.groupContext.epoch), leaves: leafKeys(tree) };
}

/** References of the key packages a welcome is meant for. */
export function welcomeRefs(bytes: Uint8Array): Uint8Array[] {
  const message = decodeMessage(bytes);
  if (message.wireformat !== "mls_welcome") throw new Unusable("no welcome");
  return message.welcome.secrets.map((secret) => secret.newMember);
}

/** The state a welcome leads to, and what its sender handed over; nothing when she handed over nothing. */
export async function joinByWelcome(
  bytes: Uint8Array,
  publicPackage: KeyPackage,
  privatePackage: PrivateKeyPackage,
  config: ClientConfig,
): Promise<{ state: ClientState; handed: Uint8Array }> {
  const message = decodeMessage(bytes);
  if (message.wireformat !== "mls_welcome") throw new Unusable("no welcome");
  const { welcome } = message;
  const none = undefined;
  const joined = await joinGroupWithExtensions(
    welcome,
    publicPackage,
    privatePackage,
    emptyPskIndex,
    suite,
    none,
    none,
    config,
  );
  const [state, extensions] = joined;
  const handed = extensions.find(({ extensionType }) => extensionType === HANDED_EXTENSION)?.extensionData;
  return { state, handed: handed ?? NONE };
}

/** A secret that only members of this epoch know (RFC 9420 §8.5). */
export function exportSecret(
  state: ClientState,
  label: string,
  context: Uint8Array,
  length: number,
): Promise<Uint8Array> {
  return mlsExporter(state.keySchedule.exporterSecret, label, context, length, suite);
}

export interface Encrypted {
  message: Uint8Array;
  next: ClientState;
}

function fieldLength(length: number): number {
  return length + (length < 64 ? 1 : length < 16_384 ? 2 : 4);
}

/** Encrypts content for the group's current epoch, padded as [CO4] says. */
export async function encrypt(state: ClientState, content: Uint8Array): Promise<Encrypted> {
  const length = fieldLength(content.length) + SIGNATURE_FIELD_BYTES;
  const result = await protectApplicationData(
    state.signaturePrivateKey,
    state.keySchedule.senderDataSecret,
    content,
    NONE,
    state.groupContext,
    state.secretTree,
    state.privatePath.leafIndex,
    { kind: "alwaysPad", paddingLength: paddedLength(length) - length },
    suite,
  );
  return {
    message: encodeMlsMessage({
      version: "mls10",
      wireformat: "mls_private_message",
      privateMessage: result.privateMessage,
    }),
    next: { ...state, secretTree: result.newSecretTree },
  };
}

export interface Header {
  wireformat: "mls_private_message" | "mls_public_message";
  groupId: Uint8Array;
  epoch: number;
}

export function headerOf(bytes: Uint8Array): Header {
  const message = decodeMessage(bytes);
  if (message.wireformat === "mls_private_message") {
    const { groupId, epoch } = message.privateMessage;
    return { wireformat: message.wireformat, groupId, epoch: Number(epoch) };
  }
  if (message.wireformat === "mls_public_message") {
    const { groupId, epoch } = message.publicMessage.content;
    return { wireformat: message.wireformat, groupId, epoch: Number(epoch) };
  }
  throw new Unusable("neither public nor private");
}

export interface Decrypted {
  content: Uint8Array;
  senderLeaf: number;
  senderKey: Uint8Array;
  secretTree: SecretTree;
}

function privateMessage(bytes: Uint8Array): PrivateMessage {
  const message = decodeMessage(bytes);
  if (message.wireformat !== "mls_private_message" || message.privateMessage.contentType !== "application") {
    throw new Unusable("no application message");
  }
  return message.privateMessage;
}

/** Decrypts an application message of the epoch that `epoch` describes; the sender is who signed it. */
export async function decrypt(bytes: Uint8Array, epoch: EpochReceiverData, config: ClientConfig): Promise<Decrypted> {
  try {
    const result = await unprotectPrivateMessage(
      epoch.senderDataSecret,
      privateMessage(bytes),
      epoch.secretTree,
      epoch.ratchetTree,
      epoch.groupContext,
      config.keyRetentionConfig,
      suite,
    );
    const { content } = result.content;
    if (content.contentType !== "application" || content.sender.senderType !== "member") throw new Unusable("sender");
    const senderLeaf = content.sender.leafIndex;
    const leaf = leafAt(epoch.ratchetTree, senderLeaf);
    if (leaf === null) throw new Unusable("blank sender");
    return {
      content: content.applicationData,
      senderLeaf,
      senderKey: leaf.signaturePublicKey,
      secretTree: result.tree,
    };
  } catch (error) {
    throw error instanceof Unusable ? error : new Unusable("application message", { cause: error });
  }
}

export interface Processed {
  next: ClientState;
  removedSelf: boolean;
  added: Uint8Array[];
  removed: Uint8Array[];
  committer: Uint8Array | null;
  note: Uint8Array; // authenticated; empty when there is none
}

/** The authenticated data of a handshake message. */
export function noteOf(bytes: Uint8Array): Uint8Array {
  const message = decodeMessage(bytes);
  if (message.wireformat === "mls_private_message") return message.privateMessage.authenticatedData;
  if (message.wireformat === "mls_public_message") return message.publicMessage.content.authenticatedData;
  throw new Unusable("neither public nor private");
}

/** Applies another device's commit. Throws Unusable when the group must heal; passes on what LeafCheck throws. */
export async function processCommit(state: ClientState, bytes: Uint8Array): Promise<Processed> {
  const message = decodeMessage(bytes);
  if (message.wireformat !== "mls_private_message" && message.wireformat !== "mls_public_message") {
    throw new Unusable("no commit");
  }
  const before = leafKeys(state.ratchetTree);
  let committer: Uint8Array | null = null;
  const result = await processMessage(
    message,
    state,
    makePskIndex(state, {}),
    (incoming) => {
      if (incoming.kind !== "commit") return "reject";
      const follows = ({ proposal }: ProposalWithSender) => PROPOSALS_FOLLOWED.includes(String(proposal.proposalType));
      if (!incoming.proposals.every(follows)) return "reject";
      const leaf = incoming.senderLeafIndex;
      committer = leaf === undefined ? null : (leafAt(state.ratchetTree, leaf)?.signaturePublicKey ?? null);
      return "accept";
    },
    suite,
  );
  if (result.kind !== "newState" || result.actionTaken === "reject") throw new Unusable("no commit");
  const next = withoutHistory(result.newState);
  const after = leafKeys(next.ratchetTree);
  return {
    next,
    removedSelf: next.groupActiveState.kind === "removedFromGroup",
    added: without(after, before),
    removed: without(before, after),
    committer,
    note: noteOf(bytes),
  };
}

function without(keys: Uint8Array[], others: Uint8Array[]): Uint8Array[] {
  const known = new Set(others.map(hex));
  return keys.filter((key) => !known.has(hex(key)));
}

function leafAt(tree: RatchetTree, leaf: number): LeafNode | null {
  const node = tree[2 * leaf];
  return node?.nodeType === "leaf" ? node.leaf : null;
}

/** Signature keys of all devices in the tree, in leaf order. */
export function leafKeys(tree: RatchetTree): Uint8Array[] {
  return tree.flatMap((node) => (node?.nodeType === "leaf" ? [node.leaf.signaturePublicKey] : []));
}

/** Each leaf's device and the key others encrypt to it with, in leaf order. */
export function leavesOf(tree: RatchetTree): { key: Uint8Array; encryptionKey: Uint8Array }[] {
  return tree.flatMap((node) =>
    node?.nodeType === "leaf" ? [{ key: node.leaf.signaturePublicKey, encryptionKey: node.leaf.hpkePublicKey }] : [],
  );
}

/** The leaf index of a device, or null when it is not in the tree. */
export function leafOf(tree: RatchetTree, signatureKey: Uint8Array): number | null {
  const node = tree.findIndex((n) => n?.nodeType === "leaf" && equal(n.leaf.signaturePublicKey, signatureKey));
  return node === -1 ? null : node >> 1;
}
