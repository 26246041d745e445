"""What tus 1.0 and ranges look like in headers, and the one JSON body of media."""

import base64
import binascii
from collections.abc import Mapping
from email.utils import formatdate
from typing import Annotated

import msgspec
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from hongyan.foundation.http import Body, HttpRequest
from hongyan.foundation.problems import Problem
from hongyan.media.intake import NextBytes
from hongyan.media.model import BLOB_BYTES_MAX, BLOB_ID_BYTES, BlobId, Progress, Wanted

TUS_VERSION = "1.0.0"
TUS_EXTENSIONS = "creation,creation-with-upload,termination,expiration"
OFFSET_STREAM = "application/offset+octet-stream"
GROUP_ID_BYTES_MAX = 255
METADATA_CHARACTERS_MAX = 1_000


class DueBody(Body, frozen=True, kw_only=True):
    group_id: Annotated[bytes, msgspec.Meta(min_length=1, max_length=GROUP_ID_BYTES_MAX)]


def with_tus(app: ASGIApp) -> ASGIApp:
    """Every answer tells the version, refusals too [ME8]."""

    async def speaking_tus(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_version(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"tus-resumable", TUS_VERSION.encode())]
            await send(message)

        await app(scope, receive, send_with_version)

    return speaking_tus


def require_tus(version: str | None) -> None:
    if version != TUS_VERSION:
        raise Problem("tus_version", status=412, headers={"tus-version": TUS_VERSION})


def server_headers() -> dict[str, str]:
    return {"tus-version": TUS_VERSION, "tus-extension": TUS_EXTENSIONS, "tus-max-size": str(BLOB_BYTES_MAX)}


def progress_headers(progress: Progress) -> dict[str, str]:
    return {
        "upload-offset": str(progress.offset),
        "upload-expires": formatdate(progress.expires_at_ms / 1000, usegmt=True),
    }


def wanted_of(metadata: str, length: int) -> Wanted:
    """The creation that the headers ask for [ME9]. Raises Problem `malformed`."""
    found = _metadata(metadata)
    if found.keys() != {"id", "group"}:
        raise Problem("malformed", status=400)
    blob_id, group_id = found["id"], found["group"]
    if len(blob_id) != BLOB_ID_BYTES or not 1 <= len(group_id) <= GROUP_ID_BYTES_MAX:
        raise Problem("malformed", status=400)
    return Wanted(BlobId(blob_id), group_id, length)


def _metadata(header: str) -> Mapping[str, bytes]:
    if len(header) > METADATA_CHARACTERS_MAX:
        raise Problem("malformed", status=400)
    found: dict[str, bytes] = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        if key in found:
            raise Problem("malformed", status=400)
        try:
            found[key] = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise Problem("malformed", status=400) from None
    return found


def path_of(blob_id: BlobId) -> str:
    return base64.urlsafe_b64encode(blob_id).rstrip(b"=").decode()


def blob_id_of_path(text: str) -> BlobId:
    """Base64url without padding. Raises Problem `media_unknown` for what cannot be an id."""
    try:
        blob_id = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Problem("media_unknown", status=404) from None
    if len(blob_id) != BLOB_ID_BYTES or path_of(BlobId(blob_id)) != text:
        raise Problem("media_unknown", status=404)
    return BlobId(blob_id)


def has_bytes(request: HttpRequest) -> bool:
    """Whether the body is part of a blob."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower() == OFFSET_STREAM


def body_of(request: HttpRequest) -> NextBytes:
    """The request's body as it arrives, unbuffered; a connection that breaks ends it."""
    ended = False

    async def receive() -> bytes | None:
        nonlocal ended
        if ended:
            return None
        message = await request.receive()
        if message["type"] != "http.request":
            return None
        ended = not message.get("more_body", False)
        return message.get("body", b"")

    return receive


def announced_bytes(request: HttpRequest) -> int | None:
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 15 else None
