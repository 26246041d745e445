"""uvicorn with the realtime seam: one port for the web app, the API and the socket."""

import asyncio
import contextlib
import resource
import socket
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from hongyan.foundation.http.root import Root
from hongyan.foundation.realtime import Realtime
from hongyan.foundation.starting import BACKLOG

KEEP_ALIVE_S = 20
STOP_S = 5


@dataclass(frozen=True, slots=True)
class TlsFiles:
    cert: Path
    key: Path


class HttpServer:
    def __init__(self, app: Root, realtime: Realtime, sock: socket.socket, tls: TlsFiles | None = None) -> None:
        """Raises OSError (ssl.SSLError is one) when the TLS files cannot be used."""
        self._realtime = realtime
        self._socket = sock
        config = uvicorn.Config(
            app,
            http="httptools",
            ws=realtime.protocol,  # type: ignore[arg-type]  # uvicorn calls it; it need not be a class
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=STOP_S,
            ssl_certfile=tls.cert if tls else None,
            ssl_keyfile=tls.key if tls else None,
        )
        config.load()
        self._server = uvicorn.Server(config)
        self._server.lifespan = config.lifespan_class(config)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        await self._server.startup(sockets=[self._socket])
        self._task = asyncio.create_task(self._server.main_loop(), name="http")

    async def stop(self) -> None:
        """Say goodbye to every socket, finish the requests under way, then stop."""
        await self._realtime.close()
        self._server.should_exit = True
        if self._task is not None:
            await self._task
            await self._server.shutdown(sockets=[self._socket])


def allow_many_connections() -> None:
    """Lift the number of open files to what the system lets this process have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
