"""What higher features do in the transactions of this one; `app.py` and their constructors fill the lists."""

from collections.abc import Callable
from dataclasses import dataclass, field

from hongyan.accounts.model import Joined
from hongyan.foundation.db import Tx
from hongyan.foundation.ids import AccountId, DeviceId


@dataclass(slots=True)
class Hooks:
    """Each list is called in order; an error undoes the whole transaction. All must be re-runnable."""

    joined: list[Callable[[Tx, Joined], None]] = field(default_factory=list)
    # [DS14] Erase what this device has; also called for each device of an account that is erased.
    device_removed: list[Callable[[Tx, DeviceId], None]] = field(default_factory=list)
    # The account's last act, after its devices were removed and before its own rows go.
    account_erased: list[Callable[[Tx, AccountId], None]] = field(default_factory=list)
    # [AD2] The account may do nothing until it is restored; all it has stays, and these are its devices.
    account_suspended: list[Callable[[Tx, AccountId, list[DeviceId]], None]] = field(default_factory=list)
    account_restored: list[Callable[[Tx, AccountId], None]] = field(default_factory=list)
    # The owner made an invitation for members.
    member_invited: list[Callable[[Tx, AccountId], None]] = field(default_factory=list)
    # Whether an account may be found by name by another: first who asks, then who is looked for.
    may_be_found: list[Callable[[Tx, AccountId, AccountId], bool]] = field(default_factory=list)
    # Called on the loop once a device of this account was added or removed, durably.
    devices_changed: list[Callable[[AccountId], None]] = field(default_factory=list)

    # The same, still in the transaction: what others learn of it is decided by who they are.
    devices_changing: list[Callable[[Tx, AccountId], None]] = field(default_factory=list)

    def tell_devices_changed(self, tx: Tx, account_id: AccountId) -> None:
        for joins in self.devices_changing:
            joins(tx, account_id)
        for told in self.devices_changed:
            tx.after_commit(lambda told=told: told(account_id))  # type: ignore[misc]  # mypy cannot infer defaults
