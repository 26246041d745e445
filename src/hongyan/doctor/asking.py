"""Asks the server itself over the network, as a telephone would: no proxy, no redirect, nobody else."""

import contextlib
import http.client
import json
import ssl
from base64 import b64encode
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from hongyan.doctor.model import ANSWER_BYTES_MAX, ASK_TIMEOUT_S

# Any 16 bytes do (RFC 6455 §4.1): nothing is ever sent on this socket.
_SOCKET_HEADERS = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": b64encode(b"hongyan doctor 1").decode(),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a Hongyan server says of itself."""

    domain: str
    version: str
    time_ms: int


@dataclass(frozen=True, slots=True)
class Asked:
    """`facts` is None if what answered is no Hongyan server; then `status` says what it answered."""

    status: int
    facts: Facts | None


def ask(url: str, context: ssl.SSLContext | None = None) -> Asked:
    """GET /api/server. Raises OSError: ssl.SSLCertVerificationError and socket.gaierror are such."""
    status, body = _request(urlsplit(url), "/api/server", {}, context)
    try:
        said: Any = json.loads(body)
        facts = Facts(str(said["domain"]), str(said["version"]), int(said["time_ms"]))
    except (ValueError, TypeError, KeyError):
        facts = None
    return Asked(status, facts if status == http.HTTPStatus.OK else None)


def opens_socket(url: str, context: ssl.SSLContext | None = None) -> int:
    """The status with which /realtime answers a browser of this address; 101 is right. Raises OSError."""
    return _request(urlsplit(url), "/realtime", {**_SOCKET_HEADERS, "Origin": url}, context)[0]


def _request(
    parts: SplitResult, path: str, headers: dict[str, str], context: ssl.SSLContext | None
) -> tuple[int, bytes]:
    host, port = parts.hostname or "", parts.port
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            host, port, timeout=ASK_TIMEOUT_S, context=context or ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(host, port, timeout=ASK_TIMEOUT_S)
    with contextlib.closing(connection):
        try:
            connection.request("GET", path, headers={"User-Agent": "hongyan-doctor", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read(ANSWER_BYTES_MAX)
        except http.client.HTTPException as error:
            raise OSError(type(error).__name__) from error
