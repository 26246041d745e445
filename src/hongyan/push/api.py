"""HTTP of push; SPEC.md §2 has the table."""

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody

from hongyan.foundation.http import Access, Caller
from hongyan.push import wire
from hongyan.push.model import Registering
from hongyan.push.refusals import allowed
from hongyan.push.service import Push

ThePush = NamedDependency[Push]
TheCaller = NamedDependency[Caller]

_DEVICE = {"access": Access.DEVICE}


@get("/push", opt=_DEVICE)
async def health(caller: TheCaller, push: ThePush) -> wire.PushAnswer:
    """The server's key for push services, and how waking this device goes."""
    how = await push.health(caller.device_id)
    return wire.PushAnswer(
        public_key=push.public_key, registered=how.registered, failures=how.failures, last_failure=how.last_failure
    )


@put("/push/subscription", opt=_DEVICE, status_code=204)
async def register(caller: TheCaller, data: JSONBody[wire.RegisterBody], push: ThePush) -> None:
    """Wake this device here when mail waits for it and it is away."""
    allowed(await push.register(caller, Registering(data.endpoint, data.device_key, data.auth_secret, data.muted)))


@delete("/push/subscription", opt=_DEVICE)
async def unregister(caller: TheCaller, push: ThePush) -> None:
    """Wake this device no more."""
    await push.unregister(caller.device_id)


@post("/push/trial", opt=_DEVICE, status_code=200)
async def trial(caller: TheCaller, push: ThePush) -> wire.TrialAnswer:
    """Wake this device now, to see whether it works."""
    return wire.TrialAnswer(outcome=allowed(await push.try_it(caller.device_id)).value)


def routes(push: Push) -> Router:
    """All of push's HTTP."""
    return Router(
        "/",
        route_handlers=[health, register, unregister, trial],
        dependencies={"push": Provide(lambda: push, sync_to_thread=False)},
    )
