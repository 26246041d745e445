"""The HTTP API under /api: Litestar with our access check, our problems, and msgspec structs as the schema."""

from collections.abc import Iterable
from typing import TypeAlias

import msgspec
from litestar import Controller, Litestar, Router
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.handlers.http_handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig

from hongyan.foundation.http.access import AccessGuard, Authenticator, provide_caller, require_access
from hongyan.foundation.http.errors import Errors
from hongyan.foundation.problems import Catalogue

Route: TypeAlias = HTTPRouteHandler | Router | type[Controller]

BODY_BYTES_MAX = 2 * 1024 * 1024


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of request bodies: an unknown field is refused [HT2]."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Base of answers."""


def build_api(
    routes: Iterable[Route],
    *,
    authenticator: Authenticator,
    catalogue: Catalogue,
    version: str,
    with_schema: bool = False,
) -> Litestar:
    """The API as an ASGI application; every path of `routes` is put under /api.

    `with_schema` adds the OpenAPI document, which is made at build time and never served.
    """
    errors = Errors(catalogue)
    app = Litestar(
        path="/api",
        route_handlers=list(routes),
        guards=[AccessGuard(authenticator)],
        dependencies={"caller": Provide(provide_caller, sync_to_thread=False)},
        exception_handlers={Exception: errors.respond},
        cache_control=CacheControlHeader(no_store=True),
        request_max_body_size=BODY_BYTES_MAX,
        openapi_config=_openapi(version) if with_schema else None,
        logging_config=None,
    )
    if not with_schema:
        require_access(app)
    return app


def _openapi(version: str) -> OpenAPIConfig:
    return OpenAPIConfig(title="Hongyan", version=version, render_plugins=[], use_handler_docstrings=True)


__all__ = ["BODY_BYTES_MAX", "Answer", "Body", "Route", "build_api"]
