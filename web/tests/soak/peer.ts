/** What a history asks of a group member, on any MLS stack. Everything that would travel is bytes. */
export interface Committed {
  commit: Uint8Array;
  welcome: Uint8Array | null;
}

export type Received = { kind: "application"; text: string } | { kind: "epoch" } | { kind: "removed" };

export interface Peer {
  readonly name: string;
  readonly identity: Uint8Array; // 32 bytes, also the signature key [ID3]
  readonly stack: "ts-mls" | "mls-rs" | "rine";
  keyPackage(): Promise<Uint8Array>;
  create(groupId: Uint8Array): Promise<void>;
  welcome(welcome: Uint8Array, groupId: Uint8Array): Promise<void>;
  /** A commit that is undecided until `settle`. No change at all is a self-update. */
  commit(add: Uint8Array[], remove: Uint8Array[]): Promise<Committed>;
  settle(accepted: boolean): Promise<void>;
  /** Null when this stack cannot give one. Valid for the epoch the member is in. */
  groupInfo(): Promise<Uint8Array | null>;
  /** Join by external commit; in the place of the own former leaf when it is still there. */
  external(groupInfo: Uint8Array): Promise<Uint8Array>;
  receive(message: Uint8Array): Promise<Received>;
  send(text: string): Promise<Uint8Array>;
  /** Forget everything in memory and go on from the stored bytes. */
  reload(): Promise<void>;
  /** Hex of a secret all members of an epoch share; null when this stack has no exporter. */
  fingerprint(): Promise<string | null>;
  /** What a stack can do: a history does not ask for more. */
  readonly can: { update: boolean; addMany: boolean; addAndRemove: boolean; removeMany: boolean; external: boolean };
}

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const fromHex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, "hex"));
