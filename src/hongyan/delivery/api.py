"""HTTP of key packages and groups; SPEC.md §2 has the table."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, SkipValidation
from msgspec import Meta

from hongyan.delivery.frames import GROUP_ID_BYTES_MAX
from hongyan.delivery.key_packages import Claimed, ClaimRefusal, PackageCount, TooManyClaims
from hongyan.delivery.model import CLAIM_ACCOUNTS_MAX, KEY_PACKAGE_BYTES_MAX, KEY_PACKAGES_MAX, GroupInfo, GroupSummary
from hongyan.delivery.requests import DAY_S, SEALED_BYTES_MAX, RequestRefusal
from hongyan.delivery.service import Delivery
from hongyan.foundation.http import Access, Answer, Body, Caller
from hongyan.foundation.ids import ID_MAX, AccountId
from hongyan.foundation.language import Text
from hongyan.foundation.problems import Problem

TheDelivery = NamedDependency[SkipValidation[Delivery]]
Package = Annotated[bytes, Meta(min_length=1, max_length=KEY_PACKAGE_BYTES_MAX)]
Id = Annotated[int, Meta(ge=1, le=ID_MAX)]

_DEVICE = {"access": Access.DEVICE}

# "too_many_tries" and "not_found" are worded by foundation.
TEXTS: dict[str, Text] = {
    "key_packages_full": Text(
        "这台设备已备好足够的加密资料，不用再上传。",
        "這台裝置已備好足夠的加密資料，不用再上傳。",
        "Enough is prepared for this device already; nothing more is needed.",
    ),
    "no_consent": Text(
        "对方还不是你的朋友。请先添加对方为朋友。",
        "對方還不是你的朋友。請先加對方為朋友。",
        "This person is not your friend yet. Add them as a friend first.",
    ),
}


class PublishBody(Body, frozen=True, kw_only=True):
    packages: Annotated[list[Package], Meta(max_length=KEY_PACKAGES_MAX)]
    last_resort: Package | None = None


class PublishAnswer(Answer, frozen=True, kw_only=True):
    count: int


class ClaimBody(Body, frozen=True, kw_only=True):
    account_ids: Annotated[list[Id], Meta(min_length=1, max_length=CLAIM_ACCOUNTS_MAX)]
    group_id: Annotated[bytes, Meta(min_length=1, max_length=GROUP_ID_BYTES_MAX)] | None = None


class RequestBody(Body, frozen=True, kw_only=True):
    sealed: Annotated[bytes, Meta(min_length=1, max_length=SEALED_BYTES_MAX)]


class GroupsAnswer(Answer, frozen=True, kw_only=True):
    groups: list[GroupSummary]


@put("/key-packages", opt=_DEVICE)
async def publish(data: JSONBody[PublishBody], delivery: TheDelivery, caller: NamedDependency[Caller]) -> PublishAnswer:
    """Keep key packages by which this device can be added to groups."""
    count = await delivery.key_packages.publish(caller.account_id, caller.device_id, data.packages, data.last_resort)
    if count is None:
        raise Problem("key_packages_full", status=409)
    return PublishAnswer(count=count)


@get("/key-packages/count", opt=_DEVICE)
async def count(delivery: TheDelivery, caller: NamedDependency[Caller]) -> PackageCount:
    """How many of this device's packages wait to be given out."""
    return await delivery.key_packages.count(caller.device_id)


@post("/key-packages/claim", opt=_DEVICE, status_code=200)
async def claim(data: JSONBody[ClaimBody], delivery: TheDelivery, caller: NamedDependency[Caller]) -> Claimed:
    """Take a package of each device of friends, or of the caller's own other devices."""
    outcome = await delivery.key_packages.claim(
        caller.account_id, caller.device_id, [AccountId(one) for one in data.account_ids], data.group_id
    )
    if isinstance(outcome, ClaimRefusal):
        raise Problem("no_consent", status=403)
    if isinstance(outcome, TooManyClaims):
        raise Problem("too_many_tries", status=429, retry_after_s=outcome.retry_after_s)
    return outcome


@get("/groups", opt=_DEVICE)
async def groups(delivery: TheDelivery, caller: NamedDependency[Caller]) -> GroupsAnswer:
    """Each group that has a device of the caller's account."""
    return GroupsAnswer(groups=await delivery.groups(caller.account_id, caller.device_id))


@get("/groups/{group_id:str}/info", opt=_DEVICE)
async def group_info(group_id: FromPath[str], delivery: TheDelivery, caller: NamedDependency[Caller]) -> GroupInfo:
    """What this device needs to join, or join again, by an external commit."""
    info = await delivery.group_info(caller.account_id, group_id_of_path(group_id))
    if info is None:
        raise Problem("not_found", status=404)
    return info


@delete("/groups/{group_id:str}/membership", opt=_DEVICE, status_code=204)
async def leave(group_id: FromPath[str], delivery: TheDelivery, caller: NamedDependency[Caller]) -> None:
    """This device gets no more mail of the group."""
    await delivery.leave(caller.device_id, group_id_of_path(group_id))


@post("/groups/{group_id:str}/requests", opt=_DEVICE, status_code=204)
async def ask(
    group_id: FromPath[str], data: JSONBody[RequestBody], delivery: TheDelivery, caller: NamedDependency[Caller]
) -> None:
    """Ask the members of a group to be added, in words that only they can open."""
    refusal = await delivery.requests.ask(caller.account_id, group_id_of_path(group_id), data.sealed)
    if refusal is RequestRefusal.UNKNOWN_GROUP:
        raise Problem("not_found", status=404)
    if refusal is RequestRefusal.TOO_MANY:
        raise Problem("too_many_tries", status=429, retry_after_s=DAY_S)


@delete("/groups/{group_id:str}/requests", opt=_DEVICE, status_code=204)
async def withdraw(group_id: FromPath[str], delivery: TheDelivery, caller: NamedDependency[Caller]) -> None:
    """Take the caller's request back."""
    await delivery.requests.withdraw(caller.account_id, group_id_of_path(group_id))


def group_id_of_path(text: str) -> bytes:
    """Base64url without padding. Raises Problem `not_found` for what cannot be a group's id."""
    try:
        group_id = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Problem("not_found", status=404) from None
    if not 1 <= len(group_id) <= GROUP_ID_BYTES_MAX:
        raise Problem("not_found", status=404)
    return group_id


def routes(delivery: Delivery) -> Router:
    return Router(
        "/",
        route_handlers=[publish, count, claim, groups, group_info, leave, ask, withdraw],
        dependencies={"delivery": Provide(lambda: delivery, sync_to_thread=False)},
    )
