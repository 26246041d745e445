"""The use cases of push: a device says where it may be woken, and asks how that goes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import structlog

from hongyan.delivery import Hub, newest_seq
from hongyan.foundation import limits
from hongyan.foundation.bus import Bus
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.http import Caller
from hongyan.foundation.ids import AccountId, DeviceId
from hongyan.foundation.outside import Outcome, Outside
from hongyan.push import store
from hongyan.push.model import (
    REGISTRATIONS_COUNT,
    REGISTRATIONS_PER_S,
    REGISTRATIONS_SCOPE,
    TRIALS_COUNT,
    TRIALS_PER_S,
    TRIALS_SCOPE,
    Health,
    Kind,
    Refusal,
    Refused,
    Registering,
    Subscription,
)
from hongyan.push.sealing import UnusableKey, device_key_of
from hongyan.push.sender import Sender
from hongyan.push.vapid import KEY_FILE_NAME, KeyDiffers, Vapid, contact_of, key_in
from hongyan.push.waker import Waker, note

TOPIC: Final = "push"

_log = structlog.get_logger("push")


class _Watching(msgspec.Struct, array_like=True):
    """Devices that are to be woken from now on, and not any more."""

    watched: list[DeviceId]
    forgotten: list[DeviceId]


class Push:
    """The front door. `outside`: the way out, by which push services are called."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        hub: Hub,
        bus: Bus,
        outside: Outside,
        *,
        folder: Path,
        public_url: str,
        domain: str,
    ) -> None:
        self._db = db
        self._clock = clock
        self._bus = bus
        self._folder = folder
        self._contact = contact_of(public_url, domain)
        self._outside = outside
        self._sender = Sender(clock, outside)
        self.waker = Waker(db, clock, hub, self._sender)
        hub.waker = self.waker
        bus.subscribe(TOPIC, self._heard)

    def open(self) -> None:
        """Read the server's key, or make it at the first start. Raises KeyUnusable."""
        if self._sender.vapid is None:
            self._sender.vapid = Vapid(key_in(self._folder), self._contact)

    async def start(self) -> None:
        """Raises KeyUnusable, and KeyDiffers when the other processes have another key."""
        public_key = self.public_key
        if self._bus.has_others and not await self._db.write(lambda tx: store.agree_on_key(tx, public_key)):
            raise KeyDiffers(self._folder / KEY_FILE_NAME)
        await self.waker.look_everywhere()
        self.waker.start()

    async def stop(self) -> None:
        await self.waker.stop()

    @property
    def public_key(self) -> bytes:
        """What a browser's subscription is bound to."""
        self.open()
        assert self._sender.vapid is not None
        return self._sender.vapid.public_key

    async def register(self, caller: Caller, new: Registering) -> Refused | None:
        """Wake the device here from now on, in place of where it was woken before; a repeat changes nothing."""
        if not self._outside.may_call(new.endpoint) or not _is_point(new.device_key):
            return Refused(Refusal.PUSH_ENDPOINT_UNUSABLE)
        now_ms = self._clock.now_ms()
        device_id = caller.device_id

        def work(tx: Tx) -> Refused | None:
            retry_after_s = limits.take(
                tx,
                REGISTRATIONS_SCOPE,
                device_id,
                count=REGISTRATIONS_COUNT,
                per_s=REGISTRATIONS_PER_S,
                now_ms=now_ms,
            )
            if retry_after_s is not None:
                return Refused(Refusal.TOO_MANY_TRIES, retry_after_s)
            lost = store.put_subscription(tx, device_id, caller.account_id, new, woken_seq=newest_seq(tx))
            store.put_muted(tx, device_id, new.muted)
            tx.after_commit(lambda: self._changed([device_id], lost))
            return None

        return await self._db.write(work)

    async def unregister(self, device_id: DeviceId) -> None:
        """Never wake the device again; a repeat is no error."""
        await self._db.write(lambda tx: self.device_removed(tx, device_id))

    def device_removed(self, tx: Tx, device_id: DeviceId) -> None:
        """In the caller's transaction; repeatable [DS14]."""
        store.erase(tx, device_id)
        tx.after_commit(lambda: self._changed([], [device_id]))

    def account_suspended(self, tx: Tx, _account_id: AccountId, device_ids: list[DeviceId]) -> None:
        """Nobody is woken for what she may not fetch; her devices register anew when she is back [AD2]."""
        for device_id in device_ids:
            self.device_removed(tx, device_id)

    async def health(self, device_id: DeviceId) -> Health:
        one = await self._db.read(lambda tx: store.subscription(tx, device_id))
        return Health(False, 0, None) if one is None else Health(True, one.failures, one.last_failure)

    async def try_it(self, device_id: DeviceId) -> Outcome | Refused:
        """Wake the device though it is there, and say what its push service answered."""
        now_ms = self._clock.now_ms()

        def ask(tx: Tx) -> Subscription | Refused:
            one = store.subscription(tx, device_id)
            if one is None:
                return Refused(Refusal.PUSH_NOT_REGISTERED)
            retry_after_s = limits.take(
                tx, TRIALS_SCOPE, device_id, count=TRIALS_COUNT, per_s=TRIALS_PER_S, now_ms=now_ms
            )
            return one if retry_after_s is None else Refused(Refusal.TOO_MANY_TRIES, retry_after_s)

        one = await self._db.write(ask)
        if isinstance(one, Refused):
            return one
        self.open()
        answer = await self._sender.send(one, Kind.TRIAL)
        await self._db.write(lambda tx: note(tx, one, answer.outcome, one.woken_seq))
        if answer.outcome is Outcome.GONE:
            self._changed([], [device_id])
        return answer.outcome

    def _changed(self, watched: list[DeviceId], forgotten: list[DeviceId]) -> None:
        """Any process may store mail for these devices: all watch them, or none."""
        self._follow(_Watching(watched, forgotten))
        if self._bus.has_others:
            self._bus.tell(TOPIC, msgspec.msgpack.encode(_Watching(watched, forgotten)))

    def _heard(self, message: bytes) -> None:
        try:
            self._follow(msgspec.msgpack.decode(message, type=_Watching))
        except msgspec.DecodeError:
            _log.warning("strange_word_on_the_bus", size=len(message))

    def _follow(self, change: _Watching) -> None:
        for device_id in change.forgotten:
            self.waker.forget(device_id)
        for device_id in change.watched:
            self.waker.watch(device_id)


def _is_point(device_key: bytes) -> bool:
    try:
        device_key_of(device_key)
    except UnusableKey:
        return False
    return True
