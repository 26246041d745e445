import { sha256 } from "@noble/hashes/sha2.js";
import { concat, equal } from "../../bytes.ts";

/** The Merkle tree of RFC 9162 §2.1: what is proved to this device. Sizes stay below 2^53, so no bit operators. */

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

export function leafOf(hash: Uint8Array): Uint8Array {
  return sha256(concat(LEAF, hash));
}

function parent(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concat(NODE, left, right));
}

const isOdd = (n: number) => n % 2 === 1;
const half = (n: number) => Math.floor(n / 2);

/** §2.1.3.2: leaf `place` (from 0) is in the tree of `size` leaves. */
export function isIncluded(
  leaf: Uint8Array,
  place: number,
  size: number,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (place < 0 || place >= size) return false;
  let at = place;
  let last = size - 1;
  let found = leaf;
  for (const node of path) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      found = parent(node, found);
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      found = parent(found, node);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && equal(found, root);
}

/** §2.1.4.2: the tree of `size` leaves begins with that of `first`. */
export function isConsistent(
  first: number,
  firstRoot: Uint8Array,
  size: number,
  root: Uint8Array,
  path: readonly Uint8Array[],
): boolean {
  if (first < 1 || first > size) return false;
  if (first === size) return path.length === 0 && equal(firstRoot, root);
  const nodes = Number.isInteger(Math.log2(first)) ? [firstRoot, ...path] : path;
  const [begin, ...rest] = nodes;
  if (begin === undefined || path.length === 0) return false;
  let at = first - 1;
  let last = size - 1;
  while (isOdd(at)) [at, last] = [half(at), half(last)];
  let before = begin;
  let now = begin;
  for (const node of rest) {
    if (last === 0) return false;
    if (isOdd(at) || at === last) {
      before = parent(node, before);
      now = parent(node, now);
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)];
    } else {
      now = parent(now, node);
    }
    [at, last] = [half(at), half(last)];
  }
  return last === 0 && equal(before, firstRoot) && equal(now, root);
}
