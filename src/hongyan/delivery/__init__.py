"""The Delivery Service (RFC 9750): key packages, groups of devices, mailboxes, and the realtime endpoint.

It orders, stores, forwards and forgets ciphertext. It promises: no verdict before the write is durable; each
message once and in order to every device of the roster; nothing kept of what every recipient acknowledged; one
commit an epoch; nobody added who did not agree to it. It never reads more of a message than its public header, and
knows no name of anything.
"""

from hongyan.accounts import Accounts, accounts_of_devices, standing
from hongyan.delivery import model, requests
from hongyan.delivery.api import TEXTS, routes
from hongyan.delivery.endpoint import DeliveryEndpoint
from hongyan.delivery.frames import NoticeTopic
from hongyan.delivery.hub import Hub
from hongyan.delivery.inventory import INVENTORY
from hongyan.delivery.jobs import schedule
from hongyan.delivery.model import MAIL_LIFETIME_MS, Consent, Waker
from hongyan.delivery.readback import Readback
from hongyan.delivery.relay import Relay
from hongyan.delivery.service import Delivery
from hongyan.delivery.store import mail_waiting, newest_seq, newest_worth_waking, share_group
from hongyan.foundation.bus import Bus
from hongyan.foundation.clock import Clock
from hongyan.foundation.db import Database
from hongyan.foundation.overload import Gate

LIMITS: dict[str, int] = {
    "message_bytes_max": model.MESSAGE_BYTES_MAX,
    "commit_bytes_max": model.COMMIT_BYTES_MAX,
    "welcome_bytes_max": model.WELCOME_BYTES_MAX,
    "group_info_bytes_max": model.GROUP_INFO_BYTES_MAX,
    "group_members_max": model.GROUP_ACCOUNTS_MAX,
    "group_devices_max": model.GROUP_DEVICES_MAX,
    "key_packages_max": model.KEY_PACKAGES_MAX,
    "key_package_bytes_max": model.KEY_PACKAGE_BYTES_MAX,
    "frames_in_flight_max": model.FRAMES_IN_FLIGHT_MAX,
}


def build(
    db: Database, clock: Clock, gate: Gate, bus: Bus, accounts: Accounts, may_reach: Consent
) -> tuple[Delivery, DeliveryEndpoint]:
    """The service and the endpoint for /realtime, hooked into what `accounts` does to devices [DS14]."""
    readback = Readback(db, accounts.is_noted, accounts.note_seen)
    relay = Relay(Hub(), readback, db, bus, standing)
    delivery = Delivery(db, clock, gate, relay, accounts_of_devices, may_reach)
    accounts.hooks.device_removed.append(delivery.device_removed)
    accounts.hooks.account_suspended.append(delivery.account_suspended)
    accounts.hooks.account_restored.append(delivery.account_restored)
    accounts.hooks.account_erased.append(requests.erase_of_account)
    accounts.hooks.devices_changed.append(lambda account: delivery.notify([account], NoticeTopic.DEVICES))
    return delivery, DeliveryEndpoint(delivery, readback, clock)


__all__ = [
    "INVENTORY",
    "LIMITS",
    "MAIL_LIFETIME_MS",
    "TEXTS",
    "Consent",
    "Delivery",
    "DeliveryEndpoint",
    "Hub",
    "NoticeTopic",
    "Waker",
    "build",
    "mail_waiting",
    "newest_seq",
    "newest_worth_waking",
    "routes",
    "schedule",
    "share_group",
]
