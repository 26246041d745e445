"""How a device comes in: with the invitation that makes its account, or with a ticket [AC2] [DL2].

Functions on a transaction. Everything is checked before anything is written, so a refusal changes nothing but
the count of tries.
"""

import hmac
from dataclasses import replace

from hongyan.accounts import invitation_store, signin_store, store
from hongyan.accounts.hooks import Hooks
from hongyan.accounts.model import (
    DEVICES_ADDED,
    DEVICES_PER_ACCOUNT_MAX,
    JOINS,
    TICKET_LIFETIME_S,
    Account,
    Admitted,
    DeviceRow,
    Invitation,
    InvitationKind,
    Joined,
    Joining,
    Limit,
    NewDevice,
    Person,
    Refusal,
    Refused,
)
from hongyan.accounts.proofs import box_is_signed, device_is_certified
from hongyan.accounts.rules import canonical_name, fold, refusal_of_invitation
from hongyan.foundation import limits
from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId, DeviceId, new_id53, new_token, token_hash


def too_many(tx: Tx, limit: Limit, subject: str | int, *, now_ms: int) -> Refused | None:
    """Count one try; None while there are tries left [AC3]."""
    retry_after_s = limits.take(tx, limit.scope, subject, count=limit.count, per_s=limit.per_s, now_ms=now_ms)
    return None if retry_after_s is None else Refused(Refusal.TOO_MANY_TRIES, retry_after_s)


def refusal_of_joining(who: Joining) -> Refused | None:
    """What can be told without looking at anything stored."""
    if canonical_name(who.name) is None:
        return Refused(Refusal.NAME_MALFORMED)
    box_is_hers = box_is_signed(who.account_key, who.box_key, who.box_signature)
    if not box_is_hers or not _is_certified(who.account_key, who.device):
        return Refused(Refusal.BAD_SIGNATURE)
    return None


def join(tx: Tx, who: Joining, hooks: Hooks, *, now_ms: int) -> Admitted | Refused:
    """Make an account and its first device; the `joined` hooks run in this transaction.

    `who` passed `refusal_of_joining`. A repeat by the same device gets the same ids and a fresh token, and may
    choose another name as long as the first token was never used: it cannot know that its first name was stored.
    """
    invitation = invitation_store.by_token(tx, token_hash(who.invitation))
    if invitation is None:
        return Refused(Refusal.INVITATION_UNKNOWN)
    if refused := too_many(tx, JOINS, invitation.invitation_id, now_ms=now_ms):
        return refused
    existing = store.account_by_key(tx, who.account_key)
    if existing is not None:
        return _join_again(tx, who, invitation, existing)
    if why := refusal_of_invitation(invitation, now_ms=now_ms):
        return Refused(why)
    name = canonical_name(who.name)
    assert name is not None
    if store.account_by_name(tx, fold(name)) is not None:
        return Refused(Refusal.NAME_TAKEN)
    if store.device_by_key(tx, who.device.signature_key) is not None:
        return Refused(Refusal.KEY_IN_USE)
    account = Account(
        account_id=AccountId(new_id53()),
        name=name,
        name_folded=fold(name),
        account_key=who.account_key,
        box_key=who.box_key,
        box_signature=who.box_signature,
        is_owner=invitation.kind is InvitationKind.OWNER,
        created_at_ms=now_ms,
        password_hash=None,
        wrapped_account_key=None,
        suspended_at_ms=None,
    )
    store.insert_account(tx, account)
    invitation_store.use(tx, invitation.invitation_id, account.account_id)
    admitted = _insert(tx, account, who.device)
    told = Joined(account.account_id, invitation.kind, invitation.inviter_id, who.greeting, now_ms)
    for hook in hooks.joined:
        hook(tx, told)
    return replace(admitted, friend=_friend(tx, invitation))


def _join_again(tx: Tx, who: Joining, invitation: Invitation, account: Account) -> Admitted | Refused:
    device = store.device_by_key(tx, who.device.signature_key)
    if device is None or not _is_repeat(device, account.account_id, who.device):
        return Refused(Refusal.KEY_IN_USE)
    if not invitation_store.is_used_by(tx, invitation.invitation_id, account.account_id):
        return Refused(Refusal.KEY_IN_USE)
    name = canonical_name(who.name)
    assert name is not None
    if fold(name) != account.name_folded:
        if device.last_seen_day is not None:
            return Refused(Refusal.KEY_IN_USE)
        if store.account_by_name(tx, fold(name)) is not None:
            return Refused(Refusal.NAME_TAKEN)
        store.rename(tx, account.account_id, name=name, name_folded=fold(name))
    return replace(_readmit(tx, device, name), friend=_friend(tx, invitation))


