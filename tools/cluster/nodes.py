"""The three nodes, the front door and the S3: started, killed, started again, and whole again."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

import psycopg
from psycopg import sql

from tools.cluster.layout import NODES, Layout, Node
from tools.cluster.pair import Pair, give_to_owner, owner
from tools.system import Command, Failed

LOOK_S = 0.03
WHOLE_WITHIN_S = 180.0
# Of the data folder: what one server makes for itself at its first start, and all nodes must share.
SECRET_FILES = ("push-key.pem", "wallet-pepper", "ledger-key.pem", "platform-key.pem")
OWNER_LINK = re.compile(r"http\S+/i#[\w-]+")


class Kill(Enum):
    """What can happen to it; a node is everything that runs on it, and stays away for a while.

    FROZEN is stopped for that while, with all its connections open, and goes on as if nothing had been.
    """

    HONGYAN = "hongyan"
    NATS = "nats-server"
    PRIMARY = "PostgreSQL primary"
    STANDBY = "PostgreSQL standby"
    FRONT = "nginx"
    NODE_OF_PRIMARY = "node with primary"
    NODE_OF_STANDBY = "node with standby"
    NODE_WITHOUT = "node without PostgreSQL"
    STORE = "S3"
    FROZEN = "hongyan frozen"


class Cluster:
    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self._layout = layout = Layout(folder)
        self.folder = folder
        self.doors = layout.doors
        self.nodes = [layout.node(number) for number in NODES]
        servers = [layout.server(number) for number in NODES[:2]]
        self.pair = Pair(layout.postgres, servers[0], servers[1], layout.password, say)
        self._store = layout.store()
        self._front = layout.front() if layout.nginx else None
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._watching: threading.Thread | None = None

    @property
    def database_url(self) -> str:
        """The primary of now, for whoever seeds or looks."""
        return f"postgresql://hongyan:{self._layout.password}@{self.pair.primary.address}/hongyan"

    @property
    def kills(self) -> list[Kill]:
        """What can be killed here."""
        return [kill for kill in Kill if kill is not Kill.FRONT or self._front]

    @property
    def owner_link(self) -> str:
        """The link for the first person. Each node makes one at its start, and only the newest is good."""
        shown = [OWNER_LINK.search(node.hongyan.log.read_text(errors="replace")) for node in self.nodes]
        links = [found.group(0) for found in shown if found]
        return next((link for link in links if _admits(self.doors[0], link)), "")

    # --- life ---------------------------------------------------------------------------------------

    def start(self) -> None:
        """Returns once nothing is missing. Raises Failed."""
        self._store.keep()
        self._make_database()
        self._share_secrets()
        self._watching = threading.Thread(target=self._watch, name="cluster", daemon=True)
        self._watching.start()
        self.wait_whole()

    def stop(self) -> None:
        self._stopping.set()
        if self._watching is not None:
            self._watching.join()
        self.pair.stop_copying()
        front = [self._front] if self._front else []
        hongyan, nats = [node.hongyan for node in self.nodes], [node.nats for node in self.nodes]
        servers = [server.unit for server in self.pair.servers]
        for units in ([*front, *hongyan], nats, servers, [self._store]):
            for unit in units:
                unit.ask_to_end()
            for unit in units:
                unit.wait()

    def wait_whole(self) -> None:
        """Wait until all runs, each node answers, and the standby has everything. Raises Failed."""
        deadline_s = time.monotonic() + WHOLE_WITHIN_S
        while not self.is_whole():
            if time.monotonic() > deadline_s:
                raise Failed(f"The three nodes are not whole after {WHOLE_WITHIN_S:.0f} s: {self._troubles()}")
            time.sleep(0.1)

    def is_whole(self) -> bool:
        if not self.pair.is_protected or not all(node.is_up and node.nats.is_running for node in self.nodes):
            return False
        doors = [*(f"http://{node.address}:8420" for node in self.nodes), self.doors[0]]
        return _refuses(self._layout.store_url) and all(_answers(url) for url in doors)

    def _troubles(self) -> str:
        """The last words of whatever runs here."""
        logs = sorted(self.folder.glob("*/*log")) + sorted(self.folder.glob("*/*/log"))
        return "\n".join(
            f"--- {log}\n{log.read_text(errors='replace')[-1500:]}" for log in logs if "s3" not in str(log)
        )

    # --- death --------------------------------------------------------------------------------------

    def kill(self, what: Kill, chance: random.Random, *, away_s: float) -> None:
        """kill -9. A process is started again at once; a node comes back after `away_s`."""
        with self._lock:
            match what:
                case Kill.HONGYAN:
                    chance.choice(self.nodes).hongyan.kill()
                case Kill.NATS:
                    chance.choice(self.nodes).nats.kill()
                case Kill.PRIMARY:
                    self.pair.primary.unit.kill()
                case Kill.STANDBY:
                    self.pair.standby.unit.kill()
                case Kill.FRONT:
                    assert self._front is not None
                    self._front.kill()
                case Kill.STORE:
                    self._store.kill()
                case Kill.FROZEN:
                    node = chance.choice(self.nodes)
                    node.hongyan.freeze()
                    node.thaws_at_s = time.monotonic() + away_s
                case Kill.NODE_OF_PRIMARY:
                    self._kill_node(self.pair.primary.address, away_s)
                case Kill.NODE_OF_STANDBY:
                    self._kill_node(self.pair.standby.address, away_s)
                case Kill.NODE_WITHOUT:
                    self._kill_node(self.nodes[-1].address, away_s)

    def _kill_node(self, address: str, away_s: float) -> None:
        node = next(node for node in self.nodes if node.address == address)
        node.is_up = False
        node.back_at_s = time.monotonic() + away_s
        for server in self.pair.servers:
            if server.address == address:
                server.is_up = False
                server.unit.kill()
        node.hongyan.kill()
        node.nats.kill()

    def _watch(self) -> None:
        while not self._stopping.wait(LOOK_S):
            with self._lock:
                for node in self.nodes:
                    self._keep(node)
                self._store.keep()
                if self._front:
                    self._front.keep()
                self.pair.keep()

    def _keep(self, node: Node) -> None:
        if not node.is_up and time.monotonic() >= node.back_at_s:
            node.is_up = True
            for server in self.pair.servers:
                server.is_up = server.is_up or server.address == node.address
        if node.thaws_at_s is not None and time.monotonic() >= node.thaws_at_s:
            node.thaws_at_s = None
            node.hongyan.thaw()
        if node.is_up:
            node.nats.keep()
            node.hongyan.keep()

    # --- the first start ----------------------------------------------------------------------------

    def _make_database(self) -> None:
        primary = self.pair.primary
        secret = primary.data.parent / "password"
        secret.touch(mode=0o600)
        give_to_owner(secret)
        secret.write_text(self._layout.password)
        command: Command = [
            self._layout.postgres / "initdb",
            "-D",
            primary.data,
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--no-locale",
        ]
        options = ["-A", "scram-sha-256", f"--pwfile={secret}", "--no-sync"]
        subprocess.run([*command, *options], check=True, capture_output=True, user=owner(), cwd="/")
        secret.unlink()
        primary.unit.keep()
        with self._first_connection() as connection:
            connection.execute(sql.SQL("CREATE USER hongyan PASSWORD {}").format(self._layout.password))
            connection.execute("CREATE DATABASE hongyan OWNER hongyan")

    def _first_connection(self) -> psycopg.Connection[tuple[object, ...]]:
        deadline_s = time.monotonic() + WHOLE_WITHIN_S
        while True:
            try:
                return self.pair.connect(self.pair.primary)
            except psycopg.Error:
                if time.monotonic() > deadline_s or not self.pair.primary.unit.is_running:
                    raise Failed(f"PostgreSQL does not start: {self._troubles()}") from None
                time.sleep(0.05)

    def _share_secrets(self) -> None:
        """All nodes are one server: what the first makes for itself, the others are given."""
        from hongyan.push.vapid import key_in
        from hongyan.wallet.approvals import Pepper
        from hongyan.wallet.audit.key import key_in as ledger_key_in
        from hongyan.wallet.shops.platform import platform_in

        first, *others = (node.data for node in self.nodes)
        key_in(first)
        Pepper(first).open()
        ledger_key_in(first)
        platform_in(first, now_ms=int(time.time() * 1000))
        for data in others:
            for name in SECRET_FILES:
                shutil.copy2(first / name, data / name)


@contextmanager
def running_cluster(say: Callable[[str], None] = lambda _: None) -> Iterator[Cluster]:
    """A cluster in a folder that goes with it."""
    if sys.platform != "linux":
        raise Failed("Three nodes on one machine need Linux: elsewhere there is only one loopback address.")
    with tempfile.TemporaryDirectory(prefix="hongyan-cluster-", ignore_cleanup_errors=True) as folder:
        cluster = Cluster(Path(folder), say)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.stop()


def _answers(url: str) -> bool:
    return _opened(urllib.request.Request(f"{url}/api/server"))


def _refuses(url: str) -> bool:
    """The S3 is up: it answers a stranger, though not with what he wants."""
    try:
        _opener().open(url, timeout=2).close()
    except urllib.error.HTTPError as error:
        return error.code == 403
    except OSError:
        return False
    return False


def _admits(url: str, link: str) -> bool:
    body = json.dumps({"token": link.rpartition("#")[2]}).encode()
    headers = {"Content-Type": "application/json"}
    return _opened(urllib.request.Request(f"{url}/api/invitations/look", body, headers))


def _opened(request: urllib.request.Request) -> bool:
    try:
        with _opener().open(request, timeout=2):
            return True
    except OSError:
        return False


def _opener() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))
