"""The server's HTTP routes: a refusal becomes Trouble, no network becomes Trouble server_unreachable."""

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final, TypeVar
from urllib.parse import quote

import certifi
import httpcore
import msgspec

from hongyan.sdk.net import wire
from hongyan.sdk.trouble import SENTENCES, Trouble
from hongyan.sdk.words import language

Answer = TypeVar("Answer")

PROTOCOL: Final = 1
TIMEOUT_S: Final = 20.0
ANSWER_BYTES_MAX: Final = 16 * 1024 * 1024
CONNECTIONS_MAX: Final = 8
_TIMEOUTS: Final = {"timeout": {"connect": TIMEOUT_S, "read": TIMEOUT_S, "write": TIMEOUT_S, "pool": 4 * TIMEOUT_S}}
_CODES: Final = {
    "bad_link": "link_expired",
    "media_account_full": "media_full",
    "media_unknown": "media_gone",
    "not_in_group": "not_a_member",
    "too_large": "file_too_large",
}


class NotThere(Exception):
    """There is no such thing on the server, or not for this device."""


class OtherOffset(Exception):
    """An upload stands elsewhere than was believed [ME10]."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


class Response:
    """An answer whose head is here; `stream` gives its body."""

    def __init__(self, inner: httpcore.Response) -> None:
        self._inner = inner
        self.status: int = inner.status
        self.headers = {name.lower().decode("latin-1"): value.decode("latin-1") for name, value in inner.headers}

    async def stream(self) -> AsyncIterator[bytes]:
        async for part in self._inner.aiter_stream():
            yield part

    async def read(self) -> bytes:
        body = b""
        async for part in self.stream():
            body += part
            if len(body) > ANSWER_BYTES_MAX:
                raise Trouble("wrong_server")
        return body


class Http:
    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.token = ""
        self.tls = ssl.create_default_context()
        self.tls.load_verify_locations(certifi.where())
        self._pool = httpcore.AsyncConnectionPool(self.tls, max_connections=CONNECTIONS_MAX, keepalive_expiry=60)

    async def close(self) -> None:
        await self._pool.aclose()

    async def ask(
        self, method: str, path: str, answer: type[Answer], body: Mapping[str, object] | None = None
    ) -> Answer:
        """Raises Trouble, NotThere."""
        content = b"" if body is None else msgspec.json.encode(body)
        headers: dict[bytes | str, bytes | str] = {"content-type": "application/json"} if body is not None else {}
        async with self.raw(method, path, headers, content) as response:
            read = await response.read()
        try:
            return msgspec.json.decode(read or b"null", type=answer)
        except msgspec.DecodeError:
            raise Trouble("wrong_server") from None

    async def tell(self, method: str, path: str, body: Mapping[str, object] | None = None) -> None:
        await self.ask(method, path, object, body)

    @asynccontextmanager
    async def raw(
        self, method: str, path: str, headers: dict[bytes | str, bytes | str], content: bytes = b""
    ) -> AsyncIterator[Response]:
        """An answer that is no JSON, or whose head is what counts. Raises as `ask` does, and OtherOffset."""
        sent: dict[bytes | str, bytes | str] = {"accept-language": language(), "user-agent": "hongyan-sdk", **headers}
        if self.token:
            sent["authorization"] = f"Bearer {self.token}"
        if content or method in ("POST", "PUT", "PATCH"):
            sent["content-length"] = str(len(content))
        try:
            async with self._pool.stream(
                method, f"{self.origin}/api{path}", headers=sent, content=content, extensions=_TIMEOUTS
            ) as inner:
                response = Response(inner)
                if not 200 <= response.status < 300:
                    raise _refusal(response, await response.read(), has_token=bool(self.token))
                yield response
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, ssl.SSLError, OSError):
            raise Trouble("server_unreachable") from None
        except (httpcore.UnsupportedProtocol, UnicodeError, ValueError):
            raise Trouble("wrong_server") from None

    async def server(self) -> wire.Server:
        """Raises Trouble wrong_server when it is none of ours."""
        try:
            found = await self.ask("GET", "/server", wire.Server)
        except NotThere:
            raise Trouble("wrong_server") from None
        if found.protocol != PROTOCOL:
            raise Trouble("wrong_server")
        return found

    async def person(self, name: str) -> wire.WirePerson:
        try:
            return await self.ask("GET", f"/people/{quote(name, safe='')}", wire.WirePerson)
        except NotThere:
            raise Trouble("person_unknown") from None


def _refusal(response: Response, body: bytes, *, has_token: bool) -> Exception:
    try:
        problem = msgspec.json.decode(body, type=wire.Problem)
    except msgspec.DecodeError:
        problem = wire.Problem()
    status = response.status
    if status == 409 and "upload-offset" in response.headers:
        return OtherOffset(int(response.headers["upload-offset"]))
    code = _CODES.get(problem.code, problem.code)
    if status == 401 and has_token:
        return Trouble("device_gone")
    if code in SENTENCES:
        return Trouble(code, problem.retry_after_s)
    if status in (403, 404):
        return NotThere(problem.code)
    if status == 429:
        return Trouble("too_many_tries", problem.retry_after_s)
    if status >= 500:
        return Trouble("server_unreachable", problem.retry_after_s)
    return Trouble("refused", problem.retry_after_s) if problem.code else Trouble("wrong_server")
