/** What the server says of its books (SPEC [LE7] [LE8]). Bytes are hexadecimal. */

export interface WireCheckpoint {
  size: number;
  root: string;
  at_ms: number;
  key: string;
  signature: string;
}

export interface WireBooks {
  checkpoint: WireCheckpoint | null;
  consistency: string[] | null;
}

export interface WireIncluded {
  seq: number;
  id: string;
  kind: number;
  debit: string;
  credit: string;
  amount_minor: string;
  asset: string;
  code: number;
  group_id: string;
  pending_id: string | null;
  expires_at_ms: number | null;
  at_ms: number;
  before: string;
  path: string[];
}

export interface WireProof {
  checkpoint: WireCheckpoint;
  consistency: string[] | null;
  transfers: WireIncluded[];
}
