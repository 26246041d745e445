"""HTTP: who may call, how refusals are told, the API under /api, and the web app beside it."""

from hongyan.foundation.http.access import (
    Access,
    Authenticator,
    Caller,
    HttpRequest,
    NobodyYet,
    network_of,
    require_access,
)
from hongyan.foundation.http.admission import Admission
from hongyan.foundation.http.api import BODY_BYTES_MAX, Answer, Body, Route, build_api
from hongyan.foundation.http.root import Root
from hongyan.foundation.http.schema import describe
from hongyan.foundation.http.server import HttpServer, TlsFiles, allow_many_connections
from hongyan.foundation.http.site import Site

__all__ = [
    "BODY_BYTES_MAX",
    "Access",
    "Admission",
    "Answer",
    "Authenticator",
    "Body",
    "Caller",
    "HttpRequest",
    "HttpServer",
    "NobodyYet",
    "Root",
    "Route",
    "Site",
    "TlsFiles",
    "allow_many_connections",
    "build_api",
    "describe",
    "network_of",
    "require_access",
]
