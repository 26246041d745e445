"""A device that uploads, fetches and takes, as the app does: tus 1.0 over HTTP."""

import base64
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx

from hongyan.sdk.media.blob import Opening, seal

PATCH_TYPE = "application/offset+octet-stream"
STEP_BYTES = 64 * 1024


@dataclass(frozen=True)
class Sealed:
    """A blob, and what its recipients know of it."""

    blob: bytes
    opening: Opening
    blob_id: bytes = field(default_factory=lambda: secrets.token_bytes(16))

    @property
    def path(self) -> str:
        return "/api/media/" + base64.urlsafe_b64encode(self.blob_id).rstrip(b"=").decode()


def sealed(content: bytes) -> Sealed:
    return Sealed(*seal(content, secrets.token_bytes(32), secrets.token_bytes(7)))


def metadata(blob_id: bytes, group_id: bytes) -> str:
    return f"id {base64.b64encode(blob_id).decode()},group {base64.b64encode(group_id).decode()}"


class MediaClient:
    def __init__(self, url: str, token: str) -> None:
        self.http = httpx.AsyncClient(
            base_url=url,
            trust_env=False,
            timeout=60,
            headers={"authorization": f"Bearer {token}", "accept-language": "en"},
        )

    async def close(self) -> None:
        await self.http.aclose()

    async def create(
        self, what: Sealed, group_id: bytes, *, length: int | None = None, first: bytes | None = None
    ) -> httpx.Response:
        headers = {
            "tus-resumable": "1.0.0",
            "upload-length": str(len(what.blob) if length is None else length),
            "upload-metadata": metadata(what.blob_id, group_id),
        }
        if first is not None:
            headers["content-type"] = PATCH_TYPE
        return await self.http.post("/api/media", headers=headers, content=first)

    async def patch(
        self, what: Sealed, offset: int, content: bytes | AsyncIterator[bytes] | None = None
    ) -> httpx.Response:
        """`content`: by default all that is left from `offset`, as a stream without a length."""
        headers = {"tus-resumable": "1.0.0", "upload-offset": str(offset), "content-type": PATCH_TYPE}
        body = streamed(what.blob[offset:]) if content is None else content
        return await self.http.patch(what.path, headers=headers, content=body)

    async def head(self, what: Sealed) -> httpx.Response:
        return await self.http.head(what.path, headers={"tus-resumable": "1.0.0"})

    async def offset(self, what: Sealed) -> int:
        answer = await self.head(what)
        assert answer.status_code == 200, answer.status_code
        return int(answer.headers["upload-offset"])

    async def delete(self, what: Sealed) -> httpx.Response:
        return await self.http.delete(what.path, headers={"tus-resumable": "1.0.0"})

    async def upload(self, content: bytes, group_id: bytes) -> Sealed:
        what = sealed(content)
        assert (await self.create(what, group_id)).status_code == 201
        answer = await self.patch(what, 0)
        assert answer.status_code == 204, answer.text
        assert int(answer.headers["upload-offset"]) == len(what.blob)
        return what

    async def get(self, what: Sealed, wanted: str | None = None) -> httpx.Response:
        return await self.http.get(what.path, headers={} if wanted is None else {"range": wanted})

    async def take(self, what: Sealed) -> httpx.Response:
        return await self.http.post(what.path + "/taken")

    async def add_due(self, what: Sealed, group_id: bytes) -> httpx.Response:
        return await self.http.post(what.path + "/due", json={"group_id": base64.b64encode(group_id).decode()})


async def streamed(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), STEP_BYTES):
        yield content[start : start + STEP_BYTES]


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """The status and code of a refusal, which must be a whole problem document [HT1]."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document = answer.json()
    assert document["detail"] and document["title"] and document["status"] == answer.status_code
    return answer.status_code, document["code"]
