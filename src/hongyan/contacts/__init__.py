"""Contacts: who is whose friend, who asks to be, and who is blocked.

Promises: between two who are not friends nothing passes but one sealed request [CT1]; who is blocked or declined
cannot tell; friends by an invitation become so in the transaction of the join. Never reads a greeting; knows no
remark names, which live on the person's devices.
"""

from hongyan.contacts.api import routes
from hongyan.contacts.inventory import INVENTORY
from hongyan.contacts.jobs import schedule
from hongyan.contacts.refusals import TEXTS
from hongyan.contacts.service import ContactBook, Notify, may_reach

__all__ = ["INVENTORY", "TEXTS", "ContactBook", "Notify", "may_reach", "routes", "schedule"]
