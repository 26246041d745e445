"""What the owner of a server may see of its members and do to them [AD1]–[AD3].

Functions on the caller's transaction, so that what was done and the note of it are stored together. Nothing here
tells who knows whom, and nothing touches the owner's own account.
"""

from hongyan.accounts import admission, invitation_store, oversight_store, signin_store, store
from hongyan.accounts.hooks import Hooks
from hongyan.accounts.model import Account, Member, OpenInvitation, Refusal, Refused, Totals
from hongyan.accounts.rules import fold
from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId, InvitationId


class Oversight:
    def __init__(self, hooks: Hooks) -> None:
        self._hooks = hooks

    def members(
        self, tx: Tx, *, named: str, suspended_only: bool, before: tuple[int, AccountId] | None, count: int
    ) -> list[Member]:
        """The next `count` members whose name contains `named` in any case, who joined last first."""
        return oversight_store.members(tx, named=fold(named), suspended_only=suspended_only, before=before, count=count)

    def member(self, tx: Tx, account_id: AccountId) -> Member | Refused:
        return oversight_store.member(tx, account_id) or Refused(Refusal.PERSON_UNKNOWN)

    def totals(self, tx: Tx) -> Totals:
        return oversight_store.totals(tx)

    def suspend(self, tx: Tx, account_id: AccountId, *, now_ms: int) -> Refused | bool:
        """Stop the account until it is restored; its devices, mail and files stay. False: it was stopped already."""
        account = self._not_the_owner(tx, account_id)
        if isinstance(account, Refused) or account.suspended_at_ms is not None:
            return account if isinstance(account, Refused) else False
        store.set_suspended(tx, account_id, now_ms)
        signin_store.erase_open_doors(tx, account_id)
        device_ids = [device.device_id for device in store.devices_of(tx, account_id)]
        for hook in self._hooks.account_suspended:
            hook(tx, account_id, device_ids)
        return True

    def restore(self, tx: Tx, account_id: AccountId) -> Refused | bool:
        """Let the account go on where it was. False: it was not suspended."""
        account = self._not_the_owner(tx, account_id)
        if isinstance(account, Refused) or account.suspended_at_ms is None:
            return account if isinstance(account, Refused) else False
        store.set_suspended(tx, account_id, None)
        for hook in self._hooks.account_restored:
            hook(tx, account_id)
        return True

    def sign_out(self, tx: Tx, account_id: AccountId, *, now_ms: int) -> Refused | bool:
        """Remove every device of the account [DS14]. False: it had none."""
        account = self._not_the_owner(tx, account_id)
        if isinstance(account, Refused):
            return account
        devices = store.devices_of(tx, account_id)
        for device in devices:
            admission.remove_device(tx, account_id, device.device_id, self._hooks, now_ms=now_ms)
        return bool(devices)

    def erase(self, tx: Tx, account_id: AccountId, typed_name: str, *, now_ms: int) -> Refused | None:
        """Erase the account as its person could herself; `typed_name` must be its name."""
        account = self._not_the_owner(tx, account_id)
        if isinstance(account, Refused):
            return account
        return admission.erase(tx, account_id, typed_name, self._hooks, now_ms=now_ms)

    def open_invitations(
        self, tx: Tx, *, now_ms: int, before: tuple[int, int] | None, count: int
    ) -> list[OpenInvitation]:
        """The next `count` invitations that still admit somebody, the newest first; never who came by them."""
        return oversight_store.open_invitations(tx, now_ms=now_ms, before=before, count=count)

    def withdraw(self, tx: Tx, invitation_id: InvitationId) -> bool:
        """Whether there was such an invitation; nobody joins by it any more."""
        return invitation_store.erase_any(tx, invitation_id)

    def _not_the_owner(self, tx: Tx, account_id: AccountId) -> Account | Refused:
        account = store.account(tx, account_id)
        if account is None:
            return Refused(Refusal.PERSON_UNKNOWN)
        return Refused(Refusal.OWNER_STAYS) if account.is_owner else account
