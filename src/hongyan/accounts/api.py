"""HTTP of joining, the caller's own account, the directory and people by name; SPEC.md §2 has the table."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from litestar import Router, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody

from hongyan.accounts import wire
from hongyan.accounts.api_invitations import INVITATION_ROUTES
from hongyan.accounts.api_signin import SIGN_IN_ROUTES
from hongyan.accounts.model import Joining, NewDevice
from hongyan.accounts.refusals import allowed
from hongyan.accounts.service import Accounts
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Value
from hongyan.foundation.http import Access, Caller, HttpRequest
from hongyan.foundation.ids import DeviceId
from hongyan.foundation.inventory import Table
from hongyan.foundation.language import language_of_header
from hongyan.foundation.problems import Problem

PROTOCOL = 1


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What the server says of itself; `app.py` knows it all."""

    domain: str
    version: str
    limits: Mapping[str, int]
    inventory: Sequence[Table]


TheAccounts = NamedDependency[Accounts]
TheCaller = NamedDependency[Caller]
TheFacts = NamedDependency[ServerFacts]
TheClock = NamedDependency[Clock]

_ANYONE = {"access": Access.ANYONE}
_DEVICE = {"access": Access.DEVICE}


@get("/server", opt=_ANYONE)
async def server(accounts: TheAccounts, facts: TheFacts, clock: TheClock) -> wire.ServerAnswer:
    """What this server is, and what it allows."""
    return wire.ServerAnswer(
        domain=facts.domain,
        version=facts.version,
        protocol=PROTOCOL,
        time_ms=clock.now_ms(),
        has_owner=await accounts.has_owner(),
        limits=dict(facts.limits),
    )


@post("/join", opt=_ANYONE, status_code=200)
async def join(data: JSONBody[wire.JoinBody], accounts: TheAccounts) -> wire.JoinAnswer:
    """Make an account by an invitation; by a friend's, the friendship too."""
    who = Joining(
        invitation=data.invitation,
        name=data.name,
        account_key=data.account_key,
        box_key=data.box_key,
        box_signature=data.box_signature,
        device=_new_device(data.device),
        greeting=data.greeting,
    )
    admitted = allowed(await accounts.join(who))
    return wire.JoinAnswer(
        account_id=admitted.account_id,
        device_id=admitted.device_id,
        token=admitted.token,
        friend=wire.PersonAnswer(**wire.person_fields(admitted.friend)) if admitted.friend else None,
    )


@post("/devices", opt=_ANYONE, status_code=200)
async def add_device(data: JSONBody[wire.AddDeviceBody], accounts: TheAccounts) -> wire.AddDeviceAnswer:
    """Add a device to an account by a ticket."""
    admitted = allowed(await accounts.add_device(data.ticket, _new_device(data.device)))
    return wire.AddDeviceAnswer(
        account_id=admitted.account_id, device_id=admitted.device_id, token=admitted.token, name=admitted.name
    )


@get("/me", opt=_DEVICE)
async def me(caller: TheCaller, accounts: TheAccounts) -> wire.MeAnswer:
    """The caller's account."""
    mine = await accounts.me(caller.account_id)
    if mine is None:
        raise Problem("unauthorised", status=401)
    account = mine.account
    return wire.MeAnswer(
        account_id=account.account_id,
        name=account.name,
        device_id=caller.device_id,
        account_key=account.account_key,
        box_key=account.box_key,
        box_signature=account.box_signature,
        has_password=account.password_hash is not None,
        passkeys=mine.passkeys,
        is_owner=account.is_owner,
    )


@delete("/me", opt=_DEVICE)
async def erase(caller: TheCaller, data: JSONBody[wire.EraseBody], accounts: TheAccounts) -> None:
    """Erase the caller's account; the body repeats its name."""
    allowed(await accounts.erase(caller.account_id, data.name))


@get("/me/data", opt=_DEVICE)
async def held_data(caller: TheCaller, request: HttpRequest, accounts: TheAccounts, facts: TheFacts) -> wire.DataAnswer:
    """All that the server holds about the caller."""
    language = language_of_header(request.headers.get("accept-language", ""))
    rows_by_table = await accounts.held_data(caller.account_id, facts.inventory)
    return wire.DataAnswer(
        tables=[
            wire.TableAnswer(
                table=table.name,
                purpose=table.purpose.into(language),
                lifetime=table.lifetime.into(language),
                columns=[
                    wire.ColumnAnswer(name=column.name, purpose=column.purpose.into(language))
                    for column in table.columns
                ],
                rows=[[_shown(value) for value in row] for row in rows],
            )
            for table, rows in zip(facts.inventory, rows_by_table, strict=True)
        ]
    )


@get("/me/devices", opt=_DEVICE)
async def devices(caller: TheCaller, accounts: TheAccounts) -> list[wire.DeviceAnswer]:
    """The caller's devices, oldest first."""
    return [
        wire.DeviceAnswer(
            device_id=device.device_id,
            signature_key=device.signature_key,
            certificate=device.certificate,
            created_at_ms=device.created_at_ms,
            label=device.label,
            this=device.device_id == caller.device_id,
            last_seen_day=device.last_seen_day,
        )
        for device in await accounts.devices(caller.account_id)
    ]


@delete("/me/devices/{device_id:int}", opt=_DEVICE)
async def remove_device(caller: TheCaller, device_id: FromPath[int], accounts: TheAccounts) -> None:
    """Remove one of the caller's devices, or this one: signing out."""
    allowed(await accounts.remove_device(caller.account_id, DeviceId(device_id)))


@get("/people/{name:str}", opt=_DEVICE)
async def person(caller: TheCaller, name: FromPath[str], accounts: TheAccounts) -> wire.PersonAnswer:
    """The person of exactly this name."""
    found = allowed(await accounts.person_by_name(caller.account_id, name))
    return wire.PersonAnswer(**wire.person_fields(found))


@post("/directory", opt=_DEVICE, status_code=200)
async def directory(data: JSONBody[wire.DirectoryBody], accounts: TheAccounts) -> wire.DirectoryAnswer:
    """Whose devices these signature keys are; unknown ones are left out."""
    return wire.DirectoryAnswer(
        devices=[
            wire.ListedAnswer(
                signature_key=found.signature_key,
                device_id=found.device_id,
                account_id=found.account_id,
                name=found.name,
                account_key=found.account_key,
                certificate=found.certificate,
                created_at_ms=found.created_at_ms,
                removed=found.removed,
            )
            for found in await accounts.directory(data.signature_keys)
        ]
    )


def routes(accounts: Accounts, clock: Clock, facts: ServerFacts) -> Router:
    """All of the accounts' HTTP."""
    return Router(
        "/",
        route_handlers=[
            server,
            join,
            add_device,
            me,
            erase,
            held_data,
            devices,
            remove_device,
            person,
            directory,
            *INVITATION_ROUTES,
            *SIGN_IN_ROUTES,
        ],
        dependencies={
            "accounts": Provide(lambda: accounts, sync_to_thread=False),
            "clock": Provide(lambda: clock, sync_to_thread=False),
            "facts": Provide(lambda: facts, sync_to_thread=False),
        },
    )


def _new_device(body: wire.DeviceBody) -> NewDevice:
    return NewDevice(body.signature_key, body.certificate, body.created_at_ms, body.label)


def _shown(value: Value) -> int | float | str | None:
    return b64encode(value).decode() if isinstance(value, bytes) else value
