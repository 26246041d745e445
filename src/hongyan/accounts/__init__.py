"""Accounts: people, their devices, how they join, sign in, invite and leave.

Owns names, account and device keys (public halves only), device tokens, invitations, tickets, device links,
passwords and passkeys. Promises: a name and a key belong to one account; a removed device can do nothing from
that moment on; every device listed carries a certificate that was checked. Never sees an account's secret key,
a password, or what a device is called; never keeps an address, nor the hour a device was last here.
"""

from hongyan.accounts.admission import account_named, new_ticket, withdraw_ticket
from hongyan.accounts.api import ServerFacts, routes
from hongyan.accounts.hooks import Hooks
from hongyan.accounts.inventory import INVENTORY
from hongyan.accounts.invitations import Invitations, use_friend_invitation
from hongyan.accounts.jobs import schedule
from hongyan.accounts.model import (
    GREETING_BYTES_MAX,
    Account,
    Device,
    InvitationKind,
    Joined,
    Member,
    OpenInvitation,
    Person,
    Refusal,
    Refused,
    Totals,
)
from hongyan.accounts.passkeys import challenge_of
from hongyan.accounts.passwords import BUSY_RETRY_S, Busy, Passwords
from hongyan.accounts.refusals import TEXTS, allowed
from hongyan.accounts.service import Accounts, authenticate_token
from hongyan.accounts.store import account, accounts_of_devices, devices_of, people, standing
from hongyan.accounts.webauthn_wire import Assertion, RequestOptions, RequestOptionsAnswer
from hongyan.accounts.wire import PersonAnswer, person_fields

__all__ = [
    "BUSY_RETRY_S",
    "GREETING_BYTES_MAX",
    "INVENTORY",
    "TEXTS",
    "Account",
    "Accounts",
    "Assertion",
    "Busy",
    "Device",
    "Hooks",
    "InvitationKind",
    "Invitations",
    "Joined",
    "Member",
    "OpenInvitation",
    "Passwords",
    "Person",
    "PersonAnswer",
    "Refusal",
    "Refused",
    "RequestOptions",
    "RequestOptionsAnswer",
    "ServerFacts",
    "Totals",
    "account",
    "account_named",
    "accounts_of_devices",
    "allowed",
    "authenticate_token",
    "challenge_of",
    "devices_of",
    "new_ticket",
    "people",
    "person_fields",
    "routes",
    "schedule",
    "standing",
    "use_friend_invitation",
    "withdraw_ticket",
]
