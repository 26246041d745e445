"""The Merkle tree of RFC 9162 §2.1 over the hashes of transfers: roots, proofs, and how they are checked."""

from collections.abc import Callable, Sequence
from hashlib import sha256

# The root of the complete subtree of 2^level leaves that begins at leaf place * 2^level.
Complete = Callable[[int, int], bytes]


def leaf_of(transfer_hash: bytes) -> bytes:
    return sha256(b"\0" + transfer_hash).digest()


def parent_of(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def folded(nodes: Sequence[bytes]) -> bytes:
    """The root over 2^k nodes."""
    while len(nodes) > 1:
        nodes = [parent_of(nodes[n], nodes[n + 1]) for n in range(0, len(nodes), 2)]
    return nodes[0]


def root_of(size: int, complete: Complete) -> bytes:
    """The root over the first `size` leaves; `size` is at least 1."""
    return _root(0, size, complete)


def inclusion(place: int, size: int, complete: Complete) -> tuple[bytes, ...]:
    """The audit path of leaf `place` in the tree of `size` leaves (§2.1.3.1)."""
    assert 0 <= place < size
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if place < middle:
            path.append(_root(middle, end, complete))
            end = middle
        else:
            path.append(_root(begin, middle, complete))
            begin = middle
    return tuple(reversed(path))


def consistency(first: int, size: int, complete: Complete) -> tuple[bytes, ...]:
    """That the tree of `size` leaves begins with that of `first` (§2.1.4.1); empty when they are the same."""
    assert 0 < first <= size
    path: list[bytes] = []
    begin, end, is_whole = 0, size, True
    while first != end:
        middle = begin + _split(end - begin)
        if first <= middle:
            path.append(_root(middle, end, complete))
            end = middle
        else:
            path.append(_root(begin, middle, complete))
            begin, is_whole = middle, False
    if not is_whole:
        path.append(_root(begin, end, complete))
    return tuple(reversed(path))


def is_included(leaf: bytes, place: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """§2.1.3.2."""
    if not 0 <= place < size:
        return False
    at, last, found = place, size - 1, leaf
    for node in path:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = parent_of(node, found)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            found = parent_of(found, node)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def is_consistent(first: int, first_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """§2.1.4.2."""
    if not 0 < first <= size:
        return False
    if first == size:
        return not path and first_root == root
    nodes = list(path) if first & (first - 1) else [first_root, *path]
    if not nodes:
        return False
    at, last = first - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old, new = parent_of(node, old), parent_of(node, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = parent_of(new, node)
        at, last = at >> 1, last >> 1
    return last == 0 and old == first_root and new == root


class Frontier:
    """A tree that leaves are appended to one by one, as little of it as its root takes."""

    def __init__(self, on_complete: Callable[[int, int, bytes], None] | None = None) -> None:
        """`on_complete` is told level, place and root of each complete subtree."""
        self.size = 0
        self._parts: list[bytes] = []
        self._on_complete = on_complete

    def append(self, leaf: bytes) -> None:
        node, place, level = leaf, self.size, 0
        while place & 1:
            node, place, level = parent_of(self._parts.pop(), node), place >> 1, level + 1
            if self._on_complete is not None:
                self._on_complete(level, place, node)
        self._parts.append(node)
        self.size += 1

    def root(self) -> bytes:
        found = self._parts[-1]
        for part in reversed(self._parts[:-1]):
            found = parent_of(part, found)
        return found


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def _root(begin: int, end: int, complete: Complete) -> bytes:
    size = end - begin
    if not size & (size - 1) and begin % size == 0:
        level = size.bit_length() - 1
        return complete(level, begin >> level)
    middle = begin + _split(size)
    return parent_of(_root(begin, middle, complete), _root(middle, end, complete))
