"""Who may call what: every route declares it, and one that does not refuses to start [HT4]."""

import ipaddress
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, TypeAlias

from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.handlers.http_handlers import HTTPRouteHandler

from hongyan.foundation.ids import AccountId, DeviceId
from hongyan.foundation.problems import Problem

# Litestar's connections are generic over user, auth and state, none of which we use.
Connection: TypeAlias = "ASGIConnection[Any, Any, Any, Any]"
HttpRequest: TypeAlias = "Request[Any, Any, Any]"

_BEARER = "Bearer "


class Access(Enum):
    ANYONE = "anyone"
    DEVICE = "device"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Caller:
    account_id: AccountId
    device_id: DeviceId
    is_owner: bool


class Authenticator(Protocol):
    async def authenticate(self, token: str) -> Caller | None:
        """The device this token belongs to; None if it belongs to none."""
        ...


class NobodyYet:
    """Knows no device: for a server built without accounts."""

    async def authenticate(self, token: str) -> Caller | None:
        return None


class AccessGuard:
    """Runs before a body is read; leaves the caller in `request.state.caller`."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        access = handler.opt.get("access")
        if access is Access.ANYONE:
            return
        if access is None:  # Only the OPTIONS handlers that Litestar adds by itself.
            raise Problem("method_not_allowed", status=405)
        header = connection.headers.get("authorization", "")
        caller = None
        if header.startswith(_BEARER):
            caller = await self._authenticator.authenticate(header[len(_BEARER) :])
        if caller is None:
            raise Problem("unauthorised", status=401)
        if access is Access.OWNER and not caller.is_owner:
            raise Problem("owner_only", status=403)
        connection.state.caller = caller


def provide_caller(request: HttpRequest) -> Caller:
    """The dependency `caller`; only routes for devices or the owner have one."""
    caller = request.state.caller
    assert isinstance(caller, Caller)
    return caller


def network_of(request: HttpRequest) -> str:
    """The network a request came from, to count tries of strangers by; never logged, stored only hashed.

    An IPv6 customer has a whole /64 and counts as one.
    """
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return host


def require_access(app: Litestar) -> dict[str, Access]:
    """Each route's access by "METHOD path"; asserts that every route declares it, and that there is one."""
    found: dict[str, Access] = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", [getattr(route, "route_handler", None)]):
            assert isinstance(handler, HTTPRouteHandler), f"{route.path}: only HTTP handlers belong here"
            access = handler.opt.get("access")
            for method in sorted(handler.http_methods - {"OPTIONS"}):
                assert isinstance(access, Access), f"{method} {route.path} does not declare who may call it"
                found[f"{method} {route.path}"] = access
    assert found, "no route was checked"
    return found
