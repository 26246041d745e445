"""What a file is, from its name and first bytes: the app shows pictures in their own shape."""

import mimetypes
from typing import Final

from hongyan.sdk.content.details import AttachmentKind

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG_SIZES: Final = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


def type_of(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def kind_of(content_type: str) -> AttachmentKind:
    """A voice message is recorded in the app; a sound file is a file."""
    if content_type in ("image/png", "image/jpeg", "image/gif", "image/webp"):
        return "picture"
    return "video" if content_type in ("video/mp4", "video/webm") else "file"


def shape_of(head: bytes) -> tuple[int, int]:
    """Width and height in pixels of a PNG, GIF or JPEG; 0, 0 of anything else."""
    if head.startswith(_PNG) and len(head) >= 24:
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    if head[:6] in (b"GIF87a", b"GIF89a") and len(head) >= 10:
        return int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
    return _jpeg_shape(head) if head.startswith(b"\xff\xd8") else (0, 0)


def _jpeg_shape(head: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 < len(head) and head[at] == 0xFF:
        marker, length = head[at + 1], int.from_bytes(head[at + 2 : at + 4], "big")
        if marker in _JPEG_SIZES:
            return int.from_bytes(head[at + 7 : at + 9], "big"), int.from_bytes(head[at + 5 : at + 7], "big")
        at += 2 + length
    return 0, 0
