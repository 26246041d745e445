import type { CiphersuiteImpl, ClientState, GroupInfo, KeyPackage, PrivateKeyPackage, Proposal } from "ts-mls";
import { type Committed, type Peer, type Received, toHex } from "./peer";

/** The library under test: the patched package, or another copy of it. */
export type Library = typeof import("ts-mls");

interface Mine {
  publicPackage: KeyPackage;
  privatePackage: PrivateKeyPackage;
}

/** A member on ts-mls. */
export class TsPeer implements Peer {
  readonly stack = "ts-mls";
  readonly can = { update: true, addMany: true, addAndRemove: true, removeMany: true, external: true };
  publicHandshakes = false;
  #state: ClientState | null = null;
  #pending: ClientState | null = null;
  #packages: Mine[] = [];

  private constructor(
    readonly name: string,
    readonly identity: Uint8Array,
    private readonly signKey: Uint8Array,
    private readonly library: Library,
    private readonly cs: CiphersuiteImpl,
  ) {}

  static async make(name: string, library: Library, cs: CiphersuiteImpl): Promise<TsPeer> {
    const pair = await cs.signature.keygen();
    return new TsPeer(name, pair.publicKey, pair.signKey, library, cs);
  }

  get state(): ClientState {
    if (this.#state === null) throw new Error(`${this.name} is in no group`);
    return this.#state;
  }

  async #newPackage(): Promise<Mine> {
    const { library } = this;
    const made = await library.generateKeyPackageWithKey(
      { credentialType: "basic", identity: this.identity },
      library.defaultCapabilities(),
      library.defaultLifetime,
      [],
      { signKey: this.signKey, publicKey: this.identity },
      this.cs,
    );
    this.#packages.push(made);
    return made;
  }

  async keyPackage(): Promise<Uint8Array> {
    const { publicPackage } = await this.#newPackage();
    return this.library.encodeMlsMessage({
      version: "mls10",
      wireformat: "mls_key_package",
      keyPackage: publicPackage,
    });
  }

  async create(groupId: Uint8Array): Promise<void> {
    const mine = await this.#newPackage();
    this.#state = await this.library.createGroup(groupId, mine.publicPackage, mine.privatePackage, [], this.cs);
  }

  async welcome(bytes: Uint8Array): Promise<void> {
    const message = this.#decode(bytes);
    if (message.wireformat !== "mls_welcome") throw new Error(`not a welcome: ${message.wireformat}`);
    for (const mine of this.#packages) {
      const reference = toHex(await this.#reference(mine.publicPackage));
      if (!message.welcome.secrets.some((secret) => toHex(secret.newMember) === reference)) continue;
      const { publicPackage, privatePackage } = mine;
      const psk = this.library.emptyPskIndex;
      this.#state = await this.library.joinGroup(message.welcome, publicPackage, privatePackage, psk, this.cs);
      this.#packages = [];
      return;
    }
    throw new Error(`${this.name}: the welcome is for none of the key packages`);
  }

  async #reference(keyPackage: KeyPackage): Promise<Uint8Array> {
    const { makeKeyPackageRef } = await import("ts-mls/keyPackage.js");
    return makeKeyPackageRef(keyPackage, this.cs.hash);
  }

  async commit(add: Uint8Array[], remove: Uint8Array[]): Promise<Committed> {
    const additions = add.map((bytes): Proposal => {
      const message = this.#decode(bytes);
      if (message.wireformat !== "mls_key_package") throw new Error(`not a key package: ${message.wireformat}`);
      return { proposalType: "add", add: { keyPackage: message.keyPackage } };
    });
    const removals = remove.map((identity): Proposal => {
      const removed = this.leafOf(identity);
      if (removed === null) throw new Error(`${this.name} cannot remove who is not in the tree`);
      return { proposalType: "remove", remove: { removed } };
    });
    const made = await this.library.createCommit(
      { state: this.state, cipherSuite: this.cs },
      {
        extraProposals: [...removals, ...additions],
        ratchetTreeExtension: true,
        wireAsPublicMessage: this.publicHandshakes,
      },
    );
    this.#pending = made.newState;
    const { welcome } = made;
    return {
      commit: this.library.encodeMlsMessage(made.commit),
      welcome:
        welcome === undefined
          ? null
          : this.library.encodeMlsMessage({ version: "mls10", wireformat: "mls_welcome", welcome }),
    };
  }

