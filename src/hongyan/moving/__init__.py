"""Moves the whole server from one pair of engines to another: SQLite or PostgreSQL, a folder or S3, any to any.

Owns a small file in the data folder that says where to it moves or has moved. Nothing of the old place is erased or
changed; the new one must be empty, and is a server's only when each table and each blob was read back and compared.
"""

from hongyan.moving import shown
from hongyan.moving.mark import Mark, mark_in, refuse_moved
from hongyan.moving.model import Moved, Refused
from hongyan.moving.service import Mover

__all__ = ["Mark", "Moved", "Mover", "Refused", "mark_in", "refuse_moved", "shown"]
