"""Pure decisions of media: which lengths a padded blob can have, and what a range asks for."""

import re

from hongyan.media.model import BLOB_BYTES_MAX, CHUNK_BYTES, PADDED_BYTES_MIN, TAG_BYTES

_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def is_blob_length(length: int) -> bool:
    """Whether some padded content makes a blob of exactly this many bytes [ME2] [ME3]."""
    if not 0 < length <= BLOB_BYTES_MAX:
        return False
    chunks = -(-length // (CHUNK_BYTES + TAG_BYTES))
    padded = length - TAG_BYTES * chunks
    if padded <= CHUNK_BYTES * (chunks - 1):
        return False  # the last chunk would be empty, or less
    return padded >= PADDED_BYTES_MIN and is_padded(padded)


def is_padded(size: int) -> bool:
    """Whether Padmé leaves `size` as it is."""
    exponent = size.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return size & mask == 0


def asked_range(header: str, length: int) -> tuple[int, int] | None:
    """Start and stop of a Range header's single range, cut to the blob; (0, 0) when none of it is there.

    None: no range, several, or not of a form this server obeys; then the whole is the answer (RFC 9110 §14.2).
    """
    match = _RANGE.fullmatch(header.strip().lower())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        last = int(match[2])
        return (max(0, length - last), length) if last else (0, 0)
    first = int(match[1])
    if match[2] and int(match[2]) < first:
        return None
    stop = min(length, int(match[2]) + 1) if match[2] else length
    return (first, stop) if first < length else (0, 0)
