"""The store for large sealed bytes: a folder of the data folder by default, a bucket of any S3 by one line of settings.

`await blobs.put(name, content)` returns once the bytes are durable; both kinds pass the same contract tests.
"""

from pathlib import Path

from hongyan.foundation.blobs.model import PUT_BYTES_MAX, Blobs, Content, NoSuchBlob, Piece, read_pieces, read_whole

__all__ = ["PUT_BYTES_MAX", "Blobs", "Content", "NoSuchBlob", "Piece", "open_blobs", "read_pieces", "read_whole"]


def open_blobs(where: Path | str, *, reserve_bytes: int = 0) -> Blobs:
    """`where` is the path of a folder, made when it is needed, or an s3:// address.

    `reserve_bytes` of a folder's disk are never filled; a bucket has no such bound.
    """
    if isinstance(where, str):
        from hongyan.foundation.blobs.bucket import open_bucket

        return open_bucket(where)
    from hongyan.foundation.blobs.folder import FolderBlobs

    return FolderBlobs(where, reserve_bytes=reserve_bytes)
