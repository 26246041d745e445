"""A blob's way to the server and back: tus 1.0 [ME8] to [ME11] and ranges [ME13]. Ids are base64url."""

from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Final

from hongyan.sdk.identity.links import from_unpadded
from hongyan.sdk.net.http import Http, NotThere
from hongyan.sdk.trouble import Trouble

_TUS: Final[dict[bytes | str, bytes | str]] = {"tus-resumable": "1.0.0"}


class Transport:
    def __init__(self, http: Http) -> None:
        self._http = http

    async def create(self, blob: str, blob_bytes: int, group_id: bytes) -> int:
        """Makes the upload or finds it again; answers how much of it the server has."""
        named = f"id {b64encode(from_unpadded(blob)).decode()},group {b64encode(group_id).decode()}"
        headers = {**_TUS, "upload-length": str(blob_bytes), "upload-metadata": named}
        async with self._http.raw("POST", "/media", headers) as answer:
            return int(answer.headers.get("upload-offset", "0"))

    async def append(self, blob: str, offset: int, part: bytes) -> int:
        """Answers the new offset. Raises OtherOffset, NotThere when the upload is gone."""
        headers = {**_TUS, "content-type": "application/offset+octet-stream", "upload-offset": str(offset)}
        async with self._http.raw("PATCH", f"/media/{blob}", headers, part) as answer:
            return int(answer.headers["upload-offset"])

    async def fetch(self, blob: str, start: int) -> AsyncIterator[bytes]:
        """The blob from `start` on. Raises Trouble media_gone."""
        headers: dict[bytes | str, bytes | str] = {"range": f"bytes={start}-"} if start else {}
        try:
            async with self._http.raw("GET", f"/media/{blob}", headers) as answer:
                if start and answer.status != 206:
                    raise Trouble("server_unreachable")
                async for part in answer.stream():
                    yield part
        except NotThere:
            raise Trouble("media_gone") from None

    async def taken(self, blob: str) -> None:
        """ "I have it"; nothing is left to say where there is no such blob."""
        try:
            await self._http.tell("POST", f"/media/{blob}/taken")
        except NotThere:
            return

    async def due(self, blob: str, group_id: bytes) -> None:
        """The group's devices of now may fetch it, too [ME12]."""
        try:
            await self._http.tell("POST", f"/media/{blob}/due", {"group_id": group_id})
        except NotThere:
            return
