"""Push: wakes devices that are away when mail waits for them (Web Push: RFC 8030, 8291, 8292).

Owns where each device may be woken, and the server's VAPID key. Promises: a wake-up says only that there is
something, in a body of one size; none is lost by a crash, because what is to be woken for is read from the
mailboxes; a device that is there is not woken; a push service that is slow, blocked or gone slows nothing else.
Never tells a push service who wrote, to which chat or how much, and never calls an inner address.
"""

from hongyan.push.api import routes
from hongyan.push.inventory import INVENTORY
from hongyan.push.jobs import schedule
from hongyan.push.refusals import TEXTS
from hongyan.push.service import Push
from hongyan.push.store import counts
from hongyan.push.vapid import KeyDiffers, KeyUnusable

__all__ = ["INVENTORY", "TEXTS", "KeyDiffers", "KeyUnusable", "Push", "counts", "routes", "schedule"]
