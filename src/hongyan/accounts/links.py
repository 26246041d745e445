"""Device links: where a new device waits until an old one of the same account approves it [DL1].

waiting --approve--> approved --the new device comes in--> gone; each ends after LINK_LIFETIME_S.
"""

import hmac
import re
from dataclasses import dataclass

from hongyan.accounts import signin_store, store
from hongyan.accounts.admission import new_ticket, too_many
from hongyan.accounts.model import DEVICES_PER_ACCOUNT_MAX, LINK_LIFETIME_S, LINKS_STARTED, Refusal, Refused
from hongyan.accounts.signin_store import DeviceLink
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database, Tx
from hongyan.foundation.ids import AccountId, new_token, token_hash

_LINK_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class StartedLink:
    link_id: str
    poll_secret: str
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class Approved:
    """What the old device sealed for the new one, and the ticket that admits it."""

    sealed: bytes
    ticket: str


class DeviceLinks:
    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def start(self, network: str) -> StartedLink | Refused:
        """`network` is who asks, to count by."""
        now_ms = self._clock.now_ms()
        started = StartedLink(new_token(), new_token(), now_ms + LINK_LIFETIME_S * 1000)

        def work(tx: Tx) -> StartedLink | Refused:
            if refused := too_many(tx, LINKS_STARTED, network, now_ms=now_ms):
                return refused
            poll_hash = token_hash(started.poll_secret)
            signin_store.insert_link(tx, started.link_id, poll_hash, expires_at_ms=started.expires_at_ms)
            return started

        return await self._db.write(work)

    async def approve(self, account_id: AccountId, link_id: str, sealed: bytes) -> Refused | None:
        """The first approval wins; a repeat of it is no error. Refused already here if no device more may come in."""

        def work(tx: Tx) -> Refused | None:
            link = self._living(tx, link_id)
            if link is None:
                return Refused(Refusal.LINK_EXPIRED)
            if link.account_id is not None:
                repeated = link.account_id == account_id and link.sealed == sealed
                return None if repeated else Refused(Refusal.LINK_EXPIRED)
            if len(store.devices_of(tx, account_id)) >= DEVICES_PER_ACCOUNT_MAX:
                return Refused(Refusal.DEVICE_LIMIT)
            signin_store.approve_link(tx, link_id, account_id, sealed)
            return None

        return await self._db.write(work)

    async def poll(self, link_id: str, poll_secret: str) -> Approved | bool:
        """True while waiting; False when expired, used, unknown, or the secret is not its own.

        Each poll after the approval gives a new ticket and takes back the one before: an answer may be lost.
        """

        def mine(tx: Tx) -> DeviceLink | None:
            link = self._living(tx, link_id)
            if link is None or not hmac.compare_digest(link.poll_hash, token_hash(poll_secret)):
                return None
            return link

        def collect(tx: Tx) -> Approved | bool:
            link = mine(tx)
            if link is None or link.account_id is None or link.sealed is None:
                return link is not None
            if link.ticket_hash is not None:
                signin_store.erase_ticket(tx, link.ticket_hash)
            ticket = new_ticket(tx, link.account_id, now_ms=self._clock.now_ms())
            signin_store.set_link_ticket(tx, link_id, token_hash(ticket))
            return Approved(link.sealed, ticket)

        # Polling is frequent, so waiting must cost no write.
        link = await self._db.read(mine)
        if link is None or link.account_id is None:
            return link is not None
        return await self._db.write(collect)

    def _living(self, tx: Tx, link_id: str) -> DeviceLink | None:
        link = signin_store.link(tx, link_id) if _LINK_ID.fullmatch(link_id) else None
        return link if link is not None and self._clock.now_ms() < link.expires_at_ms else None