def add_device(tx: Tx, ticket_text: str, new: NewDevice, hooks: Hooks, *, now_ms: int) -> Admitted | Refused:
    """Admit one device for a ticket; a repeat by the same device gets a fresh token [HT3]."""
    ticket_hash = token_hash(ticket_text)
    ticket = signin_store.ticket(tx, ticket_hash)
    account = None if ticket is None else store.account(tx, ticket.account_id)
    if ticket is None or account is None or now_ms >= ticket.expires_at_ms:
        return Refused(Refusal.TICKET_EXPIRED)
    if account.suspended_at_ms is not None:
        return Refused(Refusal.ACCOUNT_SUSPENDED)
    if not _is_certified(account.account_key, new):
        return Refused(Refusal.BAD_SIGNATURE)
    device = store.device_by_key(tx, new.signature_key)
    if device is not None and _is_repeat(device, account.account_id, new):
        if ticket.device_id not in (None, device.device_id):
            return Refused(Refusal.TICKET_EXPIRED)
        signin_store.spend_ticket(tx, ticket_hash, device.device_id)
        return _readmit(tx, device, account.name)
    if ticket.device_id is not None:
        return Refused(Refusal.TICKET_EXPIRED)
    if device is not None:
        return Refused(Refusal.KEY_IN_USE)
    if len(store.devices_of(tx, account.account_id)) >= DEVICES_PER_ACCOUNT_MAX:
        return Refused(Refusal.DEVICE_LIMIT)
    if refused := too_many(tx, DEVICES_ADDED, account.account_id, now_ms=now_ms):
        return refused
    admitted = _insert(tx, account, new)
    signin_store.spend_ticket(tx, ticket_hash, admitted.device_id)
    signin_store.erase_link_of_ticket(tx, account.account_id, ticket_hash)
    hooks.tell_devices_changed(tx, account.account_id)
    return admitted


def new_ticket(tx: Tx, account_id: AccountId, *, now_ms: int) -> str:
    """A ticket for one more device of this account."""
    ticket = new_token()
    signin_store.insert_ticket(tx, token_hash(ticket), account_id, expires_at_ms=now_ms + TICKET_LIFETIME_S * 1000)
    return ticket


def withdraw_ticket(tx: Tx, ticket_hash: bytes) -> None:
    """The ticket admits nobody any more; one that is gone already is no error."""
    signin_store.erase_ticket(tx, ticket_hash)


def account_named(tx: Tx, name: str) -> Account | None:
    """The account of exactly this name in any case; None if there is none, or it may not be a name."""
    return store.account_by_name(tx, fold(name)) if canonical_name(name) else None


def remove_device(tx: Tx, account_id: AccountId, device_id: DeviceId, hooks: Hooks, *, now_ms: int) -> Refused | None:
    """Take the device's token and, by the hooks, all else it has, in this transaction [DS14]; a repeat is no error."""
    device = store.device(tx, device_id)
    if device is None or device.account_id != account_id:
        return Refused(Refusal.DEVICE_UNKNOWN)
    if device.removed_at_ms is None:
        store.mark_removed(tx, device_id, now_ms=now_ms)
        # A thief may have approved a link with it, or signed in, a moment ago.
        signin_store.erase_open_doors(tx, account_id)
        for hook in hooks.device_removed:
            hook(tx, device_id)
        hooks.tell_devices_changed(tx, account_id)
    return None


def erase(tx: Tx, account_id: AccountId, typed_name: str, hooks: Hooks, *, now_ms: int) -> Refused | None:
    """Erase the account with all its devices and rows; `typed_name` must be its name."""
    account = store.account(tx, account_id)
    assert account is not None, "the caller was authenticated"
    if fold(typed_name) != account.name_folded:
        return Refused(Refusal.NAME_MISMATCH)
    for device in store.devices_of(tx, account_id):
        remove_device(tx, account_id, device.device_id, hooks, now_ms=now_ms)
    for hook in hooks.account_erased:
        hook(tx, account_id)
    store.erase_account(tx, account_id)
    return None


def _is_certified(account_key: bytes, device: NewDevice) -> bool:
    return device_is_certified(account_key, device.signature_key, device.created_at_ms, device.certificate)


def _is_repeat(device: DeviceRow, account_id: AccountId, again: NewDevice) -> bool:
    """All but the label is public: whoever repeats the sealed label is who made it."""
    return (
        device.account_id == account_id
        and device.removed_at_ms is None
        and device.certificate == again.certificate
        and hmac.compare_digest(device.label, again.label)
    )


def _readmit(tx: Tx, device: DeviceRow, name: str) -> Admitted:
    token = new_token()
    store.set_token(tx, device.device_id, token_hash(token))
    return Admitted(device.account_id, device.device_id, token, name)


def _insert(tx: Tx, account: Account, new: NewDevice) -> Admitted:
    device_id, token = DeviceId(new_id53()), new_token()
    store.insert_device(tx, device_id, account.account_id, new, token_hash(token))
    return Admitted(account.account_id, device_id, token, account.name)


def _friend(tx: Tx, invitation: Invitation) -> Person | None:
    """Whose friend one becomes by it; None for other kinds."""
    if invitation.kind is not InvitationKind.FRIEND or invitation.inviter_id is None:
        return None
    found = store.people(tx, [invitation.inviter_id])
    return found[0] if found else None
