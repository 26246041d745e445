"""A real S3 server for tests: SeaweedFS in one process, over a folder that goes with it."""

import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import obstore
from obstore.store import S3Store

BUCKET = "hongyan"
KEY_ID = "lan"
SECRET = "a-key-of-tests-only"
START_S = 60.0
GRPC_ABOVE = 10_000  # The server takes each of its ports a second time, this much higher.
PORTS = range(10_000, 20_000)  # With those above, below what the system gives to connections that go out.


@dataclass(frozen=True, slots=True)
class S3Server:
    endpoint: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": "us-east-1",
        }

    def new_folder(self) -> str:
        """The address of an empty folder in the one bucket."""
        return f"s3://{BUCKET}/t{os.urandom(6).hex()}"


@contextmanager
def running_s3() -> Iterator[S3Server]:
    with tempfile.TemporaryDirectory(prefix="hongyan-s3-", ignore_cleanup_errors=True) as folder:
        keys = Path(folder, "keys.json")
        one = {
            "name": KEY_ID,
            "credentials": [{"accessKey": KEY_ID, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        keys.write_text(json.dumps({"identities": [one]}))
        master, volume, filer, s3 = _free_ports(4)
        command = [
            str(Path(sys.executable).parent / "weed"),
            "server",
            f"-dir={folder}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            f"-master.port={master}",
            "-master.volumeSizeLimitMB=64",
            f"-volume.port={volume}",
            "-volume.max=16",
            f"-filer.port={filer}",
            f"-filer.localSocket={folder}/filer.sock",
            "-s3",
            f"-s3.localSocket={folder}/s3.sock",
            f"-s3.port={s3}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            f"-s3.config={keys}",
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)
        try:
            server = S3Server(f"http://127.0.0.1:{s3}")
            _make_bucket(server, process)
            yield server
        finally:
            process.kill()
            process.wait()


def _free_ports(count: int) -> list[int]:
    found: list[int] = []
    while len(found) < count:
        port = random.choice(PORTS)
        if port not in found and _is_free(port) and _is_free(port + GRPC_ABOVE):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def _make_bucket(server: S3Server, process: "subprocess.Popen[bytes]") -> None:
    """This server makes a bucket when something is put into it; until it is up, it refuses."""
    environment = server.environment
    store = S3Store(
        BUCKET,
        endpoint=server.endpoint,
        region=environment["AWS_REGION"],
        access_key_id=KEY_ID,
        secret_access_key=SECRET,
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    end = time.monotonic() + START_S
    while True:
        assert process.poll() is None, "the S3 server did not start"
        try:
            obstore.put(store, "ready", b"", use_multipart=False)
        except Exception:
            assert time.monotonic() < end, "the S3 server did not answer"
            time.sleep(0.1)
        else:
            return
