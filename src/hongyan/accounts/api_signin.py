"""HTTP of passwords, passkeys and device links."""

import msgspec
from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from hongyan.accounts import webauthn_wire as web
from hongyan.accounts import wire
from hongyan.accounts.links import Approved
from hongyan.accounts.model import SignedIn
from hongyan.accounts.refusals import allowed
from hongyan.accounts.service import Accounts
from hongyan.foundation.http import Access, Caller, HttpRequest, network_of

TheAccounts = NamedDependency[Accounts]
TheCaller = NamedDependency[Caller]

_ANYONE = {"access": Access.ANYONE}
_DEVICE = {"access": Access.DEVICE}


@post("/login/password", opt=_ANYONE, status_code=200)
async def password_login(
    data: JSONBody[wire.PasswordLoginBody], request: HttpRequest, accounts: TheAccounts
) -> wire.SignedInAnswer:
    """Sign in by name and password."""
    return _signed_in(allowed(await accounts.sign_in.with_password(data.name, data.secret, network_of(request))))


@post("/login/passkey/start", opt=_ANYONE, status_code=200)
async def passkey_login_start(
    data: JSONBody[wire.NothingBody], request: HttpRequest, accounts: TheAccounts
) -> web.RequestOptionsAnswer:
    """Begin to sign in by passkey."""
    options = allowed(await accounts.sign_in.passkey_options(network_of(request)))
    return web.RequestOptionsAnswer(options=msgspec.json.decode(options, type=web.RequestOptions))


@post("/login/passkey/finish", opt=_ANYONE, status_code=200)
async def passkey_login_finish(data: JSONBody[web.AssertionBody], accounts: TheAccounts) -> wire.SignedInAnswer:
    """Sign in by passkey."""
    given = data.credential
    outcome = await accounts.sign_in.with_passkey(_json(given), given.rawId, given.response.clientDataJSON)
    return _signed_in(allowed(outcome))


@put("/me/password", opt=_DEVICE, status_code=204)
async def set_password(caller: TheCaller, data: JSONBody[wire.PasswordBody], accounts: TheAccounts) -> None:
    """Set or replace the caller's password."""
    allowed(await accounts.sign_in.set_password(caller.account_id, data.secret, data.wrapped_account_key))


@delete("/me/password", opt=_DEVICE)
async def remove_password(caller: TheCaller, accounts: TheAccounts) -> None:
    """Sign in without a password from now on."""
    await accounts.sign_in.remove_password(caller.account_id)


@post("/me/passkeys/start", opt=_DEVICE, status_code=200)
async def passkey_start(
    caller: TheCaller, data: JSONBody[wire.NothingBody], accounts: TheAccounts
) -> web.CreationOptionsAnswer:
    """Begin to add a passkey."""
    options = allowed(await accounts.sign_in.new_passkey_options(caller.account_id))
    return web.CreationOptionsAnswer(options=msgspec.json.decode(options, type=web.CreationOptions))


@post("/me/passkeys/finish", opt=_DEVICE, status_code=200)
async def passkey_finish(
    caller: TheCaller, data: JSONBody[web.NewPasskeyBody], accounts: TheAccounts
) -> web.NewPasskeyAnswer:
    """Add a passkey."""
    outcome = await accounts.sign_in.add_passkey(
        caller.account_id,
        _json(data.credential),
        data.credential.response.clientDataJSON,
        label=data.label,
        wrapped_account_key=data.wrapped_account_key,
    )
    return web.NewPasskeyAnswer(id=allowed(outcome))


@get("/me/passkeys", opt=_DEVICE)
async def passkeys(caller: TheCaller, accounts: TheAccounts) -> web.PasskeysAnswer:
    """The caller's passkeys, oldest first."""
    return web.PasskeysAnswer(
        passkeys=[
            web.PasskeyAnswer(id=passkey.passkey_id, label=passkey.label, created_at_ms=passkey.created_at_ms)
            for passkey in await accounts.sign_in.passkeys(caller.account_id)
        ]
    )


@delete("/me/passkeys/{passkey_id:int}", opt=_DEVICE)
async def remove_passkey(caller: TheCaller, passkey_id: FromPath[int], accounts: TheAccounts) -> None:
    """Remove one of the caller's passkeys; none of that number is no error."""
    await accounts.sign_in.remove_passkey(caller.account_id, passkey_id)


@post("/device-links", opt=_ANYONE, status_code=200)
async def start_link(data: JSONBody[wire.NothingBody], request: HttpRequest, accounts: TheAccounts) -> wire.LinkAnswer:
    """Ask, on a new device, to be let in by an old one."""
    started = allowed(await accounts.links.start(network_of(request)))
    return wire.LinkAnswer(
        link_id=started.link_id, poll_secret=started.poll_secret, expires_at_ms=started.expires_at_ms
    )


@post("/device-links/{link_id:str}/approve", opt=_DEVICE, status_code=204)
async def approve_link(
    caller: TheCaller, link_id: FromPath[str], data: JSONBody[wire.ApproveBody], accounts: TheAccounts
) -> None:
    """Let a new device in."""
    allowed(await accounts.links.approve(caller.account_id, link_id, data.sealed))


@post("/device-links/{link_id:str}/poll", opt=_ANYONE, status_code=200)
async def poll_link(link_id: FromPath[str], data: JSONBody[wire.PollBody], accounts: TheAccounts) -> wire.PollAnswer:
    """Whether the old device has approved."""
    outcome = await accounts.links.poll(link_id, data.poll_secret)
    if isinstance(outcome, Approved):
        return wire.PollAnswer(state="approved", sealed=outcome.sealed, ticket=outcome.ticket)
    return wire.PollAnswer(state="waiting" if outcome else "expired")


SIGN_IN_ROUTES = (
    password_login,
    passkey_login_start,
    passkey_login_finish,
    set_password,
    remove_password,
    passkey_start,
    passkey_finish,
    passkeys,
    remove_passkey,
    start_link,
    approve_link,
    poll_link,
)


def _signed_in(done: SignedIn) -> wire.SignedInAnswer:
    return wire.SignedInAnswer(
        ticket=done.ticket,
        account_id=done.account_id,
        name=done.name,
        account_key=done.account_key,
        wrapped_account_key=done.wrapped_account_key,
    )


def _json(credential: msgspec.Struct) -> str:
    return msgspec.json.encode(credential).decode()
