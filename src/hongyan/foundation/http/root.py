"""The one ASGI application: the API under /api, the web app everywhere else, and headers that both need."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from litestar.types import ASGIApp, HTTPScope, Message, Receive, Send

from hongyan.foundation.metrics import HTTP_REQUESTS

HttpApp: TypeAlias = Callable[[HTTPScope, Receive, Send], Awaitable[None]]

_ALWAYS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_API = ((b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),)
_HSTS = ((b"strict-transport-security", b"max-age=31536000"),)


class Root:
    """`is_secure`: people reach this server by https, so their browsers may insist on it."""

    def __init__(self, api: ASGIApp, site: HttpApp, *, is_secure: bool) -> None:
        self._api = api
        self._site = site
        self._always = _ALWAYS + (_HSTS if is_secure else ())

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        is_api = path == "/api" or path.startswith("/api/")
        extra = self._always + (_API if is_api else ())

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                HTTP_REQUESTS.labels(str(message["status"])).inc()
                message["headers"] = [*message["headers"], *extra]
            await send(message)

        if is_api:
            await self._api(scope, receive, send_with_headers)
        else:
            await self._site(scope, receive, send_with_headers)
