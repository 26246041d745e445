"""Copies of the whole server on another disk: made while it runs, checked, and brought back into an empty place.

Owns a folder of its own, outside of the data folder: `objects/` (immutable, named by their SHA-256, each stored
once), `snapshots/` (what a server was made of at one moment) and a mark that names the server. A copy holds what
the server holds, and no more: no readable message is in it, but all that a server needs to go on being this one.

Not to be confused with `hongyan.backup`, where people keep encrypted backups of their devices.
"""

from hongyan.safekeeping import shown
from hongyan.safekeeping.backing_up import BackedUp, Keeper
from hongyan.safekeeping.metrics import watch_backups
from hongyan.safekeeping.model import Manifest, Refused
from hongyan.safekeeping.place import Place
from hongyan.safekeeping.record import Record, last_backup
from hongyan.safekeeping.restoring import Restored, Restorer

__all__ = [
    "BackedUp",
    "Keeper",
    "Manifest",
    "Place",
    "Record",
    "Refused",
    "Restored",
    "Restorer",
    "last_backup",
    "shown",
    "watch_backups",
]
