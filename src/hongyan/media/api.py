"""HTTP of media: tus 1.0 for what comes in, ranges for what goes out; SPEC.md §7 has the rules."""

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from litestar import HttpMethod, Response, Router, delete, get, head, patch, post, route
from litestar.di import NamedDependency, Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIType
from litestar.params import FromPath, HeaderParameter, JSONBody, SkipValidation
from litestar.response import Stream

from hongyan.foundation.http import Access, Caller, HttpRequest
from hongyan.foundation.problems import Problem
from hongyan.media import rules
from hongyan.media.model import BUSY_RETRY_S, Uploader
from hongyan.media.refusals import allowed
from hongyan.media.service import Media
from hongyan.media.wire import (
    OFFSET_STREAM,
    DueBody,
    announced_bytes,
    blob_id_of_path,
    body_of,
    has_bytes,
    path_of,
    progress_headers,
    require_tus,
    server_headers,
    wanted_of,
    with_tus,
)

TheMedia = NamedDependency[SkipValidation[Media]]
TheCaller = NamedDependency[Caller]
TusVersion: TypeAlias = Annotated[str | None, HeaderParameter(name="Tus-Resumable")]
Count: TypeAlias = int

_ANYONE = {"access": Access.ANYONE}
_DEVICE = {"access": Access.DEVICE}
_OCTETS = "application/octet-stream"
_NO_STORE = {"cache-control": "no-store"}
_PART = {206: ResponseSpec(bytes, description="The asked part", media_type=_OCTETS, generate_examples=False)}


@dataclass
class TakesBytes(Operation):
    """An operation whose body is read as it arrives, which its handler's parameters do not show."""

    def __post_init__(self) -> None:
        octets = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, content_media_type=OFFSET_STREAM))
        self.request_body = RequestBody(content={OFFSET_STREAM: octets})


@route("/media", http_method=HttpMethod.OPTIONS, opt=_ANYONE, status_code=204, include_in_schema=False)
async def what_is_spoken() -> Response[None]:
    """Which tus, and how large a blob may be."""
    return Response(None, status_code=204, headers=server_headers())


@post("/media", opt=_DEVICE, status_code=201, operation_class=TakesBytes)
async def create(
    request: HttpRequest,
    caller: TheCaller,
    media: TheMedia,
    length: Annotated[Count, HeaderParameter(name="Upload-Length", ge=0, le=2**53 - 1)],
    metadata: Annotated[str, HeaderParameter(name="Upload-Metadata")],
    version: TusVersion = None,
) -> Response[None]:
    """Begin an upload, with its first bytes if they come along."""
    require_tus(version)
    wanted = wanted_of(metadata, length)
    uploader = Uploader(caller.account_id, caller.device_id)
    progress = allowed(await media.create(wanted, uploader))
    if has_bytes(request) and progress.offset == 0:
        outcome = await media.receive(wanted.blob_id, uploader, 0, body_of(request), announced_bytes(request))
        progress = allowed(outcome)
    headers = {**_NO_STORE, "location": f"/api/media/{path_of(wanted.blob_id)}", **progress_headers(progress)}
    return Response(None, status_code=201, headers=headers)


@head("/media/{blob_id:str}", opt=_DEVICE, status_code=200)
async def progress_of(
    caller: TheCaller, media: TheMedia, blob_id: FromPath[str], version: TusVersion = None
) -> Response[None]:
    """How much of the caller's upload is durable."""
    require_tus(version)
    uploader = Uploader(caller.account_id, caller.device_id)
    progress = allowed(await media.progress(blob_id_of_path(blob_id), uploader))
    headers = {**_NO_STORE, "upload-length": str(progress.length), **progress_headers(progress)}
    return Response(None, status_code=200, headers=headers)


@patch("/media/{blob_id:str}", opt=_DEVICE, status_code=204, operation_class=TakesBytes)
async def receive(
    request: HttpRequest,
    caller: TheCaller,
    media: TheMedia,
    blob_id: FromPath[str],
    offset: Annotated[Count, HeaderParameter(name="Upload-Offset", ge=0, le=2**53 - 1)],
    version: TusVersion = None,
) -> Response[None]:
    """Take the next bytes of the caller's upload."""
    require_tus(version)
    if not has_bytes(request):
        raise Problem("malformed", status=415)
    uploader = Uploader(caller.account_id, caller.device_id)
    outcome = await media.receive(
        blob_id_of_path(blob_id), uploader, offset, body_of(request), announced_bytes(request)
    )
    return Response(None, status_code=204, headers={**_NO_STORE, **progress_headers(allowed(outcome))})


@delete("/media/{blob_id:str}", opt=_DEVICE, status_code=204)
async def remove(caller: TheCaller, media: TheMedia, blob_id: FromPath[str], version: TusVersion = None) -> None:
    """End an upload, or take a blob back."""
    require_tus(version)
    await media.remove(blob_id_of_path(blob_id), Uploader(caller.account_id, caller.device_id))


@get("/media/{blob_id:str}", opt=_DEVICE, media_type=_OCTETS, responses=_PART)
async def fetch(
    caller: TheCaller,
    media: TheMedia,
    blob_id: FromPath[str],
    wanted: Annotated[str | None, HeaderParameter(name="Range")] = None,
    only_if: Annotated[str | None, HeaderParameter(name="If-Range")] = None,
) -> Stream:
    """The blob, or a part of it."""
    etag = f'"{blob_id}"'
    place = media.fetches.enter(caller.device_id)
    if place is None:
        raise Problem("busy", status=503, retry_after_s=BUSY_RETRY_S)
    try:
        found = allowed(await media.fetchable(blob_id_of_path(blob_id), caller.account_id, caller.device_id))
        part = rules.asked_range(wanted, found.length) if wanted and only_if in (None, etag) else None
        if part == (0, 0):
            headers = {"content-range": f"bytes */{found.length}"}
            raise Problem("range_not_satisfiable", status=416, headers=headers)
        start, stop = part or (0, found.length)
        content = allowed(await media.read(found, start, stop))
    except BaseException:
        place.leave()
        raise
    place.leave_if_stalled()
    headers = {**_NO_STORE, "etag": etag, "accept-ranges": "bytes", "content-length": str(stop - start)}
    if part is not None:
        headers["content-range"] = f"bytes {start}-{stop - 1}/{found.length}"
    return Stream(place.pace(content), status_code=200 if part is None else 206, headers=headers, media_type=_OCTETS)


@post("/media/{blob_id:str}/taken", opt=_DEVICE, status_code=204)
async def taken(caller: TheCaller, media: TheMedia, blob_id: FromPath[str]) -> None:
    """This device has all of it, or does not want it."""
    await media.take(blob_id_of_path(blob_id), caller.device_id)


@post("/media/{blob_id:str}/due", opt=_DEVICE, status_code=204)
async def due(caller: TheCaller, media: TheMedia, blob_id: FromPath[str], data: JSONBody[DueBody]) -> None:
    """Let the devices that are now in a group fetch the blob too."""
    uploader = Uploader(caller.account_id, caller.device_id)
    allowed(await media.add_due(blob_id_of_path(blob_id), uploader, data.group_id))


def routes(media: Media) -> Router:
    """All of media's HTTP."""
    return Router(
        "/",
        route_handlers=[what_is_spoken, create, progress_of, receive, remove, fetch, taken, due],
        dependencies={"media": Provide(lambda: media, sync_to_thread=False)},
        middleware=[with_tus],
    )
