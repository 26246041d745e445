"""The web app's files: headers, caching, precompression, and its own screens."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from hongyan.foundation.http import Root, Site
from hongyan.foundation.http.site import CONTENT_SECURITY_POLICY
from hongyan.foundation.problems import Catalogue

INDEX = b"<!doctype html><title>index</title>"
SCRIPT = b"console.log(1)\n" * 50


async def no_api(scope: object, receive: object, send: object) -> None:
    raise AssertionError("not the API's")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    webapp = tmp_path / "webapp"
    (webapp / "assets").mkdir(parents=True)
    (webapp / "index.html").write_bytes(INDEX)
    (webapp / "service-worker.js").write_bytes(b"//")
    (webapp / "assets/index-abc.js").write_bytes(SCRIPT)
    (webapp / "assets/index-abc.js.gz").write_bytes(gzip.compress(SCRIPT))
    (webapp / "assets/index-abc.js.br").write_bytes(b"brotli")
    (webapp / "assets/sqlite.wasm").write_bytes(b"\0asm")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    return webapp


def client_of(folder: Path, *, is_secure: bool = False) -> httpx.AsyncClient:
    root = Root(no_api, Site(folder, Catalogue()), is_secure=is_secure)  # type: ignore[arg-type]  # never called
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(root),  # type: ignore[arg-type]  # the same ASGI, typed twice
        base_url="http://test",
        headers={"accept-encoding": "identity"},
    )


@pytest.fixture
async def client(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(folder) as made:
        yield made


@pytest.mark.parametrize("path", ["/", "/i", "/l", "/chats/5", "/index.html"])
async def test_the_apps_screens_get_the_index(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.content) == (200, INDEX)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


async def test_strict_headers_are_on_everything(client: httpx.AsyncClient) -> None:
    for path in ("/", "/assets/index-abc.js", "/missing.js"):
        headers = (await client.get(path)).headers
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "camera=(self), microphone=(self)" in headers["permissions-policy"]
        assert "strict-transport-security" not in headers


def test_the_policy_lets_in_nothing_from_elsewhere() -> None:
    assert "http" not in CONTENT_SECURITY_POLICY
    assert "'unsafe-inline'" not in CONTENT_SECURITY_POLICY
    assert "'unsafe-eval'" not in CONTENT_SECURITY_POLICY
    assert "require-trusted-types-for 'script'" in CONTENT_SECURITY_POLICY


def test_what_was_decrypted_on_the_device_can_be_shown_and_played() -> None:
    assert "img-src 'self' blob: data:;" in CONTENT_SECURITY_POLICY
    assert "media-src 'self' blob:;" in CONTENT_SECURITY_POLICY


async def test_https_is_insisted_on_once_there(folder: Path) -> None:
    async with client_of(folder, is_secure=True) as client:
        assert (await client.get("/")).headers["strict-transport-security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("accepted", "encoding", "body"),
    [
        ("br, gzip", "br", b"brotli"),
        ("gzip, deflate", "gzip", SCRIPT),
        ("identity", None, SCRIPT),
    ],
    ids=["brotli", "gzip", "plain"],
)
async def test_what_the_build_compressed_is_sent(
    client: httpx.AsyncClient, accepted: str, encoding: str | None, body: bytes
) -> None:
    async with client.stream("GET", "/assets/index-abc.js", headers={"accept-encoding": accepted}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers.get("content-encoding") == encoding
    assert answer.headers["vary"] == "accept-encoding"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert (gzip.decompress(raw) if encoding == "gzip" else raw) == body


async def test_an_unchanged_file_is_not_sent_again(client: httpx.AsyncClient) -> None:
    etag = (await client.get("/service-worker.js")).headers["etag"]
    again = await client.get("/service-worker.js", headers={"if-none-match": etag})
    assert (again.status_code, again.content, again.headers["cache-control"]) == (304, b"", "no-cache")


async def test_head_and_kinds(client: httpx.AsyncClient) -> None:
    head = await client.head("/assets/sqlite.wasm")
    assert (head.status_code, head.content) == (200, b"")
    assert (head.headers["content-type"], head.headers["content-length"]) == ("application/wasm", "4")


@pytest.mark.parametrize(
    "path",
    [
        "/missing.js",
        "/assets/gone.css",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/x.gz",
    ],
)
async def test_nothing_else_is_served(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_only_reading_is_possible(client: httpx.AsyncClient) -> None:
    answer = await client.post("/", content=b"x")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


async def test_a_missing_build_says_which_command_makes_it(tmp_path: Path) -> None:
    webapp = tmp_path / "none"
    async with client_of(webapp) as client:
        for language, sentence in (("en", "Run ./dev run"), ("zh-CN", "请在项目文件夹里运行 ./dev run")):
            answer = await client.get("/", headers={"accept-language": language})
            assert answer.status_code == 503
            assert sentence in answer.text
        webapp.mkdir()
        (webapp / "index.html").write_bytes(INDEX)
        assert (await client.get("/")).content == INDEX, "a build made meanwhile is found"
