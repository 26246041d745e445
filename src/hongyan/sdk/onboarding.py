"""How a state comes to an account: by an invitation link [CT3]."""

import platform
from dataclasses import dataclass

from hongyan.sdk.contacts import is_genuine
from hongyan.sdk.identity.greeting import Greeting, seal_greeting
from hongyan.sdk.identity.keys import (
    AccountKeys,
    DeviceKeys,
    certify_device,
    fingerprint,
    invitation_proof,
    new_seed,
    seal_label,
)
from hongyan.sdk.identity.links import Invitation
from hongyan.sdk.net import wire
from hongyan.sdk.net.http import Http
from hongyan.sdk.people import pin
from hongyan.sdk.session import ServerClock
from hongyan.sdk.store import meta
from hongyan.sdk.store.store import Store, Tx
from hongyan.sdk.trouble import Trouble


@dataclass(frozen=True, slots=True, repr=False)
class _Prepared:
    account: AccountKeys
    device: DeviceKeys
    label: bytes
    created_at_ms: int


async def join(store: Store, http: Http, clock: ServerClock, invitation: Invitation, name: str) -> None:
    """Makes the account and its device. Keys are stored before they are sent, so that a repeat after a crash or a lost
    answer is the same person and not a second one [HT3]. Raises Trouble."""
    server = await http.server()
    clock.learn(server.time_ms)
    joining = f"{invitation.token} {name}"
    is_repeat = meta.words(store, "joining") == joining
    look = await _look(http, invitation, is_repeat=is_repeat)
    inviter = None if look is None else look.inviter()
    shown = None if look is None else look.inviter_account_key
    # Somebody between us and the link's maker shows another key: not this invitation.
    if shown is not None and invitation.fingerprint not in (None, fingerprint(shown)):
        raise Trouble("invitation_unknown")
    prepared = _prepare(store, clock, joining, is_repeat=is_repeat)
    keys, device = prepared.account, prepared.device
    body: dict[str, object] = {
        "invitation": invitation.token,
        "name": name,
        "account_key": keys.account_key,
        "box_key": keys.box_key,
        "box_signature": keys.sign_box_key(),
        "device": {
            "signature_key": device.signature_key,
            "certificate": certify_device(keys.seed, device.signature_key, prepared.created_at_ms),
            "created_at_ms": prepared.created_at_ms,
            "label": prepared.label,
        },
    }
    if inviter is not None and is_genuine(inviter):
        proof = None
        if invitation.secret is not None:
            proof = invitation_proof(invitation.secret, keys.account_key, inviter.account_key)
        body["greeting"] = seal_greeting(inviter.box_key, Greeting("", name, keys.account_key, proof))
    answer = await http.ask("POST", "/join", wire.Admission, body)

    def settle(tx: Tx) -> None:
        _settle(tx, http.origin, name, prepared, answer)
        friend = answer.friend
        if friend is not None and inviter is not None and invitation.fingerprint is not None:
            pin(tx, friend.account_id, friend.name, inviter.account_key)
            tx.run("UPDATE person SET verified = 1 WHERE account = ?", (friend.account_id,))

    store.write(settle)


async def _look(http: Http, invitation: Invitation, *, is_repeat: bool) -> wire.Look | None:
    """None: the answer to a join that succeeded was lost, and the invitation is spent by ourselves."""
    try:
        return await http.ask("POST", "/invitations/look", wire.Look, {"token": invitation.token})
    except Trouble as trouble:
        if is_repeat and trouble.code == "invitation_used":
            return None
        raise


def _prepare(store: Store, clock: ServerClock, joining: str, *, is_repeat: bool) -> _Prepared:
    seed, device_seed = meta.blob(store, "seed"), meta.blob(store, "device_seed")
    label, created_at_ms = meta.blob(store, "label"), meta.number(store, "joined_at_ms")
    if is_repeat and seed is not None and device_seed is not None and label is not None:
        return _Prepared(AccountKeys.of(seed), DeviceKeys.of(device_seed), label, created_at_ms)
    seed, device_seed, created_at_ms = new_seed(), new_seed(), clock.now_ms()
    label = seal_label(seed, f"hongyan {platform.system()}")
    prepared = _Prepared(AccountKeys.of(seed), DeviceKeys.of(device_seed), label, created_at_ms)

    def keep(tx: Tx) -> None:
        meta.put(tx, "joining", joining)
        meta.put(tx, "seed", prepared.account.seed)
        meta.put(tx, "device_seed", prepared.device.seed)
        meta.put(tx, "label", prepared.label)
        meta.put(tx, "joined_at_ms", created_at_ms)

    store.write(keep)
    return prepared


def _settle(tx: Tx, origin: str, name: str, prepared: _Prepared, answer: wire.Admission) -> None:
    meta.put(tx, "origin", origin)
    meta.put(tx, "name", name)
    meta.put(tx, "token", answer.token)
    meta.put(tx, "account_id", answer.account_id)
    meta.put(tx, "device_id", answer.device_id)
    pin(tx, answer.account_id, name, prepared.account.account_key)
    key = prepared.device.signature_key
    tx.run("INSERT OR REPLACE INTO device VALUES (?, ?, ?, 0)", (key, answer.device_id, answer.account_id))
