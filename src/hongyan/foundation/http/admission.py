"""Whether a request is taken on, decided from its path before anything of it is read [OV1] [OV3] [OV4]."""

from collections.abc import Mapping
from math import ceil

from litestar.types import ASGIApp, Receive, Scope, Send

from hongyan.foundation.clock import Clock
from hongyan.foundation.deadline import CURRENT, Deadline
from hongyan.foundation.http.errors import problem_response
from hongyan.foundation.language import language_of_header
from hongyan.foundation.overload import REQUEST_LIFETIME_S, Class, Gate
from hongyan.foundation.problems import Catalogue, Problem


class Admission:
    """An ASGI application in front of the API. `classes`: by how a path begins; the longest that fits counts."""

    def __init__(
        self, api: ASGIApp, gate: Gate, clock: Clock, catalogue: Catalogue, classes: Mapping[str, Class]
    ) -> None:
        self._api = api
        self._gate = gate
        self._clock = clock
        self._catalogue = catalogue
        self._classes = sorted(classes.items(), key=lambda one: -len(one[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind = self.class_of(scope["path"])
        headers = dict(scope["headers"])
        if not self._gate.admit(kind, hash(headers.get(b"authorization", b""))):
            await self._turn_away(headers.get(b"accept-language", b""), send)
            return
        if kind is Class.BULK:  # It lasts as long as its line is slow: that says nothing of the server.
            self._gate.done()
            await self._api(scope, receive, send)
            return
        CURRENT.set(Deadline(self._clock, REQUEST_LIFETIME_S))
        try:
            await self._api(scope, receive, send)
        finally:
            self._gate.done()

    def class_of(self, path: str) -> Class:
        return next((kind for start, kind in self._classes if path.startswith(start)), Class.ASK)

    async def _turn_away(self, accepted: bytes, send: Send) -> None:
        problem = Problem("busy", status=503, retry_after_s=ceil(self._gate.retry_after_ms / 1000))
        headers, body = problem_response(self._catalogue, problem, language_of_header(accepted.decode("latin-1")))
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        raw += [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 503, "headers": raw})
        await send({"type": "http.response.body", "body": body, "more_body": False})
