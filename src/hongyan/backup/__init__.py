"""Backups: what brings a person back who has lost every device.

Owns the encrypted segments and manifests of each account, the vault that a 6-digit PIN opens, the box that two
friends open, and the recoveries that new devices ask for. Promises: a version is whole or it is not there; a wrong
PIN is counted before it is answered, wherever it came from; a recovery beside a device in use waits a day and can
be cancelled. Never sees a message, a key or a PIN, nor which friends were chosen. What the operator could do with
the disk is said in docs/adr/0014-backup.md.
"""

from hongyan.backup.api import routes
from hongyan.backup.inventory import INVENTORY
from hongyan.backup.jobs import schedule
from hongyan.backup.refusals import TEXTS
from hongyan.backup.service import Backups
from hongyan.backup.store import bytes_held, bytes_in_all

__all__ = ["INVENTORY", "TEXTS", "Backups", "bytes_held", "bytes_in_all", "routes", "schedule"]
