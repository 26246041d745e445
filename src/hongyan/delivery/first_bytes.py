"""What is read of a frame before it is decoded: enough to answer it [OV1]."""

from typing import Final

_SENDS_AND_COMMITS: Final = (2, 3)
_UINT_BYTES: Final = {0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}


def read_number(wire: bytes) -> int | None:
    """The number of a send or commit, from its first bytes alone [OV1]; None of any other frame."""
    if len(wire) < 3 or wire[0] & 0xF0 != 0x90 or wire[1] not in _SENDS_AND_COMMITS:
        return None
    size = _UINT_BYTES.get(wire[2])
    no = int.from_bytes(wire[3 : 3 + size], "big") if size else wire[2] if wire[2] < 0x80 else 0
    return no if 1 <= no <= 2**53 - 1 else None
