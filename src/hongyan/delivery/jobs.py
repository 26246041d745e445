"""Timed work: mail that nobody fetched, mailboxes that are too long, key packages that are too old [DS7, DS13]."""

from __future__ import annotations

from hongyan.delivery.expiry import Expiry
from hongyan.delivery.service import Delivery
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database
from hongyan.foundation.jobs import Jobs

EXPIRE_EVERY_S = 3_600
SHORTEN_EVERY_S = 60
ERASE_PACKAGES_EVERY_S = 3_600


def schedule(jobs: Jobs, delivery: Delivery, db: Database, clock: Clock) -> None:
    expiry = Expiry(db, clock, delivery)

    async def erase_packages() -> None:
        await delivery.key_packages.erase_expired()

    async def erase_requests() -> None:
        await delivery.requests.erase_expired()

    jobs.every("delivery.expire_mail", EXPIRE_EVERY_S, expiry.expire_old)
    jobs.every("delivery.shorten_mailboxes", SHORTEN_EVERY_S, expiry.shorten_long)
    jobs.every("delivery.erase_key_packages", ERASE_PACKAGES_EVERY_S, erase_packages)
    jobs.every("delivery.erase_requests", ERASE_PACKAGES_EVERY_S, erase_requests)
