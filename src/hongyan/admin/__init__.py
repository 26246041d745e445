"""Admin: what the owner of a server sees of it and does in the app, at /api/admin [AD1]–[AD5].

Owns the record of what was done. Promises: only the owner is answered; each act is stored together with its note.
Shows accounts, invitations, sums and states; never what somebody said, to whom, whose friend she is, in which groups
she is, or who came by whose invitation.
"""

from hongyan.admin.api import routes
from hongyan.admin.inventory import INVENTORY
from hongyan.admin.jobs import schedule
from hongyan.admin.model import AccountLimits
from hongyan.admin.service import Admin

__all__ = ["INVENTORY", "AccountLimits", "Admin", "routes", "schedule"]