  /** The leaf index of a member, null when it is in no leaf. */
  leafOf(identity: Uint8Array): number | null {
    const wanted = toHex(identity);
    const node = this.state.ratchetTree.findIndex(
      (one) => one?.nodeType === "leaf" && toHex(one.leaf.signaturePublicKey) === wanted,
    );
    return node === -1 ? null : node / 2;
  }

  async settle(accepted: boolean): Promise<void> {
    if (accepted) this.#state = this.#pending;
    this.#pending = null;
  }

  async groupInfo(): Promise<Uint8Array> {
    const groupInfo: GroupInfo = await this.library.createGroupInfoWithExternalPubAndRatchetTree(
      this.state,
      [],
      this.cs,
    );
    return this.library.encodeMlsMessage({ version: "mls10", wireformat: "mls_group_info", groupInfo });
  }

  async external(groupInfo: Uint8Array): Promise<Uint8Array> {
    const message = this.#decode(groupInfo);
    if (message.wireformat !== "mls_group_info") throw new Error(`not a GroupInfo: ${message.wireformat}`);
    const { publicPackage, privatePackage } = await this.#newPackage();
    const joined = await this.library.joinGroupExternal(
      message.groupInfo,
      publicPackage,
      privatePackage,
      true,
      this.cs,
    );
    this.#state = joined.newState;
    const { publicMessage } = joined;
    return this.library.encodeMlsMessage({ version: "mls10", wireformat: "mls_public_message", publicMessage });
  }

  async receive(bytes: Uint8Array): Promise<Received> {
    const message = this.#decode(bytes);
    if (message.wireformat !== "mls_private_message" && message.wireformat !== "mls_public_message") {
      throw new Error(`unexpected ${message.wireformat}`);
    }
    const { library, cs, state } = this;
    const got = await library.processMessage(message, state, library.emptyPskIndex, library.acceptAll, cs);
    this.#state = got.newState;
    if (got.kind === "applicationMessage") {
      return { kind: "application", text: new TextDecoder().decode(got.message) };
    }
    return { kind: got.newState.groupActiveState.kind === "removedFromGroup" ? "removed" : "epoch" };
  }

  async send(text: string): Promise<Uint8Array> {
    const content = new TextEncoder().encode(text);
    const made = await this.library.createApplicationMessage(this.state, content, this.cs);
    this.#state = made.newState;
    const { privateMessage } = made;
    return this.library.encodeMlsMessage({ version: "mls10", wireformat: "mls_private_message", privateMessage });
  }

  async reload(): Promise<void> {
    const { clientConfig } = this.state;
    const bytes = this.library.encodeGroupState(this.state);
    const decoded = this.library.decodeGroupState(bytes, 0);
    if (decoded === undefined || decoded[1] !== bytes.length)
      throw new Error(`${this.name}: the state does not decode`);
    this.#state = { ...decoded[0], clientConfig };
  }

  async fingerprint(): Promise<string> {
    const { exporterSecret } = this.state.keySchedule;
    const context = new Uint8Array();
    return toHex(await this.library.mlsExporter(exporterSecret, "hongyan soak", context, 32, this.cs));
  }

  #decode(bytes: Uint8Array) {
    const decoded = this.library.decodeMlsMessage(bytes, 0);
    if (decoded === undefined || decoded[1] !== bytes.length) throw new Error("not exactly one MLSMessage");
    return decoded[0];
  }
}
