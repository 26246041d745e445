"""Media: sealed blobs of photos, voice, video and files, on their way from one device to those of a group.

It promises: an offset that was told survives power loss; only devices that were in the group, and the sender's,
can fetch; what all of them have is gone from disk at once, and the rest after 14 days. It never learns a name, a
type, a true size or a key, and refuses the headers that would tell one.
"""

from hongyan.media.api import routes
from hongyan.media.inventory import INVENTORY
from hongyan.media.jobs import schedule
from hongyan.media.model import BLOB_BYTES_MAX, BLOB_LIFETIME_MS, Quota, Roster, Usage
from hongyan.media.refusals import TEXTS
from hongyan.media.service import Media
from hongyan.media.store import bytes_of_account, usage

LIMITS: dict[str, int] = {"blob_bytes_max": BLOB_BYTES_MAX}

__all__ = [
    "BLOB_LIFETIME_MS",
    "INVENTORY",
    "LIMITS",
    "TEXTS",
    "Media",
    "Quota",
    "Roster",
    "Usage",
    "bytes_of_account",
    "routes",
    "schedule",
    "usage",
]
