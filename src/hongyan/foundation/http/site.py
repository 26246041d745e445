"""The web app's files beside the API: strict headers, precompressed where the build made it so.

Paths that are no file are the app's own screens (/, /i, /l, …) and get index.html. Nothing is served that
was not in the folder when it was indexed, so no path can lead out of it.
"""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from litestar.types import HTTPScope, Receive, Send

from hongyan.foundation.http.errors import problem_response
from hongyan.foundation.language import Language, Text, language_of_header
from hongyan.foundation.problems import Catalogue, Problem

# The interface's compiler makes all its DOM through one policy; `default` lets our own worker's address pass.
TRUSTED_TYPES = "svelte-trusted-html default"
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        f"trusted-types {TRUSTED_TYPES}",
    )
)
SITE_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(self), geolocation=(self), payment=(), usb=()"),
)

_IMMUTABLE = b"public, max-age=31536000, immutable"
_REVALIDATE = b"no-cache"
_INDEX = "/index.html"
_HASHED = "/assets/"
_ENCODINGS = ((b"br", ".br"), (b"gzip", ".gz"))

_MISSING = Text(
    "网页应用还没有构建。请在项目文件夹里运行 ./dev run，然后刷新本页。",
    "網頁應用程式還沒有建置。請在專案資料夾裡執行 ./dev run，然後重新整理本頁。",
    "The web app is not built yet. Run ./dev run in the project's folder, then reload this page.",
)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    kind: bytes
    etag: bytes
    caching: bytes
    encodings: Mapping[bytes, Path]


class Site:
    """An ASGI application. `folder` may be empty: then each page says how to build the app."""

    def __init__(self, folder: Path, catalogue: Catalogue) -> None:
        self._folder = folder
        self._catalogue = catalogue
        self._files = _index(folder)

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        language = language_of_header(headers.get(b"accept-language", b"").decode("latin-1"))
        method, path = scope["method"], scope["path"]
        if method not in ("GET", "HEAD"):
            await self._refuse(Problem("method_not_allowed", status=405), language, send)
            return
        if _INDEX not in self._files:
            self._files = _index(self._folder)
        if _INDEX not in self._files:
            await _reply(send, 503, [(b"content-type", b"text/html; charset=utf-8")], _missing_page(language))
            return
        file = self._files.get(path)
        if file is None and "." not in path.rpartition("/")[2]:
            file = self._files[_INDEX]
        if file is None:
            await self._refuse(Problem("not_found", status=404), language, send)
            return
        await _send_file(file, headers, method == "HEAD", send)

    async def _refuse(self, problem: Problem, language: Language, send: Send) -> None:
        headers, body = problem_response(self._catalogue, problem, language)
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await _reply(send, problem.status, [*raw, (b"content-type", b"application/problem+json")], body)


async def _send_file(file: _File, headers: Mapping[bytes, bytes], head_only: bool, send: Send) -> None:
    answer = [(b"etag", file.etag), (b"cache-control", file.caching), (b"vary", b"accept-encoding")]
    if headers.get(b"if-none-match") == file.etag:
        await _reply(send, 304, answer, b"")
        return
    path = file.path
    accepted = {item.split(b";")[0].strip() for item in headers.get(b"accept-encoding", b"").split(b",")}
    for encoding, _ in _ENCODINGS:
        if encoding in accepted and encoding in file.encodings:
            path = file.encodings[encoding]
            answer.append((b"content-encoding", encoding))
            break
    # The app's files are small and in the system's cache: reading them here is quicker than in a thread.
    body = path.read_bytes()
    answer += [(b"content-type", file.kind), (b"content-length", str(len(body)).encode())]
    await _reply(send, 200, answer, b"" if head_only else body)


async def _reply(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *SITE_HEADERS]})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _index(folder: Path) -> dict[str, _File]:
    found = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        if not path.is_file() or path.suffix in (".br", ".gz"):
            continue
        name = "/" + path.relative_to(folder).as_posix()
        packed = {encoding: path.with_name(path.name + suffix) for encoding, suffix in _ENCODINGS}
        found[name] = _File(
            path,
            _kind(path),
            b'"' + hashlib.sha256(path.read_bytes()).hexdigest()[:20].encode() + b'"',
            _IMMUTABLE if name.startswith(_HASHED) else _REVALIDATE,
            {encoding: other for encoding, other in packed.items() if other.is_file()},
        )
    return found


def _kind(path: Path) -> bytes:
    kind = {".webmanifest": "application/manifest+json", ".wasm": "application/wasm", ".js": "text/javascript"}.get(
        path.suffix
    ) or (mimetypes.guess_type(path.name)[0] or "application/octet-stream")
    text = kind.startswith("text/") or kind == "application/json"
    return (kind + ("; charset=utf-8" if text else "")).encode()


def _missing_page(language: Language) -> bytes:
    sentence = _MISSING.into(language)
    start = f'<!doctype html><html lang="{language.value}"><meta charset="utf-8"><title>鸿雁</title>'
    return f"{start}<p>{sentence}</p></html>".encode()
