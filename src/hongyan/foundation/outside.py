"""The way out: the one place of the server that calls the outside world, push services and the programs of shops.

Each connection looks the host up and goes to an address that was checked, so that no name can lead inside [PU5].
No proxy, no redirect, no cookie; of an answer only the status and Retry-After are read.
"""

# ruff: noqa: ASYNC109 - the interface is httpcore's

import asyncio
import socket
import ssl
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import certifi
import httpcore

from hongyan.foundation.addresses import is_allowed_inside, is_inner, is_usable, split_url

LOOKUP_THREADS: Final = 4
ADDRESSES_TRIED_MAX: Final = 4
IDLE_S: Final = 60.0
TIMEOUT_S: Final = 10.0
CONNECTIONS_MAX: Final = 32
ANSWER_BYTES_MAX: Final = 4_096


class Outcome(StrEnum):
    """What became of a call; all but the first two are failures and may be tried again."""

    TAKEN = "taken"
    GONE = "gone"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    BUSY = "busy"
    INNER = "inner"


@dataclass(frozen=True, slots=True)
class Answer:
    outcome: Outcome
    retry_after_s: int | None = None


class InnerAddress(Exception):
    """The host of an address is, or leads to, an address that is not of the public Internet."""


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only; `inside` are the hosts whose address is not checked."""

    def __init__(self, inside: frozenset[str], lookups: ThreadPoolExecutor) -> None:
        self._inside = inside
        self._lookups = lookups
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        refused: Exception = httpcore.ConnectError("no address")
        for address in await self._addresses(host, port):
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refused = error
        raise refused

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise InnerAddress

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _addresses(self, host: str, port: int) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            # In threads of its own: a name server that does not answer must not hold up other work.
            found = await loop.run_in_executor(
                self._lookups, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            )
        except OSError as error:
            raise httpcore.ConnectError("no such host") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if host not in self._inside and f"{host}:{port}" not in self._inside:
            addresses = [address for address in addresses if not is_inner(address)]
            if not addresses:
                raise InnerAddress
        return addresses[:ADDRESSES_TRIED_MAX]


class Outside:
    """Posts to addresses that people named. Made once; opened by the first call.

    `inside`: hosts that may be inner ones, as the operator set it.
    """

    def __init__(self, inside: frozenset[str]) -> None:
        self._inside = inside
        self._lookups = ThreadPoolExecutor(LOOKUP_THREADS, thread_name_prefix="outside-lookup")
        self._pool: httpcore.AsyncConnectionPool | None = None

    def may_call(self, url: str) -> bool:
        """Whether the server would call this address for somebody: https, and no inner one by its looks [PU5]."""
        return is_usable(url, self._inside)

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        """POST `body`; whatever goes wrong is an answer, within TIMEOUT_S."""
        parts = split_url(url)
        if parts is None or (parts.scheme != "https" and not is_allowed_inside(parts, self._inside)):
            return Answer(Outcome.INNER)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                return await self._post(url, {"Host": parts.netloc, **headers}, body)
        except InnerAddress:
            return Answer(Outcome.INNER)
        except (TimeoutError, OSError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError):
            return Answer(Outcome.UNREACHABLE)

    async def close(self) -> None:
        self._lookups.shutdown(wait=False, cancel_futures=True)
        if self._pool is not None:
            await self._pool.aclose()

    async def _post(self, url: str, headers: dict[str, str], body: bytes) -> Answer:
        sent: dict[bytes | str, bytes | str] = {"Content-Length": str(len(body))}
        sent.update(headers)
        async with self._opened().stream("POST", url, headers=sent, content=body) as response:
            retry_after = next((value for name, value in response.headers if name.lower() == b"retry-after"), None)
            read = 0
            async for chunk in response.aiter_stream():
                read += len(chunk)
                if read > ANSWER_BYTES_MAX:
                    break
        return answer_of(response.status, None if retry_after is None else retry_after.decode("latin-1"))

    def _opened(self) -> httpcore.AsyncConnectionPool:
        if self._pool is None:
            self._pool = httpcore.AsyncConnectionPool(
                ssl_context=trusted(),
                max_connections=CONNECTIONS_MAX,
                max_keepalive_connections=CONNECTIONS_MAX,
                keepalive_expiry=IDLE_S,
                http2=False,
                network_backend=CheckedNetwork(self._inside, self._lookups),
            )
        return self._pool


def answer_of(status: int, retry_after: str | None) -> Answer:
    """What a status means; as push services use them (RFC 8030 §5, §8.3)."""
    wait_s = int(retry_after) if retry_after is not None and retry_after.isdigit() and len(retry_after) < 8 else None
    if 200 <= status < 300:
        return Answer(Outcome.TAKEN)
    if status in (404, 410):
        return Answer(Outcome.GONE)
    if status == 429 or status >= 500:
        return Answer(Outcome.BUSY, wait_s)
    return Answer(Outcome.REFUSED, wait_s)


def trusted() -> ssl.SSLContext:
    """The machine's own authorities; certifi's where the machine has none."""
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        context.load_verify_locations(certifi.where())
    return context
